import { stringifySetCookie } from 'cookie';
import { getDomain } from 'tldts';

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

/** A cookie that only the server reads. `Secure` on https; SameSite=Lax, so that it comes along on a click from outside. */
export function serverCookie(cookie: {
  readonly name: string;
  readonly value: string;
  readonly domain: string | undefined;
  readonly protocol: 'http' | 'https';
  readonly maxAgeSec: number;
}): string {
  const { name, value, domain, protocol, maxAgeSec } = cookie;
  return stringifySetCookie({
    name,
    value,
    maxAge: maxAgeSec,
    path: '/',
    httpOnly: true,
    secure: protocol === 'https',
    sameSite: 'lax',
    ...(domain !== undefined && { domain }),
  });
}
