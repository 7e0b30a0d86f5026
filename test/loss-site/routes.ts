import type { ServerResponse } from 'node:http';
import { addressOf, type HostName, type Ports } from './hosts.ts';
import { banner, landing, sendHtml, thanks, tracker, type ViewCounter } from './pages.ts';

/** One request as a route sees it. */
export interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly isHttps: boolean;
  readonly counter: ViewCounter;
  readonly ports: Ports;
}

/** Answers one request; nobody reads its body. */
export type Route = (res: ServerResponse, asked: Asked) => void;

/** The site's ways of losing parameters, by host and path or by path alone. */
export function routeFor({ url }: Asked): Route {
  const byHost = routes[`${url.hostname}${url.pathname}`] ?? routes[url.pathname];
  if (byHost !== undefined) return byHost;
  return url.pathname.startsWith('/landing') ? page : (res) => void res.writeHead(404).end();
}

const page: Route = (res, { counter }) => sendHtml(res, landing(counter));

type Target = string | ((asked: Asked) => string);

function to(status: number, target: Target, headers: Readonly<Record<string, string>> = {}): Route {
  return (res, asked) => {
    const location = typeof target === 'string' ? target : target(asked);
    res.writeHead(status, { 'cache-control': 'no-cache', ...headers, location }).end();
  };
}

/** A landing page that does or holds something more. */
function pageWith(more: string | ((asked: Asked) => string)): Route {
  return (res, asked) => sendHtml(res, landing(asked.counter, typeof more === 'string' ? more : more(asked)));
}

/** A page of the shop that has been reached with everything, and goes on by itself or by a click. */
function withBody(body: string | ((asked: Asked) => string)): Route {
  return (res, asked) => sendHtml(res, typeof body === 'string' ? body : body(asked));
}

const at =
  (host: HostName, path: string) =>
  ({ ports }: Asked) =>
    addressOf(host, path, ports);

const returnTo = (path: string) => (asked: Asked) => encodeURIComponent(at('shop', path)(asked));

/** What a site finds a sign-in again by; different for every journey. */
function handleOf({ url }: Asked): string {
  return `h-${(url.searchParams.get('gclid') ?? '').replace(/\W/g, '-')}`;
}

const secured: Route = (res, asked) => {
  if (asked.isHttps) page(res, asked);
  else to(301, ({ url, ports }) => `https://${url.hostname}:${ports.https}${url.pathname}`)(res, asked);
};

const redirects: Readonly<Record<string, Route>> = {
  '/r302': to(302, '/landing'),
  '/r301': to(301, '/landing', { age: '512', 'x-cache': 'HIT', 'cache-control': 'public, max-age=3600' }),
  '/r303': to(303, '/landing'),
  '/r307': to(307, '/landing'),
  '/r308': to(308, '/landing', { 'cache-control': 'no-cache' }),
  '/secure': secured,
  'shop.localhost/apex': to(301, at('www', '/apex')),
  'www.shop.localhost/apex': page,
  '/slash': to(301, '/slash/'),
  '/slash/': page,
  '/Lamps/Index.html': to(301, '/lamps/'),
  '/lamps/': page,
  '/sale': to(302, '/de/sale', { vary: 'Accept-Language', server: 'cloudflare', 'cf-ray': '8f1-FRA' }),
  '/de/sale': page,
  'shop.localhost/welcome': to(302, at('de', '/welcome')),
  'de.shop.localhost/welcome': page,
  '/moved': to(301, at('other', '/landing')),
  'go.localhost/summer': to(302, at('shop', '/landing')),
};

const encodings: Readonly<Record<string, Route>> = {
  '/escaped': to(302, ({ url }) => `/landing?${encodeURIComponent(url.search.slice(1))}`),
  '/twice': to(302, ({ url }) => `/landing${url.search.replaceAll('%', '%25')}`),
  '/amp': to(302, ({ url }) => `/landing${url.search.replaceAll('&', '&amp;')}`),
  '/second': to(302, ({ url }) => `/landing?ref=home${url.search}`),
  '/into-path': to(302, ({ url }) => `/landing/${encodeURIComponent(url.search)}`),
  '/lower': to(302, ({ url }) => `/landing${url.search.toLowerCase()}`),
  '/cut': to(302, ({ url }) => `/landing${url.search.slice(0, 45)}`),
  '/hash': to(302, ({ url }) => `/landing#${url.search.slice(1)}`),
  '/cdn': to(
    302,
    ({ url }) => `/landing?utm_source=${url.searchParams.get('utm_source') ?? ''}&utm_medium=email`,
    { server: 'cloudflare', 'cf-ray': '8f1-FRA', 'cf-cache-status': 'DYNAMIC' },
  ),
  '/waf': (res, asked) => {
    if (asked.url.search === '') page(res, asked);
    else res.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Blocked</h1>');
  },
};

