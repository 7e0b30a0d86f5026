import { type Answered, judgeAnswer } from './answer-outcomes.ts';
import type { Cause } from './hop-causes.ts';
import { compareValues, type ParameterValue, readHop } from './hop-reading.ts';
import {
  type HopOutcome,
  isLive,
  isPageOf,
  isSameAddress,
  type Journey,
  type JourneySite,
  type JourneyStep,
  type SeenNavigation,
  type Stand,
  withHop,
  withLosses,
} from './journey.ts';

type Values = ReadonlyMap<string, ParameterValue>;

/**
 * Adds one answered navigation to a browser's journey, and says what became of every tracked parameter. What a redirect
 * drops is judged by the redirect alone; what is lost between two requests is judged only where the second one can be
 * nothing but the first one's continuation, so that no loss is made up. Pure.
 */
export function addHop(
  journey: Journey | undefined,
  seen: SeenNavigation,
  { nowMs, site }: { readonly nowMs: number; readonly site: JourneySite },
): JourneyStep {
  const address = URL.parse(seen.url);
  if (address === null) return unchanged(journey);
  const live = journey !== undefined && isLive(journey, nowMs) ? journey : undefined;
  const came = queryValues(seen.url, site);
  const at: Moment = { seen, address, came, nowMs, site };
  if (live === undefined) return came.size === 0 ? bareArrival(at) : arrive(at);
  const { stand } = live;
  if (stand.at === 'redirected' && isSameAddress(stand.next, address)) return follow(live, stand.from, at);
  if (stand.at !== 'redirected' && isReload(live, stand.page, at)) return unchanged(live);
  if (stand.at !== 'redirected' && isLinked(stand.page, seen)) return leave(live, stand, at);
  // Two landings at once may be two people behind one address; their page views could be taken for each other's.
  if (came.size > 0 && !isFromOwnPage(at)) return stand.at === 'seen' ? arrive(at) : shared(arrive(at));
  // A page of the same address that nothing links to this journey: another tab, or another person.
  return stand.at === 'seen' ? unchanged(live) : shared(unchanged(live));
}

interface Moment {
  readonly seen: SeenNavigation;
  readonly address: URL;
  readonly came: Values;
  readonly nowMs: number;
  readonly site: JourneySite;
}

/** A script or meta refresh goes on at once; what comes later is a page that a person had time to see. */
const goesOnMs = 10_000;

function unchanged(journey: Journey | undefined): JourneyStep {
  return journey === undefined ? { outcomes: [] } : { journey, outcomes: [] };
}

function shared({ journey, outcomes }: JourneyStep): JourneyStep {
  return journey === undefined ? { outcomes } : { journey: { ...journey, isShared: true }, outcomes };
}

/** What stands in the query; a request has no fragment. */
function queryValues(url: string, { parameters }: JourneySite): Values {
  return url.includes('?') ? readHop(url, parameters).values : new Map();
}

/** A landing with tracked parameters. One from an own page is an internal link, which brings nobody. */
function arrive(at: Moment): JourneyStep {
  const { seen, address, came, nowMs } = at;
  if (isFromOwnPage(at)) return { outcomes: [] };
  const stripped = strippedBefore(came);
  const outcomes = [...came.keys(), ...stripped].map(
    (parameter): HopOutcome => ({ parameter, outcome: 'arrived', from: address }),
  );
  const lost = stripped.map(
    (parameter): HopOutcome => ({
      parameter,
      outcome: 'lost',
      from: address,
      cause: 'browser_stripped',
      culprit: "the visitor's browser, which left its companion parameters in place",
    }),
  );
  const begun: Journey = {
    visitor: seen.visitor,
    startedAtMs: nowMs,
    lastAtMs: nowMs,
    stand: { at: 'seen', page: address },
    hops: [],
    awaited: new Map(),
    losses: [],
    hasDecided: seen.hasDecided,
    release: seen.release,
    isShared: false,
  };
  return goOn(begun, at, { came, outcomes: [...outcomes, ...lost] });
}

