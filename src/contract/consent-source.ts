import type { ConsentType, Statement } from '../model/consent.ts';
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

/** Which consent types each category of a consent manager stands for; a category that it does not name counts for nothing. */
export type CategoryMap = Readonly<Record<string, readonly ConsentType[]>>;

/** What a site may say about one source, and what holds where it says nothing. */
export interface SourceSettings {
  /** The name of the cookie that holds the record; absent: not the site's to choose. */
  readonly cookie?: string;
  /** Absent: the signal speaks in consent types already. A site's entries replace those of the same category. */
  readonly categories?: CategoryMap;
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
  /** Beginnings of further cookie names that it may read, where a name ends in an id; three characters or more. */
  readonly cookiePrefixes?: readonly string[];
  /** True: `read` returns null for every hit without one of its cookies, so that it need not be asked. */
  readonly isCookieOnly?: true;
  /** What a site may change; absent: nothing. */
  readonly settings?: SourceSettings;
  /** Categories that not every site has: where a record does not mention one, it is left out of account. */
  readonly optionalCategories?: readonly string[];
  /** The same source under a site's settings; what they leave out stays as it is. There where `settings` is. */
  configure?(settings: SourceSettings): ConsentSource;
  /** Returns null when the signal is absent. `draft.signals` wins over the hit's query. */
  read(hit: ConsentHit, draft: Pick<Draft, 'signals'>): Statement | null;
  readonly examples: readonly ConsentExample[];
}
