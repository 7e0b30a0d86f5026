import type { TraceFault } from '../../src/app/trace-answer.ts';
import type { Cause } from '../../src/campaign/hop-causes.ts';
import type { HostName } from './hosts.ts';

/** What `throughline trace` has to say of a way of losing parameters. */
export interface ExpectedFinding {
  /** Number of the hop, from 1. */
  readonly hop: number;
  readonly cause: Cause | TraceFault;
}

/** One way of losing campaign parameters, walked and bought on. */
export interface LossCase {
  readonly id: string;
  readonly title: string;
  readonly start: { readonly host: HostName; readonly path: string };
  /** Absent: no walk of one address can see it. */
  readonly expected?: ExpectedFinding;
  /**
   * What `throughline loss` has to name, and nothing else, from the journey alone. Absent: the page view of the landing had
   * the parameters, so that nothing was lost yet, or it did not happen behind the gateway.
   */
  readonly ledger?: Cause;
  /** What has to be looked at to see it: the answers of servers, or a browser. */
  readonly engine: 'http' | 'chromium';
  /** What the visitor clicks on the way, before buying. */
  readonly clicks: readonly string[];
  /** The visitor has not answered any banner yet; otherwise everything was granted. */
  readonly isUndecided: boolean;
  /** What repairs it, in a few words, or why nothing at the gateway can. */
  readonly repair: { readonly by: string } | { readonly notBecause: string };
}

/** The click id that a journey starts with. It holds a `+`, which a form would read as a space. */
export const clickIdOf = ({ id }: LossCase): string => `TeSt+Ab1_${id}`;

/** The query that a journey starts with. */
export function queryOf(one: LossCase): string {
  const clickId = encodeURIComponent(clickIdOf(one));
  return `?utm_source=newsletter&utm_medium=email&utm_campaign=Summer%20Sale&gclid=${clickId}`;
}

type Changes = Partial<Omit<LossCase, 'id' | 'title' | 'repair'>> & { readonly notBecause?: string };

function way(id: string, title: string, by: string, { notBecause, ...changes }: Changes): LossCase {
  return {
    id,
    title,
    start: { host: 'shop', path: `/${id}` },
    engine: 'http',
    clicks: [],
    isUndecided: false,
    repair: notBecause === undefined ? { by } : { notBecause },
    ...changes,
  };
}

const redirect = 'redirect repair';
const session = "the session's touch";

/** At hop 1, as in nearly every case, which the ledger names as well. */
const first = (cause: Cause) => ({ ...traced(cause), ledger: cause });
/** At hop 1, for whoever walks the address; what the ledger names is another thing. */
const traced = (cause: ExpectedFinding['cause']) => ({ expected: { hop: 1, cause } });
/** From outside nobody knows whether a script or a meta refresh went on. */
const wentOn = { ledger: 'script_navigation_dropped_query' } as const;
const shop = (path: string) => ({ start: { host: 'shop', path } }) as const;
/** The ledger folds the paths of a host once there are too many; these begin on the other one. */
const www = (path: string) => ({ start: { host: 'www', path } }) as const;
const inBrowser = { engine: 'chromium' } as const;
const onClick = { engine: 'chromium', clicks: ['#go'] } as const;
const onAccept = { engine: 'chromium', clicks: ['#accept'], isUndecided: true } as const;

