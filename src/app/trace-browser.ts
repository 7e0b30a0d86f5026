import { parseSetCookie } from 'cookie';
import { getDomain, getPublicSuffix } from 'tldts';

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly isHostOnly: boolean;
  readonly path: string;
  readonly isSecure: boolean;
  readonly expiresAtMs: number;
}

const maxCookies = 180;
const maxCookieChars = 4_096;
const suffixOptions = { allowPrivateDomains: true };

/** The cookies of one walk (RFC 6265, 5.3 and 5.4), as far as a chain of page loads needs them. */
export class CookieJar {
  #cookies: readonly Cookie[] = [];

  /** Keeps what an answer sets; what the host may not set is ignored. */
  store(lines: readonly string[], url: URL, nowMs: number): void {
    for (const line of lines) {
      const cookie = line.length > maxCookieChars ? undefined : readCookie(line, url, nowMs);
      if (cookie === undefined) continue;
      const others = this.#cookies.filter((other) => !isSame(other, cookie));
      const isKept = cookie.expiresAtMs > nowMs && others.length < maxCookies;
      this.#cookies = isKept ? [...others, cookie] : others;
    }
  }

  /** The Cookie header for a request, longer paths first; empty where there is none. */
  header(url: URL, nowMs: number): string {
    return this.#cookies
      .filter((cookie) => cookie.expiresAtMs > nowMs && isSentTo(cookie, url))
      .toSorted((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

/** Hosts that asked to be reached over https only, within one walk (RFC 6797). */
export class HstsHosts {
  readonly #hosts = new Map<string, { readonly includesBelow: boolean; readonly expiresAtMs: number }>();

  /** Notes an answer's Strict-Transport-Security; only over https does it count, and never for an address. */
  note(header: string | undefined, url: URL, nowMs: number): void {
    if (header === undefined || url.protocol !== 'https:' || isAddress(url.hostname)) return;
    const maxAge = /(?:^|;)\s{0,9}max-age\s{0,9}=\s{0,9}"?(\d{1,12})/i.exec(header)?.[1];
    if (maxAge === undefined) return;
    const includesBelow = /(?:^|;)\s{0,9}includesubdomains\b/i.test(header);
    this.#hosts.set(url.hostname, { includesBelow, expiresAtMs: nowMs + Number(maxAge) * 1000 });
  }

  /** The https address that a browser takes instead; undefined where it goes as it is. */
  upgrade(url: URL, nowMs: number): URL | undefined {
    if (url.protocol !== 'http:' || !this.#isKnown(url.hostname, nowMs)) return undefined;
    const upgraded = new URL(url);
    upgraded.protocol = 'https:';
    return upgraded;
  }

  #isKnown(hostname: string, nowMs: number): boolean {
    for (
      let host = hostname;
      host !== '';
      host = host.includes('.') ? host.slice(host.indexOf('.') + 1) : ''
    ) {
      const known = this.#hosts.get(host);
      if (known && known.expiresAtMs > nowMs && (host === hostname || known.includesBelow)) return true;
    }
    return false;
  }
}

/** Whether two hosts belong to one owner: the same registrable domain, or the same host where there is none. */
export function isSameSite(a: string, b: string): boolean {
  const domain = getDomain(a, suffixOptions);
  return a === b || (domain !== null && domain === getDomain(b, suffixOptions));
}

/** The domain that all hosts of a site share; undefined for an address or a name alone. */
export function siteDomainOf(hostname: string): string | undefined {
  return getDomain(hostname, suffixOptions) ?? undefined;
}

function readCookie(line: string, url: URL, nowMs: number): Cookie | undefined {
  const {
    name,
    value = '',
    domain,
    path,
    secure,
    maxAge,
    expires,
  } = parseSetCookie(line, { decode: (text) => text });
  const isSecure = secure === true;
  if (name === '' || (isSecure && url.protocol !== 'https:')) return undefined;
  const host = (domain ?? '').replace(/^\./, '').toLowerCase();
  const isHostOnly = host === '' || host === url.hostname;
  if (!isHostOnly && !mayShare(host, url.hostname)) return undefined;
  const expiresAtMs = maxAge === undefined ? (expires?.getTime() ?? Infinity) : nowMs + maxAge * 1000;
  return {
    name,
    value,
    host: isHostOnly ? url.hostname : host,
    isHostOnly: host === '',
    path: path?.startsWith('/') ? path : defaultPath(url.pathname),
    isSecure,
    expiresAtMs: Number.isNaN(expiresAtMs) ? Infinity : expiresAtMs,
  };
}

/** A cookie may be for a domain above its host that is not a public suffix. */
function mayShare(domain: string, hostname: string): boolean {
  return hostname.endsWith(`.${domain}`) && getPublicSuffix(domain, suffixOptions) !== domain;
}

function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf('/');
  return end <= 0 ? '/' : pathname.slice(0, end);
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.host === b.host && a.path === b.path;
}

function isSentTo(
  { host, isHostOnly, path, isSecure }: Cookie,
  { hostname, pathname, protocol }: URL,
): boolean {
  if (isSecure && protocol !== 'https:') return false;
  if (hostname !== host && (isHostOnly || !hostname.endsWith(`.${host}`))) return false;
  if (pathname === path) return true;
  return pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/');
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
}
