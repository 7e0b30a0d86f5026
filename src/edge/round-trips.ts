import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCookie } from 'cookie';
import { cacheHeaders } from '../campaign/cache-headers.ts';
import { parseReferrer } from '../campaign/referrers.ts';
import {
  bearsCampaign,
  type Coming,
  carriedQuery,
  type Departure,
  departureByPath,
  departureByRedirect,
  idsOfReturn,
  isReturn,
  permittedQuery,
  type RoundTripPolicy,
  restoredAddress,
  type Trip,
} from '../campaign/round-trip.ts';
import { type Consent, isGranted } from '../model/consent.ts';
import { withPlace } from './connection.ts';
import { changeHeaders, type HeaderMap } from './headers.ts';
import { asksForDocument, type Navigation } from './page-view.ts';
import type { Parking, Traveller } from './parking.ts';
import type { RedirectTools } from './redirects.ts';
import { consentOf, hitOf } from './request-hit.ts';
import { tripCookie } from './trip-cookie.ts';

/** What round trips need from outside. */
export interface RoundTripTools extends RedirectTools {
  readonly parking: Parking;
}

/** A page that somebody asked for, of a site that has round trips. */
export interface TripPage extends Navigation {
  readonly policy: RoundTripPolicy;
}

/** A visitor who has come back, and the parameters that were parked for them. */
export interface Returned {
  /** As consent allows it now; never empty. */
  readonly query: string;
  readonly by: 'cookie' | 'memory';
}

interface Answer {
  readonly status: number;
  readonly headers: HeaderMap;
}

/**
 * Finds out whether a request is somebody's way back, without touching anything. Null for almost every request, by one
 * look at the memory and one at the Cookie header. A request with a campaign of its own gets nothing: its own wins.
 */
export function returnOf(req: IncomingMessage, page: TripPage, tools: RoundTripTools): Returned | null {
  const { policy, site } = page;
  const hasCookie = req.headers.cookie?.includes(`${policy.cookieName}=`) === true;
  if (!hasCookie && (tools.parking.isEmpty() || !req.url?.includes('='))) return null;
  if (!isPage(req)) return null;
  const address = addressOf(req, page);
  if (address === null || bearsCampaign(address, policy.redirects.parameters)) return null;
  const nowMs = tools.nowMs();
  const consent = consentOn(req, page, nowMs);
  if (hasCookie && isGranted(consent, 'analytics_storage')) {
    const handle = parseCookie(req.headers.cookie ?? '')[policy.cookieName] ?? '';
    const trip = tools.parking.open(handle, site.name, nowMs);
    if (trip !== null && isReturn(comingOf(req, address), trip, policy))
      return returned(trip, { consent, policy }, 'cookie');
  }
  const trip = tools.parking.find(idsOfReturn(address), travellerOf(req, page), nowMs);
  return trip === null ? null : returned(trip, { consent, policy }, 'memory');
}

/**
 * Sends a return to the same address with its parameters, where that is safe, so that every tag on the page sees them;
 * false: the address stays, and the parameters go onto the redirect that it answers with, or to the page's events.
 */
export function redirectReturn(
  req: IncomingMessage,
  res: ServerResponse,
  { page, returned: { query, by } }: { readonly page: TripPage; readonly returned: Returned },
  tools: RoundTripTools,
): boolean {
  const { host = '' } = req.headers;
  const restored = req.method === 'GET' ? restoredAddress(req.url ?? '/', query, page.policy) : null;
  if (restored === null || host === '') return false;
  if (!tools.repairs.mayRepair(`${page.connection.ip}|${host}|${restored}`, tools.nowMs())) {
    tools.tally.add('round_trip', 'loop_avoided');
    return false;
  }
  tools.tally.add('round_trip', 'restored', by);
  res.writeHead(302, {
    // With the host and without the scheme: a path that begins with two slashes would be another host.
    location: `//${host}${restored}`,
    'cache-control': 'private, no-store',
    'content-length': 0,
    ...(by === 'cookie' && { 'set-cookie': tripCookie(page, '', 0) }),
  });
  res.end();
  return true;
}

/** What keepParameters may put onto this answer beside the request's own; undefined: nothing. */
export function parkedFor(
  req: IncomingMessage,
  page: TripPage,
  back: Returned | null,
  { headers }: Answer,
): string | undefined {
  const { location } = headers;
  if (back === null || typeof location !== 'string') return undefined;
  const target = URL.parse(location, addressOf(req, page) ?? undefined);
  if (target === null || bearsCampaign(target, page.policy.redirects.parameters)) return undefined;
  return back.query;
}

