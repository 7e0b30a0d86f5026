import type { Hop, HopVia } from '../campaign/hops.ts';
import { display, hopOf, type Stop } from './trace-answer.ts';

/** One request for a page in the main frame, as DevTools tells it. */
export interface TapeRequest {
  readonly id: string;
  readonly url: URL;
  /** The answer that led here; absent: the page before led here, or nothing did. */
  readonly redirectedBy?: TapeResponse;
}

/** One answer, as DevTools tells it. */
export interface TapeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly isFromServiceWorker: boolean;
}

interface Entry {
  readonly id: string;
  readonly url: URL;
  readonly via: HopVia;
  status: number | null;
  headers: Readonly<Record<string, string>>;
  target?: string;
  isFromServiceWorker: boolean;
  consentCookie?: string;
}

const maxRefreshSeconds = 10;
/** A page that loads itself again once or twice has its reasons; more often is a loop. */
const maxVisits = 4;

/** The way of a browser's main frame, written down event by event. */
export class NavigationTape {
  readonly #entries: Entry[] = [];
  readonly #maxHops: number;
  #via: HopVia | undefined;
  #isLoading = false;
  #movedAtMs = 0;
  #dueAtMs = 0;
  #stop: Stop | undefined;

  constructor(maxHops: number) {
    this.#maxHops = maxHops;
  }

  /** Why the walk goes no further; undefined while nothing is wrong. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** When the last thing happened, by the clock that the events came with. */
  get movedAtMs(): number {
    return this.#movedAtMs;
  }

  /** When a refresh that the page has announced is due; 0 where none is. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The status of the page that stands; null where no server has answered. */
  get status(): number | null {
    return this.#entries.findLast(({ via }) => via !== 'history')?.status ?? null;
  }

  get url(): URL | undefined {
    return this.#entries.at(-1)?.url;
  }

  /** The hops so far. */
  hops(): readonly Hop[] {
    return this.#entries.map(({ url, via, status, headers, target, isFromServiceWorker, consentCookie }) => {
      const shown = hopOf({ url, via }, { status: status ?? 0, headers }, undefined);
      return {
        ...shown,
        status,
        ...(target !== undefined && { target }),
        ...(isFromServiceWorker && { isFromServiceWorker }),
        ...(consentCookie !== undefined && { consentCookie }),
      };
    });
  }

  /** The page asks to be left, and says how. */
  leaving(via: HopVia): void {
    this.#via = via;
  }

  /** The page has announced that it will send the browser on. */
  announced(delaySeconds: number, nowMs: number): void {
    if (delaySeconds > 0 && delaySeconds <= maxRefreshSeconds) this.#dueAtMs = nowMs + delaySeconds * 1000;
  }

  requested({ id, url, redirectedBy }: TapeRequest, nowMs: number): void {
    const last = this.#entries.at(-1);
    const isUpgrade = redirectedBy !== undefined && isHsts(redirectedBy);
    if (last !== undefined && redirectedBy !== undefined && !isUpgrade) this.#answer(last, redirectedBy);
    const via = redirectedBy === undefined ? (this.#via ?? 'script') : isUpgrade ? 'hsts' : 'location';
    const written = isUpgrade ? undefined : redirectedBy?.headers['location'];
    this.#push({ id, url, via: last === undefined ? 'start' : via }, written);
    this.#isLoading = true;
    this.#moved(nowMs);
  }

  answered(id: string, response: TapeResponse, nowMs: number): void {
    const entry = this.#entries.findLast((other) => other.id === id);
    if (entry !== undefined) this.#answer(entry, response);
    this.#moved(nowMs);
  }

  /** A script changed the address without loading anything. */
  replaced(url: URL, nowMs: number): void {
    if (this.url === undefined || withoutHash(this.url) === withoutHash(url)) return;
    this.#push({ id: '', url, via: 'history' });
    this.#moved(nowMs);
  }

  loaded(nowMs: number): void {
    this.#isLoading = false;
    this.#moved(nowMs);
  }

  failed(stop: Stop): void {
    this.#isLoading = false;
    this.#stop ??= stop;
  }

  /** Notes on the page that stood at hop `index` what the visitor's answer was stored in. */
  chose(index: number, consentCookie: string): void {
    const entry = this.#entries[index];
    if (entry !== undefined) entry.consentCookie = consentCookie;
  }

  #push(hop: Pick<Entry, 'id' | 'url' | 'via'>, written?: string): void {
    const last = this.#entries.at(-1);
    if (last !== undefined) last.target = written ?? display(hop.url);
    this.#stop ??= this.#limitOf(hop.url);
    if (this.#stop !== undefined) return;
    this.#entries.push({ ...hop, status: null, headers: {}, isFromServiceWorker: false });
  }

  #limitOf(next: URL): Stop | undefined {
    const visits = this.#entries.filter(({ url, via }) => via !== 'history' && url.href === next.href);
    if (visits.length >= maxVisits)
      return {
        fault: 'loop',
        message: `It comes to ${next.host}${next.pathname} again and again. Mend what sends the browser back there.`,
      };
    if (this.#entries.length < this.#maxHops) return undefined;
    return {
      fault: 'too_many_hops',
      message: `There are more than ${this.#maxHops} hops. Shorten the chain, or raise --max-hops.`,
    };
  }

  #answer(entry: Entry, { status, headers, isFromServiceWorker }: TapeResponse): void {
    entry.status = status;
    entry.headers = headers;
    entry.isFromServiceWorker = isFromServiceWorker;
  }

  #moved(nowMs: number): void {
    this.#movedAtMs = nowMs;
    this.#dueAtMs = 0;
    this.#via = undefined;
  }
}

/** Chromium makes the upgrade look like a redirect, and says so. */
function isHsts({ headers }: TapeResponse): boolean {
  return headers['non-authoritative-reason']?.toUpperCase() === 'HSTS';
}

function withoutHash({ href }: URL): string {
  return href.split('#', 1)[0] ?? href;
}
