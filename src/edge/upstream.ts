import type { ServerResponse } from 'node:http';
import { type ForwardedFacts, type HeaderMap, hostnameOf, type PublicFacts } from './headers.ts';

/** One upstream as the proxy needs it. */
export interface UpstreamSettings {
  readonly url: URL;
  /** The upstream gets the browser's Host header instead of its own name. */
  readonly keepHost: boolean;
  /** Waiting for the first byte of the answer, and between two chunks of it. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** What one proxied request needs to know of its client and site. */
export interface ProxyFacts {
  /** Empty: the client named no host, as HTTP/1.0 allows. */
  readonly publicHost: string;
  readonly publicProtocol: 'http' | 'https';
  readonly peer: string;
  readonly isPeerTrusted: boolean;
  readonly cookieDomain: string | undefined;
  /** Called once with the upstream's status and headers; may add to the headers. Must not throw. */
  readonly onResponse?: (status: number, headers: HeaderMap) => void;
  /** Asked after that; absent: no answer to this request is rewritten. */
  readonly rewrite?: AnswerRewrite;
}

/**
 * Decides by status and headers whether an answer's body is rewritten, and then makes the headers fit; null: it passes as
 * it is. What it returns is called once the head is sent, and takes the body. Must not throw.
 */
export type AnswerRewrite = (
  status: number,
  headers: HeaderMap,
) => ((res: ServerResponse) => BodySink) | null;

/** Where an answer's body goes: the response itself, or something on the way to it. */
export interface BodySink {
  /** False: wait for `drain`. */
  write(chunk: Buffer): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
}

/** Why an upstream gave no answer. */
export type ProxyFailure = 'upstream_unreachable' | 'upstream_timeout' | 'upstream_broken';

/** Told of every request that the upstream failed; a client that leaves is none of them. */
export type OnFailure = (failure: ProxyFailure) => void;

/** What the upstream's request headers depend on. */
export function forwardedFacts(upstream: UpstreamSettings, facts: ProxyFacts): ForwardedFacts {
  return { ...facts, upstreamHost: upstream.keepHost ? facts.publicHost : upstream.url.host };
}

/** What the browser's response headers depend on. */
export function publicFacts(
  { url }: UpstreamSettings,
  { publicHost, publicProtocol, cookieDomain }: ProxyFacts,
): PublicFacts {
  return {
    upstreamHost: url.host,
    upstreamHostname: url.hostname,
    // Without a host a path has to do.
    publicOrigin: publicHost === '' ? '' : `${publicProtocol}://${publicHost}`,
    publicHostname: hostnameOf(publicHost),
    cookieDomain,
  };
}

/** Answers for an upstream that failed. */
export function fail(res: ServerResponse, error: Error, onFailure: OnFailure): void {
  // The client has left, which is no failure of the upstream's.
  if (res.destroyed) return;
  const failure = failureOf(error);
  onFailure(failure);
  // Half an answer is out: cutting the connection is the only way to let the browser see that.
  if (res.headersSent) return void res.destroy();
  const status = statusOf(failure);
  const text = status === 504 ? 'The site took too long to answer.' : 'The site cannot be reached.';
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  res.end(`${status} ${text}\n`);
}

/** 504 for an upstream that is too slow, 502 for every other failure. */
export function statusOf(failure: ProxyFailure): 502 | 504 {
  return failure === 'upstream_timeout' ? 504 : 502;
}

/** An upstream that let a timeout pass, as an error. */
export function timeoutError(what: string): Error {
  return Object.assign(new Error(`the upstream took too long to ${what}`), { code: 'UPSTREAM_TIMEOUT' });
}

const timeouts: ReadonlySet<string> = new Set([
  'ERR_UPSTREAM_UPGRADE_TIMEOUT',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UPSTREAM_TIMEOUT',
]);
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** What kind of failure an error of either HTTP client is. */
export function failureOf(error: Error): ProxyFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (timeouts.has(code)) return 'upstream_timeout';
  return unreachable.has(code) ? 'upstream_unreachable' : 'upstream_broken';
}
