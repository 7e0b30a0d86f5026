import { compileHosts } from './hosts.ts';
import { isId as isPersonal, type Parameter, type ParameterRegistry } from './parameters.ts';
import { insertPairs, isHeaderText, maxAddressChars, namesOf, queryOf, trackedPairs } from './redirect.ts';
import type { RedirectPolicy } from './redirect-policy.ts';
import type { RoundTripsConfig } from './round-trip-config.ts';
import { signInOf } from './sign-in.ts';

/** Parameters on their way through somebody else's pages. */
export interface Trip {
  /** Tracked parameters byte for byte as they were written, joined by `&`. */
  readonly query: string;
  /** The host that it left to, lower case; empty: it left by a page of the site's own. */
  readonly host: string;
  /** The path that it comes back to; `*` at the end stands for anything. Absent: not known. */
  readonly back?: string;
  /** When it is too late to come back, UTC milliseconds. */
  readonly untilMs: number;
}

/** A journey that leaves the site and is expected back. */
export interface Departure extends Pick<Trip, 'host' | 'back'> {
  /** Values such as OAuth's `state` that the return brings back; any one of them names the trip. */
  readonly ids: readonly string[];
}

/** Which journeys leave and come back, compiled once. */
export interface RoundTripPolicy {
  readonly cookieName: string;
  readonly ttlMs: number;
  readonly redirects: RedirectPolicy;
  /** Hosts that visitors only pass through. */
  readonly isPassedThrough: (host: string) => boolean;
  /** Configured departures by host: where they come back to. */
  readonly backFrom: (host: string) => { readonly back?: string } | undefined;
  /** Configured departures by path. */
  readonly leavePaths: readonly { readonly leave: string; readonly back?: string }[];
  /** Configured returns: their addresses may be changed. */
  readonly returnPaths: readonly string[];
}

/** Compiles the policy; null: nothing is parked. `isPassedThrough`: what never is a source, as for touches. */
export function compileRoundTrips(
  config: RoundTripsConfig,
  redirects: RedirectPolicy,
  isPassedThrough: (host: string) => boolean,
): RoundTripPolicy | null {
  if (!config.enabled || !redirects.isOn) return null;
  const routes = config.routes.map(({ leave, return: back }) => ({
    leave,
    ...(back !== undefined && { back }),
  }));
  const hosts = routes.filter(({ leave }) => !leave.startsWith('/'));
  return {
    cookieName: config.cookie,
    ttlMs: config.minutes * 60_000,
    redirects,
    isPassedThrough,
    backFrom: compileHosts(hosts.map((route) => [route.leave.toLowerCase().replace('*.', ''), route])),
    leavePaths: routes.filter(({ leave }) => leave.startsWith('/')),
    returnPaths: routes.flatMap(({ back }) => back ?? []),
  };
}

/** The departure that a redirect is; null: it stays, or leads where nobody comes back from. */
export function departureByRedirect(
  { location, requestUrl }: { readonly location: string; readonly requestUrl: string },
  policy: RoundTripPolicy,
): Departure | null {
  const target = URL.parse(location, requestUrl);
  if (target === null || (target.protocol !== 'https:' && target.protocol !== 'http:')) return null;
  const host = target.hostname;
  const { isOwnHost } = policy.redirects;
  const known = policy.backFrom(host) ?? signInOf(target, isOwnHost);
  if (known === null && (isOwnHost(host) || !policy.isPassedThrough(host))) return null;
  return { host, ...(known?.back !== undefined && { back: known.back }), ids: idsOfDeparture(target) };
}

/** The departure that a page of the site's own is, because its script or form leads away; null: it is an ordinary page. */
export function departureByPath(path: string, { leavePaths }: RoundTripPolicy): Departure | null {
  const found = leavePaths.find(({ leave }) => isPathLike(path, leave));
  return found === undefined
    ? null
    : { host: '', ...(found.back !== undefined && { back: found.back }), ids: [] };
}

/** The parameters that a journey carries: its request's own, else those of the site's page that it comes from. */
export function carriedQuery(
  requestUrl: string,
  referrer: string | undefined,
  { redirects }: RoundTripPolicy,
): string {
  const own = joined(requestUrl, redirects.parameters);
  if (own !== '' || referrer === undefined) return own;
  const page = URL.parse(referrer);
  return page !== null && redirects.isOwnHost(page.hostname) ? joined(referrer, redirects.parameters) : '';
}

/**
 * What of the parameters may be parked and put back: labels always, ids of a click or a person only where ad_storage is
 * granted. Whole parameters as long as a cookie holds them.
 */