/**
 * Google Ads' auto-tagging writes these beside a click id (Google Ads help 9744275, 2026-11-23); browsers that take click
 * ids off leave them.
 */
const googleCompanions = ['gad_source', 'gad_campaignid'] as const;
const googleClickIds = ['gclid', 'gbraid', 'wbraid'] as const;

function strippedBefore(came: Values): readonly string[] {
  const hasCompanion = googleCompanions.some((name) => came.has(name));
  return hasCompanion && !googleClickIds.some((name) => came.has(name)) ? ['gclid'] : [];
}

const referrerName = '(referrer)';

/** A page that another site led to without any tracked parameter: what it has is the referrer, or not even that. */
function bareArrival({ seen, address }: Moment): JourneyStep {
  const { fetchSite, isPage, referrer } = seen;
  if (!isPage || (fetchSite !== 'cross-site' && fetchSite !== 'same-site')) return { outcomes: [] };
  const about = { parameter: referrerName, from: address } as const;
  const fate: HopOutcome =
    referrer === undefined
      ? { ...about, outcome: 'lost', cause: 'referrer_policy', culprit: linkerOf(fetchSite) }
      : { ...about, outcome: 'survived' };
  return { outcomes: [{ ...about, outcome: 'arrived' }, fate] };
}

function linkerOf(fetchSite: 'cross-site' | 'same-site'): string {
  return fetchSite === 'same-site'
    ? "another host of the site's own, by its Referrer-Policy"
    : 'the page that linked here, or the mail program or app';
}

/** The browser follows the redirect that it was sent: what is missing now was taken off inside the browser. */
function follow(live: Journey, from: URL, at: Moment): JourneyStep {
  const { came, address, site } = at;
  const missing = [...live.awaited.keys()].filter((name) => !came.has(name));
  const outcomes = missing.map((parameter): HopOutcome => {
    const isStripped = (site.parameters.named(parameter)?.strippedBy.length ?? 0) > 0;
    return isStripped
      ? lost(parameter, 'browser_stripped', { from, to: address, culprit: 'the browser' })
      : lost(parameter, 'unknown', { from, to: address, culprit: 'nothing seen tells' });
  });
  return goOn(live, at, { came: kept(live.awaited, came), outcomes });
}

/** The next page after one that was shown. */
function leave(live: Journey, stand: Exclude<Stand, { at: 'redirected' }>, at: Moment): JourneyStep {
  if (stand.at === 'seen' || live.awaited.size === 0)
    return goOn(live, at, { came: new Map(), outcomes: [] });
  const { page } = stand;
  const staying = kept(live.awaited, at.came);
  const gone = [...live.awaited.keys()].filter((name) => !staying.has(name));
  const cause = gone.length === 0 ? undefined : causeOfLeaving(live, page, at);
  if (cause === 'untold') {
    return { journey: { ...live, stand: { ...stand, left: at.address } }, outcomes: [] };
  }
  if (cause === undefined) {
    const outcomes = live.isShared ? [] : gone.map((parameter) => survived(parameter, page));
    return goOn(live, at, { came: staying, outcomes });
  }
  const way = { from: page, to: at.address, culprit: culprits[cause] };
  return goOn(live, at, { came: staying, outcomes: gone.map((name) => lost(name, cause, way)) });
}

type LeavingCause = Extract<Cause, 'consent_reload_dropped_query' | 'script_navigation_dropped_query'>;

const culprits: Readonly<Record<LeavingCause, string>> = {
  consent_reload_dropped_query: 'the consent wall of the page',
  script_navigation_dropped_query: 'a script or meta refresh of the page',
};

const wallPath =
  /(?:^|[/_-])(?:consent|cookie-?(?:wall|consent|banner)|privacy-?(?:wall|gate)|gdpr)(?:[/_.-]|$)/i;

