import { insertPairs } from '../campaign/redirect.ts';
import { parseReferrer } from '../campaign/referrers.ts';
import { bearsCampaign, idsOfReturn, isReturn, permittedQuery, type Trip } from '../campaign/round-trip.ts';
import { isGranted } from '../model/consent.ts';
import type { Context } from './context.ts';
import type { Parking } from './parking.ts';

/**
 * The address that an event's touch is read from: its page's, and where that page is the way back from a sign-in or a
 * payment whose address could not be changed, with the parameters that were parked. What is stored as the page stays as
 * the tracker sent it.
 */
export function touchAddress(context: Context, parking: Parking): string | undefined {
  const { draft, hit, site, consent } = context;
  const url = draft.page?.url;
  const policy = site.roundTrips;
  if (policy === null || url === undefined || draft.sentBy === 'server') return url;
  if (parking.isEmpty() && hit.cookies[policy.cookieName] === undefined) return url;
  const address = URL.parse(url);
  const { isOwnHost, parameters } = policy.redirects;
  if (address === null || !isOwnHost(address.hostname) || bearsCampaign(address, parameters)) return url;
  const trip = tripOf(context, address, parking);
  const query = permittedQuery(
    trip?.query ?? '',
    isGranted(consent, 'ad_storage') ? 'granted' : 'not_granted',
    parameters,
  );
  return query === '' ? url : insertPairs(url, query);
}

function tripOf(
  { draft, hit, site, connection, consent }: Context,
  address: URL,
  parking: Parking,
): Trip | null {
  const policy = site.roundTrips;
  if (policy === null) return null;
  const handle = hit.cookies[policy.cookieName];
  if (handle !== undefined && isGranted(consent, 'analytics_storage')) {
    const trip = parking.open(handle, site.name, hit.receivedAtMs);
    const referrer = parseReferrer(draft.page?.referrer);
    const coming = {
      path: address.pathname,
      ...(referrer !== undefined && { referrerHost: referrer.host }),
      isFromOutside: false,
    };
    if (trip !== null && isReturn(coming, trip, policy)) return trip;
  }
  const client = `${connection.ip}|${hit.headers['user-agent'] ?? ''}`;
  return parking.find(idsOfReturn(address), { site: site.name, client }, hit.receivedAtMs);
}
