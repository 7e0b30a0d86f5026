import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import {
  type HopOutcome,
  hopOf,
  type Journey,
  type SeenNavigation,
  type SentOn,
} from '../campaign/journey.ts';
import { addHop } from '../campaign/loss.ts';
import { addView } from '../campaign/loss-view.ts';
import { readStatements, resolveConsent } from '../consent/resolve.ts';
import type { ClientDescriber } from '../enrich/client.ts';
import { isGranted } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { RecordedLoss } from '../model/loss.ts';
import type { Logger } from '../observe/logger.ts';
import type { VisitorReader } from '../visitor/identity.ts';
import type { Connection } from './connection.ts';
import type { PageViewWatch } from './context.ts';
import type { HeaderMap } from './headers.ts';
import { createJourneys } from './journeys.ts';
import type { LossLedger } from './loss-ledger.ts';
import type { LossSite } from './loss-site.ts';
import type { EdgeSite } from './site.ts';

/** Follows tracked parameters from the landing to the first page view, in memory, and counts where they are lost. */
export interface LossObserver extends PageViewWatch {
  /** The answer to a navigation is about to leave; `wrote` is where it led before lost parameters were given back. */
  sawNavigation(req: IncomingMessage, from: NavigationPlace, answer: NavigationAnswer): void;
  /** Forgets the journeys whose time is over; to be called every few seconds, so that none outlives its two minutes. */
  forgetOld(): void;
}

/** The site and connection of a navigation. */
export interface NavigationPlace {
  readonly site: EdgeSite;
  readonly connection: Connection;
}

/** An answer as the browser gets it. */
export interface NavigationAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly wrote: Pick<SentOn, 'via' | 'written'> | undefined;
}

/** What following needs from outside. */
export interface LossTools {
  readonly nowMs: () => number;
  /** Random, of this process; makes what browsers are told apart by meaningless outside of it. */
  readonly secret: string;
  readonly maxKeys: number;
  readonly ledger: LossLedger;
  readonly readVisitor: VisitorReader;
  readonly describeClient: ClientDescriber;
  readonly logger: Logger;
}

/** Where a redirect or Refresh header leads, before anything is changed about it; undefined: nowhere. */
export function targetOf(status: number, { location, refresh }: HeaderMap): NavigationAnswer['wrote'] {
  if (typeof location === 'string' && status >= 300 && status < 400)
    return { via: 'location', written: location };
  const written = typeof refresh === 'string' ? refreshAddress(refresh) : undefined;
  return written === undefined ? undefined : { via: 'refresh', written };
}

/** Longer addresses are judged by nobody: a journey is kept in memory. */
const maxUrlChars = 4_096;

/** Watches nothing until the first landing with tracked parameters; then one look-up for each page. */
export function createLossObserver(tools: LossTools): LossObserver {
  const journeys = createJourneys({ maxKeys: tools.maxKeys });
  const keyOf = (site: EdgeSite, ip: string | null, headers: Headers): string =>
    hash(
      'sha256',
      [tools.secret, site.name, ip, headers['user-agent'], headers['accept-language']].join('\n'),
      'base64url',
    );
  const watchNavigation: LossObserver['sawNavigation'] = (req, { site, connection }, answer) => {
    const { losses } = site;
    const { url = '/' } = req;
    if (losses === null || url.length > maxUrlChars) return;
    const mayArrive = url.includes('?') || isFromElsewhere(req);
    if (!mayArrive && journeys.isEmpty()) return;
    const nowMs = tools.nowMs();
    const key = keyOf(site, connection.ip, req.headers);
    const visitor = visitorOf(req.headers.cookie, site, tools);
    const before = journeys.find(key, visitor, nowMs);
    if (!mayArrive && before === undefined) return;
    if (isBot(req, tools)) return;
    const release = losses.releaseOf(answer.headers);
    const seen = navigationOf(req, { site, connection }, { ...answer, visitor, release });
    const { journey, outcomes } = addHop(before, seen, { nowMs, site: losses });
    if (journey !== undefined && journey !== before) journeys.replace(key, before, journey);
    count(outcomes, { site, losses, release, nowMs }, tools.ledger);
  };
  const watchPageView: LossObserver['sawPageView'] = ({ draft, hit, site, connection, consent }) => {
    const { losses } = site;
    const url = draft.page?.url;
    if (losses === null || journeys.isEmpty() || url === undefined) return undefined;
    if (draft.name !== 'page_view' || draft.sentBy === 'server' || url.length > maxUrlChars) return undefined;
    const nowMs = hit.receivedAtMs;
    const key = keyOf(site, connection.ip, hit.headers);
    const visitor = tools.readVisitor(hit.cookies[site.cookieName])?.id;
    const before = journeys.find(key, visitor, nowMs);
    const seen = {
      url,
      referrer: draft.page?.referrer,
      stated: Object.keys(draft.campaign ?? {}).map((name) => `utm_${name}`),
    };
    const { journey, outcomes } = addView(before, seen, { nowMs, site: losses });
    if (journey === undefined || journey === before) return undefined;
    journeys.replace(key, before, journey);
    count(outcomes, { site, losses, release: journey.release, nowMs }, tools.ledger);
    return isGranted(consent, 'analytics_storage') ? decisionOf(journey, losses.dayOf(nowMs)) : undefined;
  };
  return {
    sawNavigation: (...seen) => guarded(tools, () => watchNavigation(...seen)),
    forgetOld: () => journeys.sweep(tools.nowMs()),
    sawPageView: (context) => guarded(tools, () => watchPageView(context)),
  };
}

