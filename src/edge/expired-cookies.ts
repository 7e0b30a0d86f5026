import type { Consent } from '../model/consent.ts';
import type { Context } from './context.ts';
import { serverCookie } from './cookies.ts';
import { tripCookie } from './trip-cookie.ts';

/** True where the visitor has said no, not merely nothing yet. */
export function refusesAnalytics({ types: { analytics_storage: answer } }: Consent): boolean {
  return !answer.granted && answer.basis === 'signal';
}

type Place = Pick<Context, 'hit' | 'site' | 'connection'>;

/** The visitor cookie, ended as it was set; none where the browser has none. */
export function expiredVisitor({ hit, site, connection }: Place): readonly string[] {
  if (hit.cookies[site.cookieName] === undefined) return [];
  const domain = site.cookieDomain(hit.host);
  const { protocol } = connection;
  return [serverCookie({ name: site.cookieName, value: '', domain, protocol, maxAgeSec: 0 })];
}

/** The cookie of parked parameters, ended as it was set; none where the browser has none. */
export function expiredTrip({ hit, site, connection }: Place): readonly string[] {
  const policy = site.roundTrips;
  if (policy === null || hit.cookies[policy.cookieName] === undefined) return [];
  return [tripCookie({ policy, site, hostname: hit.host, connection }, '', 0)];
}
