import type { IncomingHttpHeaders } from 'node:http';
import type { HeaderChanges } from '../campaign/cache-headers.ts';

/**
 * Hop-by-hop headers (RFC 9110 section 7.6.1 and the older ones still seen); they end at this proxy, both ways. Expect
 * with them: node:http has told the client to continue by itself, so nothing is left to expect.
 */
const hopByHop = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Headers in which proxies name the client, beside `X-Forwarded-*`. From anyone but a trusted proxy they are the client's
 * own invention and end here.
 */
const clientNaming = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-real-ip',
]);

/** Header values by lower-case name, as node:http and undici both take them. */
export type HeaderMap = Record<string, string | string[]>;

/** Changes headers in place. */
export function changeHeaders(headers: HeaderMap, { set, remove }: HeaderChanges): void {
  for (const name of remove) delete headers[name];
  Object.assign(headers, set);
}

/** What the request headers to the upstream depend on. */
export interface ForwardedFacts {
  /** The Host header that the upstream gets. */
  readonly upstreamHost: string;
  /** The Host header that the browser sent. */
  readonly publicHost: string;
  readonly publicProtocol: 'http' | 'https';
  /** The address of the TCP peer. */
  readonly peer: string;
  /** The peer is a configured proxy, so the chain it reports is kept and extended. */
  readonly isPeerTrusted: boolean;
}

/** The request headers for the upstream: end-to-end headers as they came, and a truthful forwarding chain. */
export function upstreamRequestHeaders(incoming: IncomingHttpHeaders, facts: ForwardedFacts): HeaderMap {
  const named = namedInConnection(incoming.connection);
  const headers: HeaderMap = {};
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || hopByHop.has(name) || named?.has(name)) continue;
    if (!facts.isPeerTrusted && (name.startsWith('x-forwarded-') || clientNaming.has(name))) continue;
    headers[name] = value;
  }
  headers.host = facts.upstreamHost;
  const chain = facts.isPeerTrusted ? incoming['x-forwarded-for'] : undefined;
  headers['x-forwarded-for'] = chain === undefined ? facts.peer : `${String(chain)}, ${facts.peer}`;
  if (!facts.isPeerTrusted) headers['x-real-ip'] = facts.peer;
  // HTTP/1.0 knows requests without a Host.
  if (facts.publicHost !== '') headers['x-forwarded-host'] = facts.publicHost;
  headers['x-forwarded-proto'] = facts.publicProtocol;
  headers['x-forwarded-port'] = portOf(facts.publicHost, facts.publicProtocol);
  headers.forwarded = forwardedElement(facts.isPeerTrusted ? incoming.forwarded : undefined, facts);
  return headers;
}

/** What the response headers to the browser depend on. */
export interface PublicFacts {
  /** The upstream's host with port, as it speaks of itself in a Location. */
  readonly upstreamHost: string;
  readonly upstreamHostname: string;
  /** Such as `https://shop.example`. */
  readonly publicOrigin: string;
  /** The public host's name without port. */
  readonly publicHostname: string;
  /** The domain that replaces the upstream's own in Set-Cookie; undefined: a host-only cookie. */
  readonly cookieDomain: string | undefined;
}

/** The response headers for the browser: hop-by-hop removed, Location and Set-Cookie moved to the public host. */
export function publicResponseHeaders(incoming: IncomingHttpHeaders, facts: PublicFacts): HeaderMap {
  const named = namedInConnection(incoming.connection);
  const headers: HeaderMap = {};
  for (const name in incoming) {
    const value = incoming[name];
    if (value === undefined || hopByHop.has(name) || named?.has(name)) continue;
    headers[name] = value;
  }
  const { location, refresh } = incoming;
  // undici gives an array where an upstream repeats a header.
  if (typeof location === 'string') headers.location = publicUrl(location, facts);
  if (typeof refresh === 'string') headers.refresh = publicRefresh(refresh, facts);
  // node:http gives an array always, undici a string where there is one only.
  const cookies: string | string[] | undefined = incoming['set-cookie'];
  if (cookies !== undefined)
    headers['set-cookie'] = [cookies].flat().map((cookie) => publicCookie(cookie, facts));
  return headers;
}

