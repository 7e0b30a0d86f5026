import { withoutParameters } from '../campaign/hop-reading.ts';
import { followParameters, type Hop, type ParameterReport } from '../campaign/hops.ts';
import {
  display,
  hopOf,
  type Outcome,
  outcomeOf,
  parametersRefused,
  type Step,
  type Stop,
  sentOn,
  type TraceFault,
} from './trace-answer.ts';
import { CookieJar, HstsHosts, isSameSite, siteDomainOf } from './trace-browser.ts';
import type { BroughtCookie } from './trace-consent.ts';
import type { TraceNetwork } from './trace-network.ts';

export type { Hop, Loss, Mark } from '../campaign/hops.ts';
export { type AddressPolicy, type Detour, openTraceNetwork, type TraceNetwork } from './trace-network.ts';

/** How to walk. */
export interface TraceOptions {
  readonly userAgent: string;
  /** Request headers of one's own, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Cookies of an earlier visit, for every host of the start's site. */
  readonly cookies: readonly BroughtCookie[];
  readonly maxHops: number;
  readonly hopTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/** The way of one address to its page, and what became of its parameters. */
export interface Trace extends ParameterReport {
  /** As asked for, without credentials. */
  readonly url: string;
  /** True where the walk ended at a page and every parameter reached it as it was sent. */
  readonly isIntact: boolean;
  readonly hops: readonly Hop[];
  /** Absent: the walk ended at a page. */
  readonly failure?: TraceFailure;
}

/** Why and where a walk did not end at a page. */
export interface TraceFailure {
  /** Number of the hop, from 1. */
  readonly hop: number;
  readonly fault: TraceFault;
  readonly message: string;
}

/**
 * Follows an address as a browser would: redirects, the Refresh header, meta refresh, HSTS upgrades and cookies. Needs
 * an http or https URL; never rejects.
 */
export async function traceUrl(
  start: URL,
  { options, network, nowMs }: { options: TraceOptions; network: TraceNetwork; nowMs: () => number },
): Promise<Trace> {
  const walk = new Walk(start, { ...options, beganAtMs: nowMs() });
  let step: Step | undefined = { url: start, via: 'start' };
  let failure: TraceFailure | undefined;
  while (step !== undefined && failure === undefined) {
    const stop = walk.mayTake(step, nowMs());
    if (stop !== undefined) failure = { hop: walk.hops.length, ...stop };
    else {
      const outcome: Outcome = await walk.take(step, network, nowMs);
      if (outcome.stop !== undefined) failure = { hop: walk.hops.length, ...outcome.stop };
      step = outcome.next;
    }
  }
  if (failure?.fault === 'error_status') failure = await walk.explainRefusal(failure, network, nowMs);
  return finishTrace(start, walk.hops, failure);
}

/** What the hops of a walk say; `failure`: why it did not end at a page. */
export function finishTrace(start: URL, hops: readonly Hop[], failure: TraceFailure | undefined): Trace {
  const report = followParameters(hops);
  const isIntact = failure === undefined && report.losses.every(({ isRestored }) => isRestored);
  return { url: display(start), isIntact, hops, ...report, ...(failure && { failure }) };
}

/** Whether a host belongs to the walk's own site, and may be shown what the caller sends along. */
export function isOwnAddress(url: URL, start: URL): boolean {
  return (
    isSameSite(url.hostname, start.hostname) && !(start.protocol === 'https:' && url.protocol === 'http:')
  );
}

class Walk {
  readonly hops: Hop[] = [];
  readonly #start: URL;
  readonly #options: TraceOptions & { readonly beganAtMs: number };
  readonly #jar = new CookieJar();
  readonly #hsts = new HstsHosts();
  readonly #seen = new Map<string, number>();

  constructor(start: URL, options: TraceOptions & { readonly beganAtMs: number }) {
    this.#start = start;
    this.#options = options;
    const domain = siteDomainOf(start.hostname);
    const scope = domain === undefined ? 'Path=/' : `Path=/; Domain=${domain}`;
    const lines = options.cookies.map(({ name, value }) => `${name}=${value}; ${scope}`);
    this.#jar.store(lines, start, options.beganAtMs);
  }

