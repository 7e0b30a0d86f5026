import type { LossOutcome } from '../model/loss.ts';
import type { Cause } from './hop-causes.ts';
import type { ParameterValue } from './hop-reading.ts';
import type { ParameterRegistry } from './parameters.ts';

/** Where an answer sends the browser on. */
export interface SentOn {
  readonly via: 'location' | 'refresh';
  /** As the upstream wrote it. */
  readonly written: string;
  /** As the browser got it, which differs where lost parameters were given back. */
  readonly sent: string;
}

/** Who began a navigation, as Sec-Fetch-User tells: a click, or the page by itself. */
export type StartedBy = 'person' | 'page' | 'unknown';

/** One navigation and how it was answered. */
export interface SeenNavigation {
  /** The absolute address that was asked for. */
  readonly url: string;
  readonly referrer: string | undefined;
  readonly startedBy: StartedBy;
  /** Sec-Fetch-Site; empty: the browser does not say. */
  readonly fetchSite: string;
  readonly status: number;
  /** A page is shown; a redirect or a download is none. */
  readonly isPage: boolean;
  readonly target?: SentOn;
  /** Response headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The visitor has decided on consent by now. */
  readonly hasDecided: boolean;
  /** The release of the site that answered; empty: unknown. */
  readonly release: string;
  /** Tells visitors apart that share an address; absent: no cookie came. */
  readonly visitor?: string;
}

/** A page view that a tracker sent. */
export interface SeenView {
  readonly url: string;
  readonly referrer: string | undefined;
  /** Canonical names of parameters that the tracker stated outright. */
  readonly stated: readonly string[];
}

/** What one hop did with one tracked parameter. */
export interface HopOutcome {
  readonly parameter: string;
  readonly outcome: LossOutcome;
  readonly from: URL;
  /** Where the hop led; absent: it is about the page itself. */
  readonly to?: URL;
  /** With `repaired` and `lost` only. */
  readonly cause?: Cause;
  readonly culprit?: string;
}

/** What a journey remembers of a loss. */
export interface JourneyLoss {
  readonly parameter: string;
  readonly outcome: LossOutcome;
  readonly hop: string;
  readonly cause: Cause;
  readonly culprit: string;
}

/** One hop of a journey, in names. */
export interface JourneyHop {
  /** Host and route pattern. */
  readonly page: string;
  readonly status: number;
  /** Tracked parameters that came, that went on or were shown, and that were given back on the way out. */
  readonly came: readonly string[];
  readonly went: readonly string[];
  readonly added: readonly string[];
}

/**
 * Where a journey stands. `redirected`: the browser was sent on and has not come yet. `shown`: a page is out, and no page
 * view of it has come. `seen`: one has, so that what happens next is no loss.
 */
export type Stand =
  | { readonly at: 'redirected'; readonly from: URL; readonly next: URL }
  | {
      readonly at: 'shown';
      readonly page: URL;
      readonly referrer: string | undefined;
      /** A page that followed at once, in a browser that does not say why; it may be a frame of the first. */
      readonly left?: URL;
    }
  | { readonly at: 'seen'; readonly page: URL };

/** One browser's way from its landing to its first page view. Lives in memory only, for a minute or two. */
export interface Journey {
  readonly visitor: string | undefined;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  readonly stand: Stand;
  readonly hops: readonly JourneyHop[];
  /** The parameters that the next hop should still have. */
  readonly awaited: ReadonlyMap<string, ParameterValue>;
  /** What was lost or repaired so far. */
  readonly losses: readonly JourneyLoss[];
  readonly hasDecided: boolean;
  /** The release that the last answer came from. */
  readonly release: string;
  /** Another browser may be behind the same address: what only time links to this journey is not judged. */
  readonly isShared: boolean;
}

/** What judging needs to know of the site. */
export interface JourneySite {
  readonly parameters: ParameterRegistry;
  readonly isOwnHost: (host: string) => boolean;
  /** Host and route pattern of an address. */
  readonly patternOf: (address: URL) => string;
}

/** A journey after a hop, and what the hop did. */
export interface JourneyStep {
  /** Absent: there is nothing to follow. */
  readonly journey?: Journey;
  readonly outcomes: readonly HopOutcome[];
}

/** A longer wait between two hops ends a journey. */
const maxWaitMs = 60_000;
/** A journey is forgotten after this time, however busy it is. */
const maxAgeMs = 120_000;
/** Hops and losses beyond these are counted and not kept. */
const maxHops = 16;
const maxLosses = 64;

/** The journey goes on, as far as time tells. */
export function isLive({ startedAtMs, lastAtMs }: Journey, nowMs: number): boolean {
  return nowMs - lastAtMs <= maxWaitMs && nowMs - startedAtMs <= maxAgeMs;
}

/** Two visitors with cookies are the same or are not; without a cookie nobody knows. */
export function mayBeOf({ visitor }: Journey, seen: string | undefined): boolean {
  return visitor === undefined || seen === undefined || visitor === seen;
}

/** Adds a hop to the record, up to the bound. */
export function withHop(hops: readonly JourneyHop[], hop: JourneyHop): readonly JourneyHop[] {
  return hops.length < maxHops ? [...hops, hop] : hops;
}

/** Adds what was lost or repaired to the record, up to the bound. */
export function withLosses(
  losses: readonly JourneyLoss[],
  outcomes: readonly HopOutcome[],
  site: JourneySite,
): readonly JourneyLoss[] {
  const more = outcomes.flatMap((outcome): readonly JourneyLoss[] => {
    const { parameter, cause, culprit = '' } = outcome;
    if (cause === undefined) return [];
    return [{ parameter, outcome: outcome.outcome, hop: hopOf(outcome, site), cause, culprit }];
  });
  return more.length === 0 ? losses : [...losses, ...more].slice(0, maxLosses);
}

/** A hop in words: where it was, and where it led. */
export function hopOf({ from, to }: Pick<HopOutcome, 'from' | 'to'>, { patternOf }: JourneySite): string {
  return to === undefined ? patternOf(from) : `${patternOf(from)} -> ${patternOf(to)}`;
}

/** Same host and path; the scheme may differ where an address was upgraded on the way. */
export function isSameAddress(one: URL, other: URL): boolean {
  return one.host === other.host && one.pathname === other.pathname;
}

/** The referrer is the page, or its origin where a policy shortens it. */
export function isPageOf(referrer: string | undefined, page: URL): boolean {
  const from = referrer === undefined ? null : URL.parse(referrer);
  if (from === null || from.host !== page.host) return false;
  return from.pathname === page.pathname || (from.pathname === '/' && from.search === '');
}
