import { z } from 'zod';
import type { ConsentType } from '../model/consent.ts';
import {
  type AddressIds,
  type BrowserCookie,
  type ClickCookie,
  type CompanionCookie,
  companionCookies,
  companionPlatforms,
} from './companion-cookies.ts';

/** `campaign.companionCookies` of the configuration. */
export const companionsConfigSchema = z
  .partialRecord(z.enum(companionPlatforms), z.enum(['refresh', 'set']))
  .default({})
  .describe(
    "Whose cookies the gateway keeps alive for the platform's own tag, where the visitor has granted ad_storage and " +
      'ad_user_data, by platform. `refresh`: those that the tag has written are given their whole life again. `set`: ' +
      'also set from the click id in the address, and made where the browser has none. A platform that is not named ' +
      'gets nothing; docs/reference/companion-cookies.md lists them. Example: `{ google: set, meta: refresh }`. ' +
      'Default `{}`.',
  );

/** What a user writes. */
export type CompanionsConfig = z.infer<typeof companionsConfigSchema>;

type Mode = 'refresh' | 'set';

/** Which cookies are looked after on a site, compiled once. */
export type CompanionPolicy = readonly { readonly cookie: CompanionCookie; readonly mode: Mode }[];

/**
 * All of these have to be granted: a cookie is stored for advertising, and stands there to be sent to the platform. An
 * opt-out of sale and sharing, such as GPC, denies the second.
 */
export const companionConsent: readonly ConsentType[] = ['ad_storage', 'ad_user_data'];

/** Null where no platform is named, so that the site costs one look. */
export function compileCompanions(config: CompanionsConfig): CompanionPolicy | null {
  const policy = companionCookies.flatMap((cookie) => {
    const mode = config[cookie.platform];
    return mode === undefined ? [] : [{ cookie, mode }];
  });
  return policy.length === 0 ? null : policy;
}

/** What decides about a browser's companion cookies. */
export interface CompanionFacts extends AddressIds {
  /** The browser's cookies, values undecoded. */
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** `landing`: the newest click wins. `later`: another page's click may have come since, so what is there stays. */
  readonly moment: 'landing' | 'later';
  readonly nowMs: number;
  /** How many dots the cookies' domain has. */
  readonly domainDots: number;
  /** Values for those that are made where they are missing, by name; none where the browser has no id of ours. */
  readonly browserIds: () => Readonly<Record<string, string>>;
}

/** A cookie to set. */
export interface CompanionChange {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSec: number;
  /** False: the browser has this value already, and only gets it for longer. */
  readonly isNew: boolean;
}

/** What to set where everything in `companionConsent` is granted. */
export function companionChanges(facts: CompanionFacts, policy: CompanionPolicy): readonly CompanionChange[] {
  return policy.flatMap(({ cookie, mode }) => {
    const change =
      cookie.kind === 'click' ? clickChange(cookie, mode, facts) : browserChange(cookie, mode, facts);
    return change === null || !isStorable(change) ? [] : [change];
  });
}

/** What to set where the visitor has denied ad_storage: those that are there, with no life left. */
export function companionRemovals(
  cookies: CompanionFacts['cookies'],
  policy: CompanionPolicy,
): readonly CompanionChange[] {
  return policy.flatMap(({ cookie: { name } }) =>
    cookies[name] === undefined ? [] : [{ name, value: '', maxAgeSec: 0, isNew: true }],
  );
}

const daySec = 86_400;

/**
 * A click that is known keeps its time, which platforms compare (Meta asks for the first one, Conversions API, 2026-11-24),
 * and dies its days after it. A form without a time is set with the click alone, since its age cannot be told.
 */
function clickChange(cookie: ClickCookie, mode: Mode, facts: CompanionFacts): CompanionChange | null {
  const { name, format, days } = cookie;
  const { nowMs, moment, domainDots } = facts;
  const value = facts.cookies[name];
  const known = value === undefined ? null : format.read(value);
  if (value !== undefined && known === null) return null;
  const id = idOf(cookie, facts);
  const isKnown = known !== null && (id === undefined || id === known.id || moment === 'later');
  if (value !== undefined && (isKnown || mode === 'refresh')) {
    if (known?.atMs === undefined) return null;
    const maxAgeSec = days * daySec - Math.max(0, Math.floor((nowMs - known.atMs) / 1000));
    return maxAgeSec > 0 ? { name, value, maxAgeSec, isNew: false } : null;
  }
  if (id === undefined || mode === 'refresh') return null;
  return {
    name,
    value: format.write({ id, atMs: nowMs }, domainDots),
    maxAgeSec: days * daySec,
    isNew: true,
  };
}

function idOf({ format, pick }: ClickCookie, facts: CompanionFacts): string | undefined {
  const id = pick(facts);
  return id !== undefined && format.id.test(id) ? id : undefined;
}

function browserChange(
  { name, days }: BrowserCookie,
  mode: Mode,
  { cookies, browserIds }: CompanionFacts,
): CompanionChange | null {
  const known = cookies[name];
  const value = known ?? (mode === 'set' ? browserIds()[name] : undefined);
  if (value === undefined) return null;
  return { name, value, maxAgeSec: days * daySec, isNew: known === undefined };
}

/** What a cookie may hold (RFC 6265 section 4.1.1); name and value together at most 4,096 bytes (RFC 6265bis). */
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,4096}$/;

function isStorable({ name, value }: CompanionChange): boolean {
  return cookieValue.test(value) && name.length + value.length <= 4_096;
}
