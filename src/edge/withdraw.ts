import type { IncomingMessage } from 'node:http';
import type { CollectTools } from './collect.ts';
import { withPlace } from './connection.ts';
import { addCookies } from './cookies.ts';
import { expiredTrip, expiredVisitor, refusesAnalytics } from './expired-cookies.ts';
import type { HeaderMap } from './headers.ts';
import type { Navigation } from './page-view.ts';
import { consentOf, hitOf } from './request-hit.ts';
import type { EdgeSite } from './site.ts';
import { choiceOf } from './withdrawal-book.ts';
import { writeBehind } from './write-behind.ts';

/**
 * Heeds a withdrawal that comes along with a navigation which the gateway does not count: a banner's cookie or a newly set
 * GPC is sent with the next page as well as with the next hit. The page does not wait for the disk and never fails because
 * of it; the choice itself is answered where it is sent to. Costs a look at the Cookie header where there is none of ours.
 */
export function heedWithdrawal(
  req: IncomingMessage,
  navigation: Navigation,
  headers: HeaderMap,
  tools: CollectTools,
): void {
  const { site, hostname } = navigation;
  if (!bringsOurs(req.headers.cookie, site)) return;
  const connection = withPlace(req, navigation.connection, navigation.client);
  const hit = hitOf(req, hostname, tools.nowMs());
  const at = { hit, site, connection };
  const consent = consentOf(at);
  const visitor = tools.readVisitor(hit.cookies[site.cookieName]);
  const seen = { visitorKey: visitor?.id, consent, atMs: hit.receivedAtMs };
  const choice = choiceOf(site.name, seen, tools.withdrawals);
  if (choice !== null) writeBehind([choice], tools);
  const expired = refusesAnalytics(consent) ? [...expiredVisitor(at), ...expiredTrip(at)] : [];
  if (expired.length > 0) addCookies(headers, expired);
}

function bringsOurs(cookies: string | undefined, { cookieName, roundTrips }: EdgeSite): boolean {
  if (cookies === undefined) return false;
  if (cookies.includes(`${cookieName}=`)) return true;
  return roundTrips !== null && cookies.includes(`${roundTrips.cookieName}=`);
}
