import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tally } from '../observe/tally.ts';
import { type CanonicalPolicy, type CanonicalRequest, canonicalRedirect } from './canonical.ts';
import type { Connection } from './connection.ts';
import type { HeaderMap } from './headers.ts';
import { isNavigation } from './page-view.ts';

/** Addresses that an upstream insists on although we would correct them, kept for a while. */
export interface UpstreamWishes {
  add(address: string, nowMs: number): void;
  has(address: string, nowMs: number): boolean;
}

/** Empty; the oldest are forgotten first. */
export function createUpstreamWishes(bounds: {
  readonly ttlMs: number;
  readonly maxEntries: number;
}): UpstreamWishes {
  const untilMs = new Map<string, number>();
  return {
    add(address, nowMs) {
      untilMs.delete(address);
      untilMs.set(address, nowMs + bounds.ttlMs);
      const [oldest] = untilMs.keys();
      if (untilMs.size > bounds.maxEntries && oldest !== undefined) untilMs.delete(oldest);
    },
    has: (address, nowMs) => (untilMs.get(address) ?? 0) > nowMs,
  };
}

/** What redirecting to the right address needs from outside. */
export interface CanonicalTools {
  readonly wishes: UpstreamWishes;
  readonly nowMs: () => number;
  readonly tally: Tally;
}

/** A request that a site with such a policy is asked. */
export interface CanonicalAsked {
  readonly policy: CanonicalPolicy;
  readonly connection: Connection;
}

/** Answers a request that has come to the wrong address; false: it has come to the right one and goes on. */
export function redirectToCanonical(
  req: IncomingMessage,
  res: ServerResponse,
  { policy, connection }: CanonicalAsked,
  tools: CanonicalTools,
): boolean {
  const request = canonicalRequest(req, connection);
  const redirect = canonicalRedirect(request, policy);
  if (redirect === null) return false;
  if (!redirect.isUpgrade && tools.wishes.has(addressOf(request), tools.nowMs())) return false;
  tools.tally.add('canonical', 'redirected');
  res.writeHead(redirect.status, {
    location: redirect.location,
    // Whatever is in the query is one visitor's; and a browser must not keep what may have to be mended.
    'cache-control': 'private, no-store',
    'content-length': 0,
    ...(redirect.status === 302 && { vary: 'Accept-Language' }),
    ...hstsHeader(policy, connection),
  });
  res.end();
  return true;
}

/**
 * Looks at the upstream's answer to a request that was right: adds HSTS, and notes where the upstream redirects to an
 * address that we would send back here at once. From then on the upstream has its way there, because the visitor would go
 * round for ever.
 */
export function heedUpstream(
  req: IncomingMessage,
  { policy, connection }: CanonicalAsked,
  { status, headers }: { readonly status: number; readonly headers: HeaderMap },
  tools: CanonicalTools,
): void {
  const hsts = hstsHeader(policy, connection);
  if (headers['strict-transport-security'] === undefined) Object.assign(headers, hsts);
  const { location } = headers;
  if (status < 300 || status > 308 || typeof location !== 'string') return;
  const asked = canonicalRequest(req, connection);
  const target = URL.parse(location, `${connection.protocol}://${asked.host}${asked.url}`);
  if (target === null) return;
  const next: CanonicalRequest = { ...asked, method: 'GET', host: target.host, url: target.pathname };
  const back = canonicalRedirect(next, policy);
  if (back === null) return;
  const backTo = URL.parse(back.location, target);
  if (backTo === null || plainAddress(backTo) !== addressOf(asked)) return;
  tools.wishes.add(addressOf(next), tools.nowMs());
  tools.tally.add('canonical', 'loop_avoided');
}

function canonicalRequest(req: IncomingMessage, connection: Connection): CanonicalRequest {
  const { headers, method = 'GET', url = '/' } = req;
  const languages = headers['accept-language'];
  return {
    method,
    host: headers.host ?? '',
    url,
    protocol: isStated(req, connection) ? connection.protocol : 'unknown',
    ...(languages !== undefined && isNavigation(req) && { languages }),
  };
}

function isStated({ headers }: IncomingMessage, { isPeerTrusted }: Connection): boolean {
  return isPeerTrusted && (headers['x-forwarded-proto'] !== undefined || headers.forwarded !== undefined);
}

/** Host and path as a browser writes them; empty: no browser could have asked for it. */
function addressOf({ host, url }: CanonicalRequest): string {
  const address = URL.parse(`http://${host}${url}`);
  return address === null ? '' : plainAddress(address);
}

function plainAddress({ host, pathname }: URL): string {
  return host.replace(/:(?:80|443)$/, '') + pathname;
}

/** Browsers ignore the header over http (RFC 6797 section 8.1). */
function hstsHeader({ hstsSeconds }: CanonicalPolicy, { protocol }: Connection): Record<string, string> {
  return hstsSeconds > 0 && protocol === 'https'
    ? { 'strict-transport-security': `max-age=${hstsSeconds}` }
    : {};
}
