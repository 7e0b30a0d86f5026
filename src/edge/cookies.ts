import { stringifySetCookie } from 'cookie';
import { getDomain } from 'tldts';
import { privateHeaders } from '../campaign/cache-headers.ts';
import { changeHeaders, type HeaderMap } from './headers.ts';

/** Browsers cut a cookie's life at 400 days (RFC 6265bis section 5.5), so asking for more is pointless. */
export const maxCookieAgeSec = 400 * 86_400;

/**
 * The widest domain a cookie of this host may be set on: its registrable domain by the public suffix list, private
 * suffixes included (one tenant of github.io must not reach another). Undefined for addresses and single-label hosts such
 * as `localhost`: the cookie is host-only then.
 */
export function cookieDomainOf(hostname: string): string | undefined {
  return getDomain(hostname, { allowPrivateDomains: true }) ?? undefined;
}

/** A cookie to set. */
interface NewCookie {
  readonly name: string;
  readonly value: string;
  /** Undefined: host-only. */
  readonly domain: string | undefined;
  readonly protocol: 'http' | 'https';
  /** 0: the browser forgets it. */
  readonly maxAgeSec: number;
}

/** A cookie that only the server reads. `Secure` on https; SameSite=Lax, so that it comes along on a click from outside. */
export function serverCookie(cookie: NewCookie): string {
  return stringifySetCookie({ ...attributesOf(cookie), value: cookie.value, httpOnly: true });
}

/** A cookie that scripts of the page read too. The value stands as it is, and must be one that a cookie can hold. */
export function scriptCookie(cookie: NewCookie): string {
  return stringifySetCookie({ ...attributesOf(cookie), value: cookie.value }, { encode: (value) => value });
}

function attributesOf({ name, domain, protocol, maxAgeSec }: NewCookie) {
  return {
    name,
    maxAge: maxAgeSec,
    path: '/',
    secure: protocol === 'https',
    sameSite: 'lax',
    ...(domain !== undefined && { domain }),
  } as const;
}

/**
 * Adds cookies to the answer of an upstream, in place. One that the upstream sets itself wins. A shared cache would hand
 * one visitor's cookie to everyone, so the answer is no longer for any.
 */
export function addCookies(headers: HeaderMap, cookies: readonly string[]): void {
  const stated = [headers['set-cookie'] ?? []].flat();
  const names = new Set(stated.map(nameOf));
  const added = cookies.filter((cookie) => !names.has(nameOf(cookie)));
  if (added.length === 0) return;
  headers['set-cookie'] = [...stated, ...added];
  changeHeaders(headers, privateHeaders(headers));
}

function nameOf(cookie: string): string {
  return (/^[^=;]*/.exec(cookie)?.[0] ?? '').trim();
}
