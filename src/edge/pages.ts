import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CanonicalAsked,
  type CanonicalTools,
  heedUpstream,
  redirectToCanonical,
} from './canonical-redirects.ts';
import type { CollectTools } from './collect.ts';
import { addCompanions } from './companions.ts';
import { type Connection, connectionOf } from './connection.ts';
import { type HeaderMap, hostnameOf } from './headers.ts';
import { keepLinkedVisitor, takeFromRequest } from './link-navigation.ts';
import { joinPairs, pairForRedirect } from './link-redirect.ts';
import type { LossObserver } from './loss.ts';
import { countPageView, isNavigation, type Navigation } from './page-view.ts';
import type { ProxyFacts } from './proxy.ts';
import { keepParameters } from './redirects.ts';
import { rewriteFor } from './rewrite/answer.ts';
import {
  parkedFor,
  passTrip,
  type Returned,
  type RoundTripTools,
  redirectReturn,
  returnOf,
  type TripPage,
} from './round-trips.ts';
import { targetOf } from './seen-navigation.ts';
import type { ClientLookup, EdgeSite } from './site.ts';
import { heedWithdrawal } from './withdraw.ts';

/** What passing pages needs from outside. */
export interface PageTools extends CollectTools, RoundTripTools, CanonicalTools {
  readonly losses: LossObserver;
}

/** Where a page is asked for. */
export interface PagePlace {
  readonly site: EdgeSite;
  readonly hostname: string;
  readonly client: ClientLookup;
}

/** Serves a page of the site: by a redirect of the gateway's own, or by the upstream, whose answer is looked after on its way. */
export function servePage(req: IncomingMessage, res: ServerResponse, at: PagePlace, tools: PageTools): void {
  const { site } = at;
  if (site.proxy === null) {
    tools.tally.add('edge', 'no_upstream');
    res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
    return void res.end('404 Nothing is served here: the site has no upstream.\n');
  }
  const connection = connectionOf(req, at.client);
  const place = { ...at, connection };
  const canonical = site.canonical === null ? null : { policy: site.canonical, connection };
  if (canonical !== null && redirectToCanonical(req, res, canonical, tools)) return;
  const trip = site.roundTrips === null ? null : { policy: site.roundTrips, ...place };
  const returned = trip === null ? null : returnOf(req, trip, tools);
  if (trip !== null && returned !== null && redirectReturn(req, res, { page: trip, returned }, tools)) return;
  // As the browser asked: a redirect on arrival keeps what the upstream is not shown.
  const asked = { url: req.url ?? '/', headers: req.headers };
  const link = takeFromRequest(req, site);
  const navigation = isNavigation(req) ? { ...place, ...(link !== undefined && { link }) } : null;
  const passing: Passing = { site, connection, canonical, trip, returned, asked, navigation };
  const rewrite = site.rewrite === null ? null : rewriteFor(req, place, tools);
  site.proxy.web(req, res, {
    ...proxyFacts(req, site, connection),
    onResponse: (status, headers) => lookAfter(req, passing, { status, headers }, tools),
    ...(rewrite !== null && { rewrite }),
  });
}

/** A page on its way through. */
interface Passing {
  readonly site: EdgeSite;
  readonly connection: Connection;
  readonly canonical: CanonicalAsked | null;
  readonly trip: TripPage | null;
  readonly returned: Returned | null;
  readonly asked: Pick<IncomingMessage, 'url' | 'headers'>;
  /** Null: a picture, a script, a prefetch; nobody opens it. */
  readonly navigation: Navigation | null;
}

interface Answer {
  readonly status: number;
  readonly headers: HeaderMap;
}

/** What is done to and learnt from an upstream's answer before it leaves. A bug of ours must not cost the page. */
function lookAfter(req: IncomingMessage, passing: Passing, answer: Answer, tools: PageTools): void {
  try {
    keepJourney(req, passing, answer, tools);
  } catch (error) {
    tools.tally.add('edge', 'internal_error');
    tools.logger.error({ site: passing.site.name, error: String(error) }, 'a page passed without our care');
  }
}

function keepJourney(req: IncomingMessage, passing: Passing, answer: Answer, tools: PageTools): void {
  const { site, connection, canonical, trip, returned, asked, navigation } = passing;
  const { status, headers } = answer;
  const wrote = targetOf(status, headers);
  const parked = trip === null ? undefined : parkedFor(req, trip, returned, answer);
  const handed = navigation === null ? undefined : pairForRedirect(req, navigation, answer, tools);
  const more = joinPairs(parked, handed);
  keepParameters(asked, { policy: site.redirectPolicy, connection, more }, answer, tools);
  if (trip !== null) passTrip(req, { page: trip, returned }, answer, tools);
  if (canonical !== null) heedUpstream(req, canonical, answer, tools);
  if (navigation === null) return;
  tools.losses.sawNavigation(req, { site, connection }, { ...answer, wrote });
  if (site.pageViews === 'gateway' && countPageView(req, navigation, answer, tools)) return;
  if (navigation.link !== undefined) keepLinkedVisitor(req, navigation, headers, tools);
  addCompanions(req, navigation, answer, tools);
  heedWithdrawal(req, navigation, headers, tools);
}

/** What the proxy tells the upstream of the client. */
export function proxyFacts(req: IncomingMessage, site: EdgeSite, connection: Connection): ProxyFacts {
  const publicHost = req.headers.host ?? '';
  const { peer, isPeerTrusted, protocol } = connection;
  return {
    publicHost,
    publicProtocol: protocol,
    peer,
    isPeerTrusted,
    cookieDomain: site.cookieDomain(hostnameOf(publicHost)),
  };
}
