import type { IncomingHttpHeaders } from 'node:http';

/** What a page's origin is judged by. */
export interface OwnPages {
  readonly site: { readonly ownHosts: ReadonlySet<string> };
  /** The host name that the hit was sent to: a page of the same host is the site's own even where no site lists it. */
  readonly hostname: string;
}

/**
 * Whether a page may send hits: no Origin (same origin, server), or one of the site's own hosts. Pages with the referrer
 * policy `no-referrer` send beacons with the origin `null` (Fetch, "append a request Origin header", 2026-11-23); they are
 * told from sandboxed and foreign ones by Sec-Fetch-Site, which no script can set.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, pages: OwnPages): boolean {
  const { origin } = headers;
  if (origin === undefined) return true;
  if (origin === 'null')
    return headers['sec-fetch-site'] === 'same-origin' || headers['sec-fetch-site'] === 'same-site';
  return isOwnOrigin(origin, pages);
}

/**
 * CORS headers for the site's own origins: the exact origin and credentials, because `*` breaks trackers that send
 * cookies. Empty where there is no Origin.
 */
export function corsHeaders({ origin }: IncomingHttpHeaders, pages: OwnPages): Record<string, string> {
  if (origin === undefined || !isOwnOrigin(origin, pages)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  };
}

/** The answer to a preflight: the requested headers are echoed, because trackers add their own. Two hours is Chromium's cap. */
export function preflightHeaders(headers: IncomingHttpHeaders, pages: OwnPages): Record<string, string> {
  const cors = corsHeaders(headers, pages);
  if (cors['access-control-allow-origin'] === undefined) return {};
  const requested = headers['access-control-request-headers'];
  return {
    ...cors,
    vary: 'Origin, Access-Control-Request-Headers',
    'access-control-allow-methods': 'GET, POST, HEAD, OPTIONS',
    'access-control-max-age': '7200',
    ...(requested !== undefined &&
      /^[\w!#$%&'*+.^`|~ ,-]{1,1024}$/.test(requested) && {
        'access-control-allow-headers': requested,
      }),
  };
}

function isOwnOrigin(origin: string, { site, hostname }: OwnPages): boolean {
  const host = originHost(origin);
  return host !== undefined && (site.ownHosts.has(host) || host === hostname);
}

/** A site has few origins, and each of its hits names one. */
const hostByOrigin = new Map<string, string | undefined>();
const maxOrigins = 1_000;

/** The host name of a web origin; undefined where it is none. */
function originHost(origin: string): string | undefined {
  if (hostByOrigin.has(origin)) return hostByOrigin.get(origin);
  const host = readHost(origin);
  if (hostByOrigin.size < maxOrigins && origin.length < 300) hostByOrigin.set(origin, host);
  return host;
}

function readHost(origin: string): string | undefined {
  return /^https?:\/\/(\[[^\]]+\]|[^/:?#]+)(?::\d+)?$/i.exec(origin)?.[1]?.toLowerCase();
}