/** The ways of losing parameters that a gateway or a walk can meet. */
export const lossCases: readonly LossCase[] = [
  way('r302', '302 without the query', redirect, first('redirect_dropped_query')),
  way('r301', '301 from a cache', redirect, first('cached_redirect_dropped_query')),
  way('r303', '303 without the query', redirect, first('redirect_dropped_query')),
  way('r307', '307 without the query', redirect, first('redirect_dropped_query')),
  way('r308', '308 without the query', redirect, first('redirect_dropped_query')),
  way('secure', 'http to https', redirect, first('https_redirect_dropped_query')),
  way('apex', 'bare domain to www', redirect, first('www_redirect_dropped_query')),
  way('slash', 'trailing slash', redirect, first('tidy_redirect_dropped_query')),
  way('index', 'index page and capitals', redirect, {
    ...shop('/Lamps/Index.html'),
    ...first('tidy_redirect_dropped_query'),
  }),
  way('sale', 'language in the path, behind a CDN', redirect, first('locale_redirect_dropped_query')),
  way('welcome', 'language in the host', redirect, first('locale_redirect_dropped_query')),
  way('moved', 'redirect to another own domain', redirect, first('other_host_dropped_query')),
  way('summer', 'link shortener', '', {
    start: { host: 'short', path: '/summer' },
    ...traced('other_host_dropped_query'),
    notBecause: 'the shortener is not behind the gateway',
  }),
  way('escaped', 'query escaped as a whole', redirect, first('re_encoded')),
  way('twice', 'escaped twice', 'tolerant reading', first('re_encoded')),
  way('amp', '& written as &amp;', 'tolerant reading', first('re_encoded')),
  way('second', 'a second question mark', 'tolerant reading', first('moved_into_parameter')),
  way('into-path', 'question mark escaped into the path', redirect, first('moved_into_path')),
  way('lower', 'value in small letters', '', {
    ...first('re_cased'),
    notBecause: 'the redirect carries values of its own, which are never overridden',
  }),
  way('cut', 'query cut off', redirect, first('truncated')),
  way('hash', 'query behind the #', 'tolerant reading by the SDK', {
    start: { host: 'app', path: '/hash' },
    ...first('moved_into_fragment'),
  }),
  way('cdn', 'click id removed at the CDN', redirect, first('redirect_removed_parameter')),
  way('waf', 'firewall refuses the parameters', '', {
    ...traced('parameters_refused'),
    ledger: 'request_refused',
    notBecause: 'the firewall shows no page',
  }),
  way('refresh', 'Refresh header', redirect, first('refresh_header_dropped_query')),
  way('meta', 'meta refresh', 'HTML rewriting, or the gateway counting views', {
    ...traced('meta_refresh_dropped_query'),
    ...wentOn,
  }),
  way('script', 'script sets location', session, {
    ...inBrowser,
    ...traced('script_replaced_url'),
    ...wentOn,
  }),
  way('cleaner', 'script tidies the address', session, { ...inBrowser, ...first('script_replaced_url') }),
  way('router', 'router of a single-page application', session, {
    ...inBrowser,
    ...traced('script_replaced_url'),
  }),
  way('worker', 'service worker answers', session, {
    ...www('/worker'),
    ...inBrowser,
    ...wentOn,
    expected: { hop: 2, cause: 'redirect_dropped_query' },
  }),
  way('with-banner', 'reload after the consent banner', 'release of the held landing', {
    ...onAccept,
    start: { host: 'app', path: '/with-banner' },
    ...traced('consent_reload_dropped_query'),
  }),
  way('walled', 'consent on a page of its own', redirect, {
    ...onAccept,
    start: { host: 'app', path: '/walled' },
    ...first('consent_page_dropped_query'),
  }),
  way('account', 'sign-in and back (OAuth, GET)', 'round trips', {
    ...www('/account'),
    ...first('round_trip_dropped_query'),
  }),
  way('portal', 'sign-in and back (SAML, POST)', 'round trips', {
    ...www('/portal'),
    ...inBrowser,
    ...first('round_trip_dropped_query'),
  }),
  way('cart', 'payment elsewhere and back', session, { ...onClick, ...traced('round_trip_dropped_query') }),
  way('search', 'GET form replaces the query', session, { ...onClick, ...traced('form_dropped_query') }),
  way('lead', 'posted form, then 302', session, {
    ...onClick,
    expected: { hop: 2, cause: 'redirect_dropped_query' },
  }),
  way('to-outlet', 'link to another own domain', 'linker', {
    ...onClick,
    ...traced('cross_domain_link_dropped_query'),
  }),
  way('to-www', 'purchase on a subdomain', 'visitor cookie of the whole domain', onClick),
  way('prefetches', 'another campaign is prefetched', 'prefetches make no touch', inBrowser),
];
