import { parseCookie } from 'cookie';
import {
  type CompanionChange,
  type CompanionPolicy,
  companionChanges,
  companionConsent,
  companionRemovals,
} from '../campaign/companions.ts';
import { readCampaign } from '../campaign/read.ts';
import { type Consent, isGranted } from '../model/consent.ts';
import type { Hit } from '../model/hit.ts';
import { type BrowserIdSeed, deriveBrowserIds } from '../visitor/browser-ids.ts';
import { readClientIds } from '../visitor/client-ids.ts';
import { sortByVendor } from './companion-vendors.ts';
import type { Context } from './context.ts';
import { scriptCookie } from './cookies.ts';
import type { Identity } from './identify.ts';

/** The companion cookies that one hit's reply sets, gathered over its drafts. */
export interface CompanionJar {
  /** Looks after the cookies for one draft. The identity comes back with the ids that are new in them. */
  add(context: Context, identity: Identity): Identity;
  setCookies(): readonly string[];
}

/** Where the cookies are looked after. */
export type CompanionPlace = Pick<Context, 'hit' | 'site' | 'connection'>;

/**
 * Opens the jar of one hit. Vendors' scripts write their cookies anew on every page, and browsers that cut the life of what
 * scripts write cut it again each time, so that every hit's reply, which comes after them and which nobody caches, gives it
 * back. A page that the gateway counts does so with the visitor cookie, once a day: its answer is then nobody else's.
 */
export function openJar(at: CompanionPlace & Pick<Context, 'protocol'>): CompanionJar {
  const { companions } = at.site;
  return companions === null || isForeign(at) ? closedJar : createJar(at, companions);
}

const closedJar: CompanionJar = { add: (_context, identity) => identity, setCookies: () => [] };

/** The hit comes from another site's page, where a browser takes no SameSite=Lax cookie. */
function isForeign({ hit, protocol }: Pick<Context, 'hit' | 'protocol'>): boolean {
  return protocol !== 'gateway' && hit.headers['sec-fetch-site'] === 'cross-site';
}

function createJar(at: CompanionPlace, policy: CompanionPolicy): CompanionJar {
  const cookies = rawCookies(at.hit);
  const changes = new Map<string, CompanionChange>();
  return {
    add(context, identity) {
      const { draft, consent, protocol } = context;
      if (draft.sentBy === 'server') return identity;
      const found = changesFor(at, policy, {
        consent,
        cookies,
        url: draft.page?.url,
        moment: draft.name === 'page_view' ? 'landing' : 'later',
        visitor: seedOf(identity),
      });
      if (protocol === 'gateway' && !isDue(found, identity.setCookie !== undefined)) return identity;
      // What a draft changes is what the next one finds: of two values the reply holds one.
      for (const change of found) {
        changes.set(change.name, change);
        cookies[change.name] = change.value === '' ? undefined : change.value;
      }
      return found.some(({ isNew }) => isNew) ? withNews(context, identity, found) : identity;
    },
    setCookies: () => [...changes.values()].map((change) => setCookieFor(at, change)),
  };
}

/** Whether an answer that caches would keep is worth a cookie: only what is new is, and what a visitor's new day renews. */
export function isDue(changes: readonly CompanionChange[], isNewDay: boolean): boolean {
  return changes.length > 0 && (isNewDay || changes.some(({ isNew }) => isNew));
}

/** What one draft, or one page, tells. */
export interface CompanionSigns {
  readonly consent: Consent;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly url: string | undefined;
  readonly moment: 'landing' | 'later';
  readonly visitor: BrowserIdSeed | null;
}

/** What is to be set, by consent: denied by the visitor, what is there goes; undecided, everything stays as it is. */
export function changesFor(
  { hit, site }: CompanionPlace,
  policy: CompanionPolicy,
  { consent, cookies, url, moment, visitor }: CompanionSigns,
): readonly CompanionChange[] {
  const storage = consent.types.ad_storage;
  if (!storage.granted && storage.basis === 'signal') return companionRemovals(cookies, policy);
  if (!companionConsent.every((type) => isGranted(consent, type))) return [];
  const { clickIds, parameters } = readCampaign(url, site.touchContext.parameters);
  const dots = domainDots(site.cookieDomain(hit.host) ?? hit.host);
  let made: Readonly<Record<string, string>> | undefined;
  const browserIds = (): Readonly<Record<string, string>> => {
    made ??= visitor === null ? {} : deriveBrowserIds(visitor, dots);
    return made;
  };
  const facts = {
    cookies,
    clickIds,
    parameters,
    moment,
    nowMs: hit.receivedAtMs,
    domainDots: dots,
    browserIds,
  };
  const { permitted, refused } = sortByVendor(policy, consent);
  return [...companionRemovals(cookies, refused), ...companionChanges(facts, permitted)];
}

/** Meta has one digit for it. */
function domainDots(domain: string): number {
  return Math.min(9, domain.split('.').length - 1);
}

function seedOf({ visitor }: Identity): BrowserIdSeed | null {
  return visitor === undefined
    ? null
    : { id: visitor.key, firstSeenSec: Math.floor(visitor.firstSeenAtMs / 1000) };
}

/** The cookies undecoded: what is only kept alive has to stay as it is to the byte. */
export function rawCookies({ headers: { cookie } }: Hit): Record<string, string | undefined> {
  return cookie === undefined ? {} : parseCookie(cookie, { decode: (value) => value });
}

/**
 * The hit that makes a cookie is told of it: destinations get the same ids from it as from the next one, and its story
 * names the cookies.
 */
function withNews(
  { consent, draft }: Context,
  { visitor, decision, ...identity }: Identity,
  changes: readonly CompanionChange[],
): Identity {
  const news = changes.filter(({ isNew }) => isNew);
  const set = news.filter(({ value }) => value !== '');
  const values = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  const ids = readClientIds(values, (type) => isGranted(consent, type));
  const facts = {
    ...decision.facts,
    ...(set.length > 0 && { cookiesSet: set.map(({ name }) => name) }),
    ...(news.length > set.length && { cookiesExpired: news.map(({ name }) => name) }),
  };
  return {
    ...identity,
    ...(visitor !== undefined && {
      visitor: { ...visitor, clientIds: { ...visitor.clientIds, ...ids, ...draft.clientIds } },
    }),
    decision: { ...decision, facts },
  };
}

/** The header's value for one change. */
export function setCookieFor(
  { hit, site, connection }: CompanionPlace,
  { name, value, maxAgeSec }: CompanionChange,
): string {
  const domain = site.cookieDomain(hit.host);
  return scriptCookie({ name, value, domain, protocol: connection.protocol, maxAgeSec });
}