/**
 * Why the parameters are missing on the next page. Undefined: a person went on, and had seen the page with them.
 * `untold`: the browser does not say who went on; the page view of the next page will.
 */
function causeOfLeaving(
  live: Journey,
  page: URL,
  { seen, address, nowMs }: Moment,
): LeavingCause | 'untold' | undefined {
  if (live.isShared) return undefined;
  const isSamePage = page.pathname === address.pathname;
  const isWall = wallPath.test(page.pathname);
  if ((isSamePage || isWall) && seen.hasDecided && !live.hasDecided) return 'consent_reload_dropped_query';
  if (isWall) return 'consent_reload_dropped_query';
  if (seen.startedBy === 'person' || nowMs - live.lastAtMs > goesOnMs) return undefined;
  return seen.startedBy === 'unknown' ? 'untold' : 'script_navigation_dropped_query';
}

function survived(parameter: string, from: URL): HopOutcome {
  return { parameter, outcome: 'survived', from };
}

function lost(
  parameter: string,
  cause: Cause,
  way: { readonly from: URL; readonly to: URL; readonly culprit: string },
): HopOutcome {
  return { parameter, outcome: 'lost', cause, ...way };
}

/** The awaited parameters that came as they were. */
function kept(awaited: Values, came: Values): Values {
  return new Map(
    [...awaited].filter(([name, value]) => {
      const now = came.get(name);
      return now !== undefined && compareValues(value, now) === 'same';
    }),
  );
}

/** Takes the answer of this hop in, and says where the journey stands after it. */
function goOn(
  live: Journey,
  at: Moment,
  { came, outcomes }: { readonly came: Values; readonly outcomes: readonly HopOutcome[] },
): JourneyStep {
  const { seen, address, nowMs, site } = at;
  const answered = judgeAnswer(seen, came, site);
  const all = [...outcomes, ...answered.outcomes];
  return {
    outcomes: all,
    journey: {
      ...live,
      visitor: seen.visitor ?? live.visitor,
      lastAtMs: nowMs,
      stand: standAfter(live, at, answered),
      awaited: answered.awaited,
      hasDecided: live.hasDecided || seen.hasDecided,
      release: seen.release,
      hops: withHop(live.hops, {
        page: site.patternOf(address),
        status: seen.status,
        came: [...at.came.keys()],
        went: [...answered.awaited.keys()],
        added: answered.added,
      }),
      losses: withLosses(live.losses, all, site),
    },
  };
}

function standAfter(live: Journey, { seen, address }: Moment, { next }: Answered): Stand {
  if (next !== undefined) return { at: 'redirected', from: address, next };
  if (!seen.isPage) return { at: 'seen', page: address };
  const wasSeen = live.stand.at === 'seen' && live.hops.length > 0;
  return wasSeen ? { at: 'seen', page: address } : { at: 'shown', page: address, referrer: seen.referrer };
}

/** The same page with the same parameters is the same arrival. */
function isReload(live: Journey, page: URL, { address, came }: Moment): boolean {
  const earlier = live.hops.at(-1)?.came ?? [];
  if (came.size === 0 || came.size !== earlier.length || !isSameAddress(page, address)) return false;
  return earlier.every((name) => came.has(name)) && kept(live.awaited, came).size === live.awaited.size;
}

/** A policy may hide the referrer; the browser still says that a page of the same origin led here. */
function isLinked(page: URL, { referrer, fetchSite }: SeenNavigation): boolean {
  return referrer === undefined ? fetchSite === 'same-origin' : isPageOf(referrer, page);
}

function isFromOwnPage({ seen: { referrer, fetchSite }, site }: Moment): boolean {
  if (referrer === undefined) return fetchSite === 'same-origin';
  const from = URL.parse(referrer);
  return from !== null && site.isOwnHost(from.hostname);
}