const pages: Readonly<Record<string, Route>> = {
  '/refresh': (res) => sendHtml(res, '<p>One moment…</p>', { refresh: '0; url=/landing' }),
  '/meta': withBody('<meta http-equiv="refresh" content="0; url=/landing"><p>One moment…</p>'),
  '/script': withBody('<script>location.href = "/landing"</script>'),
  '/cleaner': pageWith('<script>history.replaceState(null, "", location.pathname)</script>'),
  '/router': pageWith('<script>setTimeout(() => history.pushState(null, "", "/products"), 150)</script>'),
  '/products': page,
  '/worker': withBody(
    '<script>navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready)' +
      '.then(() => navigator.serviceWorker.controller || new Promise((go) => navigator.serviceWorker.oncontrollerchange = go))' +
      '.then(() => location.href = "/shell" + location.search)</script>',
  ),
  '/sw.js': (res) =>
    void res
      .writeHead(200, { 'content-type': 'text/javascript' })
      .end(
        'oninstall = () => skipWaiting(); onactivate = (event) => event.waitUntil(clients.claim());' +
          'onfetch = (event) => { if (new URL(event.request.url).pathname === "/shell") event.respondWith(Response.redirect("/landing")); }',
      ),
  '/search': pageWith(
    '<form action="/results"><input name="q" value="lamp"><button id="go">Go</button></form>',
  ),
  '/results': page,
  '/lead': (res, asked) => {
    if (asked.method === 'POST') to(302, '/landing')(res, asked);
    else pageWith('<form method="post"><input name="mail"><button id="go">Go</button></form>')(res, asked);
  },
  '/to-outlet': pageWith((asked) => `<a id="go" href="${at('other', '/landing')(asked)}">Our outlet</a>`),
  '/to-www': pageWith((asked) => `<a id="go" href="${at('www', '/landing')(asked)}">All lamps</a>`),
  '/prefetches': pageWith(
    '<link rel="prefetch" href="/landing?utm_source=prefetched&amp;utm_medium=none&amp;gclid=Wrong">',
  ),
  '/thank-you': withBody(thanks),
};

const detours: Readonly<Record<string, Route>> = {
  '/with-banner': withBody(`${tracker('script')}<h1>Sale</h1>${banner('location.href = "/landing"')}`),
  '/walled': to(302, '/cookie-consent?next=%2Flanding'),
  '/cookie-consent': withBody(`${tracker('script')}${banner('location.href = "/landing"')}`),
  '/account': to(
    302,
    (asked) =>
      `${at('login', '/authorize')(asked)}?response_type=code&client_id=shop&state=${handleOf(asked)}&redirect_uri=${returnTo('/callback')(asked)}`,
  ),
  '/authorize': to(302, ({ url }) => {
    const { searchParams } = url;
    return `${searchParams.get('redirect_uri') ?? ''}?code=c-1&state=${searchParams.get('state') ?? ''}`;
  }),
  '/callback': to(302, '/landing'),
  '/portal': to(
    302,
    (asked) => `${at('login', '/saml')(asked)}?SAMLRequest=abc&RelayState=${handleOf(asked)}`,
  ),
  '/saml': withBody(
    (asked) =>
      `<form method="post" action="${at('shop', '/acs')(asked)}"><input name="SAMLResponse" value="xyz">` +
      `<input name="RelayState" value="${(asked.url.searchParams.get('RelayState') ?? '').replace(/[^\w-]/g, '')}"></form>` +
      '<script>document.forms[0].submit()</script>',
  ),
  '/acs': to(303, '/landing'),
  '/cart': pageWith(
    (asked) =>
      `<a id="go" href="${at('pay', '/session')(asked)}?return_url=${returnTo('/paid')(asked)}">Pay</a>`,
  ),
  '/session': to(302, ({ url }) => url.searchParams.get('return_url') ?? '/'),
  '/paid': page,
};

const routes: Readonly<Record<string, Route>> = { ...redirects, ...encodings, ...pages, ...detours };