export function permittedQuery(
  query: string,
  adStorage: 'granted' | 'not_granted',
  registry: ParameterRegistry,
): string {
  let permitted = '';
  for (const { name, bytes } of trackedPairs(query, registry)) {
    const parameter = registry.named(name);
    if (parameter === undefined || !isCampaign(parameter)) continue;
    if (isPersonal(parameter) && adStorage === 'not_granted') continue;
    const longer = permitted === '' ? bytes : `${permitted}&${bytes}`;
    if (longer.length <= maxQueryChars) permitted = longer;
  }
  return permitted;
}

/** What a request tells of where it comes from. */
export interface Coming {
  /** Path and query, or a whole address. */
  readonly path: string;
  /** Lower case; absent: the browser does not say. */
  readonly referrerHost?: string;
  /** The browser says that another site led here. */
  readonly isFromOutside: boolean;
}

/** True when the request is the trip's way back; for a trip that is known to be this browser's. */
export function isReturn(coming: Coming, trip: Trip, policy: RoundTripPolicy): boolean {
  const { path, referrerHost, isFromOutside } = coming;
  if (trip.back !== undefined && isPathLike(path, trip.back)) return true;
  if (referrerHost === undefined) return isFromOutside;
  if (referrerHost === trip.host) return true;
  return !policy.redirects.isOwnHost(referrerHost) && policy.isPassedThrough(referrerHost);
}

/** The ids in an address that may name a trip, such as its `state`. */
export function idsOfReturn(url: URL): readonly string[] {
  const ids: string[] = [];
  for (const [name, value] of url.searchParams)
    if (isId(value) && idNames.has(name.toLowerCase())) ids.push(value);
  return ids.slice(0, maxIds);
}

/** True when the address has a label or click id of its own, which nothing from a trip may be mixed with. */
export function bearsCampaign({ search, hash }: URL, registry: ParameterRegistry): boolean {
  return [...namesOf(search), ...namesOf(hash)].some((name) => {
    const parameter = registry.named(name);
    return parameter !== undefined && isCampaign(parameter);
  });
}

/**
 * Path and query of a return with the parameters put back; null where it may not be changed. An address with a query of its
 * own may be signed in a way that nobody here knows, and a payment would fail for it: it is changed only where the
 * configuration names its path, and never where a parameter looks like a sign-in or a signature.
 */
export function restoredAddress(url: string, query: string, policy: RoundTripPolicy): string | null {
  const address = URL.parse(`http://site.invalid${url}`);
  if (address === null) return null;
  const { pathname, search } = address;
  if (query === '' || policy.redirects.isUntouchablePath(pathname)) return null;
  if (search.length > 1 && !policy.returnPaths.some((path) => isPathLike(pathname, path))) return null;
  if (namesOf(search).some((name) => policy.redirects.isUntouchableParameter(name))) return null;
  const restored = insertPairs(url, query);
  return restored.length <= maxAddressChars && isHeaderText(restored) ? restored : null;
}

/** Leaves room for the rest of the cookie, and for the site's own cookies in the request head. */
const maxQueryChars = 1_200;
const maxIds = 8;

/**
 * Parameters whose value a return brings back: OAuth 2.0 and OpenID Connect, SAML and WS-Federation, PayPal's token,
 * Stripe's and Klarna's session, and the order that a payment is for. 2026-11-24.
 */
const idNames: ReadonlySet<string> = new Set(
  (
    'state relaystate wctx token session_id sessionid sid order order_id orderid order_ref orderref ' +
    'order_reference reference payment_id paymentid transaction_id transactionid'
  ).split(' '),
);

/** Payment pages carry their session in the path's last part: `/c/pay/cs_live_a1b2…`. */
function idsOfDeparture(target: URL): readonly string[] {
  const last = target.pathname.slice(target.pathname.lastIndexOf('/') + 1);
  const ids = idsOfReturn(target);
  return last.length >= 16 && isId(last) ? [last, ...ids].slice(0, maxIds) : ids;
}

/** Shorter values are words or small numbers that many visitors share. */
function isId(value: string): boolean {
  return value.length >= 8 && value.length <= 4_096;
}

/** Whatever names a campaign or a click. Another tool's linker is too short-lived to come back, and names neither. */
function isCampaign(parameter: Parameter): boolean {
  return 'label' in parameter || parameter.kind !== 'linker';
}

function joined(address: string, registry: ParameterRegistry): string {
  return trackedPairs(queryOf(address), registry)
    .map(({ bytes }) => bytes)
    .join('&');
}

function isPathLike(path: string, pattern: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