/** Watching is never worth a page or an event. */
function guarded<Result>({ logger }: LossTools, watch: () => Result): Result | undefined {
  try {
    return watch();
  } catch (error) {
    logger.error({ error: String(error) }, 'following a visit failed; it goes on unwatched');
    return undefined;
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Refresh: a time, then the address, whose `url=` and quotes may be missing (HTML, shared declarative refresh steps, 2026-11-23). */
function refreshAddress(header: string): string | undefined {
  const [head] = /^[\t ]*[\d.]+(?:[\t ]*[;,][\t ]*|[\t ]+)(?:url[\t ]*=[\t ]*)?/i.exec(header) ?? [];
  if (head === undefined) return undefined;
  const rest = header.slice(head.length).trim();
  const quote = rest[0] === '"' || rest[0] === "'" ? rest[0] : undefined;
  const [address = ''] = quote === undefined ? [rest] : rest.slice(1).split(quote, 1);
  return address === '' ? undefined : address;
}

/** Another site, or another host of this one, led here. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

function isBot(req: IncomingMessage, { describeClient }: LossTools): boolean {
  const { 'user-agent': agent = '', 'accept-language': language = '' } = req.headers;
  return describeClient({ sentBy: 'gateway' }, { 'user-agent': agent, 'accept-language': language }).isBot;
}

function visitorOf(
  cookie: string | undefined,
  site: EdgeSite,
  { readVisitor }: LossTools,
): string | undefined {
  // Cheaper than taking the whole header apart, for the pages that come without our cookie.
  if (cookie === undefined || !cookie.includes(site.cookieName)) return undefined;
  return readVisitor(parseCookie(cookie)[site.cookieName])?.id;
}

function navigationOf(
  req: IncomingMessage,
  { site, connection }: NavigationPlace,
  answer: NavigationAnswer & { readonly visitor: string | undefined; readonly release: string },
): SeenNavigation {
  const { wrote, visitor, status, headers } = answer;
  const { referer, host = '', cookie, 'sec-fetch-site': fetchSite } = req.headers;
  const sent = targetOf(status, headers)?.written;
  return {
    url: `${connection.protocol}://${host}${req.url ?? '/'}`,
    referrer: referer,
    startedBy: startedBy(req),
    fetchSite: typeof fetchSite === 'string' ? fetchSite : '',
    status,
    isPage: isPage(status, headers['content-type']),
    ...(wrote !== undefined && { target: { ...wrote, sent: sent ?? wrote.written } }),
    headers: textHeaders(headers),
    hasDecided: hasDecided(req, cookie, site),
    release: answer.release,
    ...(visitor !== undefined && { visitor }),
  };
}

/** Sec-Fetch-User is sent only where a person began the navigation (Fetch Metadata, section 2.4, 2026-11-23). */
function startedBy({ headers }: IncomingMessage): SeenNavigation['startedBy'] {
  if (headers['sec-fetch-user'] === '?1') return 'person';
  return headers['sec-fetch-mode'] === undefined ? 'unknown' : 'page';
}

/** HTML, or the browser's own copy of it, found still good. */
function isPage(status: number, type: string | string[] | undefined): boolean {
  if (type === undefined) return status === 304;
  return /^text\/html\b/i.test(String(type));
}

function textHeaders(headers: HeaderMap): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The visitor has said something, whatever it was; where a page's script keeps it to itself this stays false. */
function hasDecided(req: IncomingMessage, cookie: string | undefined, { consentPolicy }: EdgeSite): boolean {
  if (cookie === undefined) return false;
  const hit = { headers: textHeaders(presentHeaders(req)), cookies: parseCookie(cookie), query: '' };
  const statements = readStatements(consentPolicy.sources, hit, {});
  return resolveConsent(statements, {}, consentPolicy).types.analytics_storage.basis === 'signal';
}

function presentHeaders({ headers }: IncomingMessage): HeaderMap {
  const present: HeaderMap = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) present[name] = value;
  return present;
}

interface Counted {
  readonly site: EdgeSite;
  readonly losses: LossSite;
  readonly release: string;
  readonly nowMs: number;
}

function count(outcomes: readonly HopOutcome[], about: Counted, ledger: LossLedger): void {
  const { site, losses, release, nowMs } = about;
  for (const outcome of outcomes) {
    const { parameter, cause = '', culprit = '' } = outcome;
    const key = { day: losses.dayOf(nowMs), site: site.name, release, parameter, cause };
    ledger.add(
      {
        ...key,
        outcome: outcome.outcome,
        hop: hopOf(outcome, losses),
        culprit: culprit.slice(0, maxCulpritChars),
      },
      nowMs,
    );
  }
}

const maxCulpritChars = 160;

/** Names and patterns only; parameters that one hop lost for one reason stand together. */
function decisionOf({ losses, release, hops }: Journey, day: string): Decision | undefined {
  if (losses.length === 0) return undefined;
  const groups = Map.groupBy(losses, ({ hop, cause, outcome, culprit }) =>
    [hop, cause, outcome, culprit].join('\n'),
  );
  const recorded = [...groups.values()].flatMap((members): RecordedLoss[] => {
    const [first] = members;
    if (first === undefined || (first.outcome !== 'lost' && first.outcome !== 'repaired')) return [];
    const { hop, cause, culprit, outcome } = first;
    return [{ parameters: members.map(({ parameter }) => parameter), hop, cause, culprit, outcome }];
  });
  const isLost = recorded.some(({ outcome }) => outcome === 'lost');
  return {
    stop: 'campaign',
    reason: isLost ? 'parameters_lost' : 'parameters_repaired',
    facts: {
      day,
      ...(release !== '' && { release }),
      losses: recorded.map((loss) => ({ ...loss })),
      hops: hops.map((hop) => ({ ...hop })),
    },
  };
}