/** The same address on the public origin if it names the upstream, otherwise untouched to the byte. */
export function publicUrl(location: string, facts: PublicFacts): string {
  const scheme = /^(?:https?:)?\/\//i.exec(location)?.[0];
  if (scheme === undefined) return location;
  const rest = location.slice(scheme.length);
  const end = rest.search(/[/?#]/);
  const authority = (end === -1 ? rest : rest.slice(0, end)).toLowerCase();
  // An upstream that does not know its own port, or writes the scheme's, means itself all the same.
  const bare = authority.replace(/:(?:80|443)$/, '');
  if (authority !== facts.upstreamHost && bare !== facts.upstreamHostname) return location;
  return facts.publicOrigin + (end === -1 ? '' : rest.slice(end));
}

function publicRefresh(refresh: string, facts: PublicFacts): string {
  const match = /^(\s*[\d.]+\s*[;,]\s*url\s*=\s*)(['"]?)(.*)$/i.exec(refresh);
  if (match === null) return refresh;
  const [, head = '', quote = '', rest = ''] = match;
  const target = quote !== '' && rest.endsWith(quote) ? rest.slice(0, -1) : rest;
  return head + quote + publicUrl(target, facts) + rest.slice(target.length);
}

/**
 * The cookie with the upstream's own domain replaced. Where the public side is plain http, Secure goes, and with it what
 * browsers take only together with it: SameSite=None and Partitioned (RFC 6265bis section 5.7, CHIPS).
 */
export function publicCookie(cookie: string, facts: PublicFacts): string {
  const [pair = '', ...attributes] = cookie.split(';');
  const isPlain = facts.publicOrigin.startsWith('http://');
  const kept = attributes.flatMap((attribute) => {
    const [name = '', value = ''] = splitOnce(attribute, '=');
    const key = name.trim().toLowerCase();
    if (isPlain && (key === 'secure' || key === 'partitioned')) return [];
    if (isPlain && key === 'samesite' && value.trim().toLowerCase() === 'none') return [];
    const isForeign =
      key === 'domain' && covers(value, facts.upstreamHostname) && !covers(value, facts.publicHostname);
    if (!isForeign) return [attribute];
    return facts.cookieDomain === undefined ? [] : [` Domain=${facts.cookieDomain}`];
  });
  return [pair, ...kept].join(';');
}

/** The host name in a Host header: lower case, without port and the dot of a fully qualified name; IPv6 keeps its brackets. */
export function hostnameOf(host: string): string {
  const end = host.endsWith(']') ? -1 : host.lastIndexOf(':');
  const name = (end === -1 ? host : host.slice(0, end)).toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** True when a cookie domain such as `.example.com` covers the host name. */
function covers(domain: string, hostname: string): boolean {
  const bare = domain.trim().toLowerCase().replace(/^\./, '');
  return hostname === bare || hostname.endsWith(`.${bare}`);
}

/** Connection may not name what frames or addresses the message (RFC 9110 section 7.6.1); a client that does is not obeyed. */
const neverNamed = new Set(['content-length', 'cookie', 'authorization', 'host', 'set-cookie']);

function namedInConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  // undici gives an array where the header is repeated.
  const names = String(connection)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return new Set(names.filter((name) => !neverNamed.has(name)));
}

function portOf(host: string, protocol: 'http' | 'https'): string {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port ?? (protocol === 'https' ? '443' : '80');
}

/** RFC 7239: IPv6 addresses and hosts with a port are quoted. */
function forwardedElement(earlier: string | undefined, facts: ForwardedFacts): string {
  const node = facts.peer.includes(':') ? `"[${facts.peer}]"` : facts.peer;
  const host = /[^\w.-]/.test(facts.publicHost)
    ? `"${facts.publicHost.replace(/["\\]/g, '')}"`
    : facts.publicHost;
  const element = `for=${node};${host === '' ? '' : `host=${host};`}proto=${facts.publicProtocol}`;
  return earlier === undefined ? element : `${earlier}, ${element}`;
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
