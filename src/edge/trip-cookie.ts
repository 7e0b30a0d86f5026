import { stringifySetCookie } from 'cookie';
import type { ConnectionFacts } from './context.ts';
import type { EdgeSite } from './site.ts';

/** Where a round trip's cookie is set. */
export interface TripCookiePlace {
  readonly site: Pick<EdgeSite, 'cookieDomain'>;
  readonly policy: { readonly cookieName: string };
  readonly hostname: string;
  readonly connection: Pick<ConnectionFacts, 'protocol'>;
}

/**
 * SameSite=None, because browsers send no other cookie with the POST that a SAML or payment page comes back by (seen in
 * Chromium 147, 2026-11-23); it needs Secure, so over plain http it is Lax.
 */
export function tripCookie(place: TripCookiePlace, value: string, maxAge: number): string {
  const { policy, site, hostname, connection } = place;
  const isSecure = connection.protocol === 'https';
  const domain = site.cookieDomain(hostname);
  return stringifySetCookie({
    name: policy.cookieName,
    value,
    maxAge,
    path: '/',
    httpOnly: true,
    secure: isSecure,
    sameSite: isSecure ? 'none' : 'lax',
    ...(domain !== undefined && { domain }),
  });
}
