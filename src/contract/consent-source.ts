import type { Statement } from '../model/consent.ts';
import type { Draft, Hit } from '../model/hit.ts';

/** One worked example: test and documentation at once. */
export interface ConsentExample {
  /** A sentence: `a visitor who refused everything`. */
  readonly title: string;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The hit's raw query, without `?`. */
  readonly query?: string;
  readonly signals?: Readonly<Record<string, string>>;
  /** What `read` returns; null: the signal is absent. */
  readonly expect: Statement | null;
}

/** What a source may look at of a hit. Without its time of receipt, nothing is judged by the clock. */
export type ConsentHit = Pick<Hit, 'headers' | 'cookies' | 'query'> & Partial<Pick<Hit, 'receivedAtMs'>>;

/**
 * Reads one kind of consent signal. One file in consent/sources/, with its examples inside.
 * Pure; must not throw on any input; an unreadable signal is a statement with `problem`, never silence and never a grant.
 */
export interface ConsentSource {
  readonly name: string;
  /** `cmp` and `api` hold choices, `vendor` a vendor's signal in a hit, `browser` a browser-wide one. */
  readonly kind: 'cmp' | 'api' | 'vendor' | 'browser';
  /** For the reference page: what it reads, from where. */
  readonly description: string;
  /** `cookie names` it may read; nothing else of the request's cookies is looked at. */
  readonly cookies: readonly string[];
  /** Returns null when the signal is absent. `draft.signals` wins over the hit's query. */
  read(hit: ConsentHit, draft: Pick<Draft, 'signals'>): Statement | null;
  readonly examples: readonly ConsentExample[];
}