  /** The same address with the same cookies gets the same answer, so coming back to it never ends. */
  mayTake({ url }: Step, nowMs: number): Stop | undefined {
    const { maxHops } = this.#options;
    const key = `${url.href.split('#', 1)[0]} ${this.#jar.header(url, nowMs)}`;
    const earlier = this.#seen.get(key);
    if (earlier !== undefined)
      return {
        fault: 'loop',
        message: `It leads back to hop ${earlier}, round and round. Mend one of the redirects between them.`,
      };
    if (this.hops.length >= maxHops)
      return {
        fault: 'too_many_hops',
        message: `There are more than ${maxHops} hops; browsers give up after 20 redirects. Shorten the chain, or raise --max-hops.`,
      };
    if (this.#leftMs(nowMs) <= 0)
      return {
        fault: 'timeout',
        message: `The walk takes longer than ${this.#options.totalTimeoutMs / 1000} s in all. Look for the slow hop, or give it a longer --timeout.`,
      };
    this.#seen.set(key, this.hops.length + 1);
    return undefined;
  }

  async take(step: Step, network: TraceNetwork, nowMs: () => number): Promise<Outcome> {
    const { url, via } = step;
    const upgraded = this.#hsts.upgrade(url, nowMs());
    if (upgraded !== undefined) {
      this.hops.push({ url: display(url), via, status: null, target: display(upgraded), headers: {} });
      return { next: { url: upgraded, via: 'hsts' } };
    }
    const timeoutMs = Math.max(1, Math.min(this.#options.hopTimeoutMs, this.#leftMs(nowMs())));
    const answer = await network.get({ url, headers: this.#headersFor(url, nowMs()), timeoutMs });
    if (answer.kind === 'failed') {
      this.hops.push({ url: display(url), via, status: null, headers: {} });
      return { stop: { fault: answer.fault, message: answer.message } };
    }
    this.#jar.store(answer.setCookies, url, nowMs());
    this.#hsts.note(answer.headers['strict-transport-security'], url, nowMs());
    const sent = sentOn(answer, url);
    this.hops.push(hopOf(step, answer, sent));
    return outcomeOf(answer.status, sent, url);
  }

  /** Asks once more without the tracked parameters: where that is answered, it is they that are refused. */
  async explainRefusal(failure: TraceFailure, network: TraceNetwork, nowMs: () => number) {
    const last = this.hops.at(-1);
    const url = last && withoutParameters(last.url);
    if (last === undefined || url === undefined || this.#leftMs(nowMs()) <= 0) return failure;
    const timeoutMs = Math.min(this.#options.hopTimeoutMs, this.#leftMs(nowMs()));
    const answer = await network.get({ url, headers: this.#headersFor(url, nowMs()), timeoutMs });
    if (answer.kind === 'failed' || answer.status >= 400) return failure;
    return { hop: failure.hop, ...parametersRefused(url.host, last.status ?? 0, answer.status) };
  }

  #leftMs(nowMs: number): number {
    return this.#options.totalTimeoutMs - (nowMs - this.#options.beganAtMs);
  }

  /** The caller's headers may open a test site: none but the harmless go to another site, or from https to http. */
  #headersFor(url: URL, nowMs: number): Record<string, string> {
    const { headers, userAgent } = this.#options;
    const isOwn = isOwnAddress(url, this.#start);
    const own = Object.entries(headers).filter(([name]) => isOwn || harmlessHeaders.has(name));
    const cookies = [isOwn ? headers['cookie'] : '', this.#jar.header(url, nowMs)].filter(Boolean).join('; ');
    const { username, password } = url;
    return {
      ...pageHeaders,
      'user-agent': userAgent,
      ...(username !== '' && { authorization: basic(username, password) }),
      ...Object.fromEntries(own),
      ...(cookies !== '' && { cookie: cookies }),
    };
  }
}

/** What may go to every site that the walk meets. */
export const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'dnt',
  'sec-gpc',
  'user-agent',
]);

/** What a browser sends for an address that was typed in. */
const pageHeaders: Readonly<Record<string, string>> = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-US,en;q=0.9',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
};

function basic(username: string, password: string): string {
  const [name, secret] = [username, password].map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}