/**
 * Ends a trip whose parameters the answer carries now, and opens one where the answer leads away. `page` is a page of a
 * site with round trips; the answer is changed in place.
 */
export function passTrip(
  req: IncomingMessage,
  { page, returned: back }: { readonly page: TripPage; readonly returned: Returned | null },
  answer: Answer,
  tools: RoundTripTools,
): void {
  const { location } = answer.headers;
  if (back !== null && typeof location === 'string' && location.includes(back.query)) {
    tools.tally.add('round_trip', 'restored', back.by);
    if (back.by === 'cookie') addCookie(answer.headers, tripCookie(page, '', 0));
    return;
  }
  const departure = departureOf(req, page, answer);
  if (departure !== null) park(req, page, { departure, back, answer }, tools);
}

function departureOf(req: IncomingMessage, page: TripPage, { status, headers }: Answer): Departure | null {
  const { policy } = page;
  const { location } = headers;
  const isRedirect = status >= 301 && status <= 308 && typeof location === 'string';
  if (!isRedirect && policy.leavePaths.length === 0) return null;
  if (!isPage(req)) return null;
  const { url = '/' } = req;
  if (!isRedirect) return status < 400 ? departureByPath(url.split('?', 1)[0] ?? url, policy) : null;
  const requestUrl = addressOf(req, page)?.href;
  return requestUrl === undefined ? null : departureByRedirect({ location, requestUrl }, policy);
}

/** A trip that leads straight into another, such as a sign-in within a payment, takes its parameters along. */
function park(
  req: IncomingMessage,
  page: TripPage,
  {
    departure,
    back,
    answer,
  }: { readonly departure: Departure; readonly back: Returned | null; readonly answer: Answer },
  tools: RoundTripTools,
): void {
  const { policy, site } = page;
  const carried = carriedQuery(req.url ?? '/', req.headers.referer, policy) || (back?.query ?? '');
  if (carried === '') return;
  const nowMs = tools.nowMs();
  const consent = consentOn(req, page, nowMs);
  const query = permittedBy(consent, carried, policy);
  if (query === '') return;
  const { ids, ...where } = departure;
  const trip: Trip = { ...where, query, untilMs: nowMs + policy.ttlMs };
  tools.parking.park(ids, travellerOf(req, page), trip);
  const mayStore = isGranted(consent, 'analytics_storage');
  if (mayStore) {
    addCookie(answer.headers, tripCookie(page, tools.parking.seal(trip, site.name), policy.ttlMs / 1000));
    changeHeaders(answer.headers, cacheHeaders(answer.headers));
  }
  tools.tally.add('round_trip', mayStore || ids.length > 0 ? 'parked' : 'not_parked');
}

function returned(
  { query }: Trip,
  { consent, policy }: { readonly consent: Consent; readonly policy: RoundTripPolicy },
  by: Returned['by'],
): Returned | null {
  const permitted = permittedBy(consent, query, policy);
  return permitted === '' ? null : { query: permitted, by };
}

function permittedBy(consent: Consent, query: string, { redirects }: RoundTripPolicy): string {
  const adStorage = isGranted(consent, 'ad_storage') ? 'granted' : 'not_granted';
  return permittedQuery(query, adStorage, redirects.parameters);
}

/** Somebody opening a page, by a link or by a form, as the return of a SAML sign-in and of many a payment is. */
function isPage(req: IncomingMessage): boolean {
  return (req.method === 'GET' || req.method === 'POST') && asksForDocument(req);
}

function addressOf(req: IncomingMessage, { connection }: TripPage): URL | null {
  return URL.parse(`${connection.protocol}://${req.headers.host ?? ''}${req.url ?? '/'}`);
}

function comingOf(req: IncomingMessage, { pathname }: URL): Coming {
  const referrer = parseReferrer(req.headers.referer);
  return {
    path: pathname,
    ...(referrer !== undefined && { referrerHost: referrer.host }),
    isFromOutside: req.headers['sec-fetch-site'] === 'cross-site',
  };
}

function travellerOf(req: IncomingMessage, { site, connection }: TripPage): Traveller {
  return { site: site.name, client: `${connection.ip}|${req.headers['user-agent'] ?? ''}` };
}

function consentOn(req: IncomingMessage, page: TripPage, nowMs: number): Consent {
  const { site, hostname, client } = page;
  const connection = withPlace(req, page.connection, client);
  return consentOf({ hit: hitOf(req, hostname, nowMs), site, connection });
}

function addCookie(headers: HeaderMap, cookie: string): void {
  headers['set-cookie'] = [headers['set-cookie'] ?? [], cookie].flat();
}
