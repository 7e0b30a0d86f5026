/**
 * What became of one tracked parameter. Of a landing: `arrived` with it; then `survived` (the first page view or the next
 * page of the visit had it) or `lost`. Of one hop on the way: it `passed` whole, or the hop dropped it and it was
 * `repaired`. A landing whose page was never heard of again only arrived.
 */
export const lossOutcomes = ['arrived', 'passed', 'survived', 'repaired', 'lost'] as const;

/** One of the outcomes. */
export type LossOutcome = (typeof lossOutcomes)[number];

/** How often one thing happened to one parameter at one hop on one day. Holds names and patterns, never a value. */
export interface LossCount {
  /** Of the site's time zone, such as `2026-11-24`. */
  readonly day: string;
  readonly site: string;
  /** The release of the site that answered; empty: unknown. */
  readonly release: string;
  /** Canonical name; `(referrer)` stands for the address of the page before. */
  readonly parameter: string;
  readonly outcome: LossOutcome;
  /** Host and route pattern, and where the hop led, such as `shop.example/go/:id -> shop.example/sale`. */
  readonly hop: string;
  /** Of the closed list of causes; empty where nothing was lost. */
  readonly cause: string;
  /** Who most likely did it, in words; empty where nothing was lost. */
  readonly culprit: string;
  readonly n: number;
  /** UTC milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** One loss as an event's decision keeps it. */
export interface RecordedLoss {
  readonly parameters: readonly string[];
  readonly hop: string;
  readonly cause: string;
  readonly culprit: string;
  readonly outcome: 'repaired' | 'lost';
}
