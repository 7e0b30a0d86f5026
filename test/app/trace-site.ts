import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

type Reply = (
  res: ServerResponse,
  asked: { readonly url: URL; readonly headers: IncomingMessage['headers'] },
) => void;

/** A site on a free loopback port; its hosts are names below `localhost`. */
export async function startSite() {
  const requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', `http://${req.headers.host}`);
    requests.push({ url: url.href, headers: req.headers });
    const reply = routes[`${url.hostname}${url.pathname}`] ?? routes[url.pathname];
    if (reply === undefined) res.writeHead(404).end();
    else reply(res, { url, headers: req.headers });
  });
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    requests,
    /** An address of the site; the host stands before the path. */
    at: (page: string) => new URL(`http://${page.replace('/', `:${port}/`)}`),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const page: Reply = (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Here</h1>');

function redirect(
  status: number,
  location: string | ((url: URL) => string),
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return (res, { url }) => {
    const target = typeof location === 'string' ? location : location(url);
    res.writeHead(status, { ...headers, location: target }).end();
  };
}

function html(text: string): Reply {
  return (res) => void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(text);
}

const varnish = { age: '512', 'x-cache': 'HIT', via: '1.1 varnish' };
const cloudflare = { server: 'cloudflare', 'cf-ray': '8f1-FRA', 'cf-cache-status': 'HIT', age: '90' };

/** Every way of keeping or losing parameters, by path or by host and path. */
const routes: Readonly<Record<string, Reply>> = {
  '/end': page,
  '/page/': page,
  '/de/': page,
  '/de/sale': page,
  '/en/sale': page,
  '/kept': redirect(302, ({ search }) => `/kept-again${search}`),
  '/kept-again': redirect(308, ({ search }) => `/end${search}`),
  '/dropped': redirect(302, '/end'),
  '/dropped-later': redirect(307, ({ search }) => `/dropped${search}`),
  '/cached': redirect(301, '/end', varnish),
  '/see-other': redirect(303, '/end', { 'x-redirect-by': 'WordPress' }),
  '/sale': redirect(302, '/de/sale', { ...cloudflare, vary: 'Accept-Language' }),
  '/fr/sale': redirect(302, '/en/sale'),
  'shop.localhost/': redirect(301, ({ port }) => `http://www.shop.localhost:${port}/`),
  'www.shop.localhost/': page,
  'brand.localhost/': redirect(302, ({ port }) => `http://de.brand.localhost:${port}/`),
  'de.brand.localhost/': page,
  '/away': redirect(302, ({ port }) => `http://other.localhost:${port}/end`),
  '/page': redirect(301, '/page/'),
  '/Page/Index.html': redirect(301, '/page/'),
  '/meta': html(
    '<!-- <meta http-equiv=refresh content="0;url=/wrong"> --><script>"<meta http-equiv=refresh content=0;url=/wrong>"</script>' +
      '<noscript><meta http-equiv=refresh content="0;url=/wrong"></noscript><META content="0; URL=\'/end\'" HTTP-EQUIV=Refresh>',
  ),
  '/meta-gzip': (res) =>
    void res
      .writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' })
      .end(
        gzipSync(
          '<base href="/page/"><meta http-equiv="refresh" content="1;url=?utm_source=mail&amp;gclid=Ab1">',
        ),
      ),
  '/meta-late': html('<meta http-equiv="refresh" content="900;url=/signed-out">'),
  '/meta-self': html('<meta http-equiv="refresh" content="5">'),
  '/meta-far': html(`${' '.repeat(70_000)}<meta http-equiv="refresh" content="0;url=/end">`),
  '/refresh': (res) => void res.writeHead(200, { refresh: '0; url=/end' }).end(),
  '/lower': redirect(302, ({ search }) => `/end${search.toLowerCase()}`),
  '/lower-name': redirect(302, ({ search }) => `/end${search.replace('utm_source', 'UTM_Source')}`),
  '/twice': redirect(302, ({ search }) => `/end${search.replaceAll('%', '%25')}`),
  '/escaped': redirect(302, ({ search }) => `/end?${encodeURIComponent(search.slice(1))}`),
  '/amp': redirect(302, ({ search }) => `/end${search.replaceAll('&', '&amp;')}`),
  '/cut': redirect(302, ({ search }) => `/end${search.slice(0, 30)}`),
  '/fragment': redirect(302, ({ search }) => `/end#${search}`),
  '/into-path': redirect(302, ({ search }) => `/end/${encodeURIComponent(search)}`),
  '/login': redirect(302, ({ pathname, search }) => `/back?return=${encodeURIComponent(pathname + search)}`),
  '/back': redirect(
    302,
    ({ searchParams }) => `/end${(searchParams.get('return') ?? '').replace('/login', '')}`,
  ),
  '/second-question': redirect(302, ({ search }) => `/end?ref=home${search}`),
  '/stripped': redirect(
    302,
    ({ searchParams }) => `/end?utm_source=${searchParams.get('utm_source') ?? ''}`,
    {
      server: 'cloudflare',
      'cf-ray': '8f1-FRA',
    },
  ),
  '/replaced': redirect(302, '/end?utm_source=site&gclid=Ab1'),
  '/tagged': redirect(302, ({ search }) => `/end${search}&utm_medium=cpc`),
  '/own-fragment': redirect(302, '/end#top'),
  '/spaces': redirect(302, ({ search }) => `/end${search.replaceAll('%20', '+')}`),
  '/loop': redirect(302, '/loop-back'),
  '/loop-back': redirect(302, '/loop'),
  '/endless': redirect(302, ({ searchParams }) => `/endless?n=${Number(searchParams.get('n')) + 1}`),
  '/slow': () => undefined,
  '/slow-page': (res) =>
    void res
      .writeHead(200, { 'content-type': 'text/html' })
      .write('<meta http-equiv=refresh content="0;url=/end">'),
  '/cookie-wall': (res, { headers, url }) => {
    if (headers.cookie === 'seen=1') page(res, { headers, url });
    else res.writeHead(302, { 'set-cookie': 'seen=1; Path=/cookie-wall', location: url.href }).end();
  },
  '/app': redirect(302, 'intent://sale#Intent;scheme=shop;end'),
  '/script': html('<script>location.href = "/end"</script>'),
  '/script-later': html('<script>setTimeout(() => location.replace("/end"), 300)</script>'),
  '/script-keeps': html('<script>location.href = "/end" + location.search</script>'),
  '/cleaner': html('<script>history.replaceState(null, "", location.pathname)</script>'),
  '/router': html('<script>setTimeout(() => history.pushState(null, "", "/products"), 200)</script>'),
  '/refresh-later': (res) =>
    void res.writeHead(200, { 'content-type': 'text/html', refresh: '2; url=/end' }).end('wait'),
  '/form': html(
    '<form action="/end"><input name="q" value="lamp"></form><script>document.forms[0].submit()</script>',
  ),
  '/post': html(
    '<form method="post" action="/dropped"><input name="q" value="lamp"></form><script>document.forms[0].submit()</script>',
  ),
  '/banner': html(
    '<button id="yes" onclick="document.cookie=\'tl_consent=1.ggggggg\';location.href=location.pathname+\'?ok=1\'">Yes</button>',
  ),
  '/links': html('<a id="near" href="/end">Near</a> <a id="far" href="http://other.localhost/far">Far</a>'),
  '/reloads': html('<script>location.reload()</script>'),
  '/refreshes': (res) => void res.writeHead(200, { 'content-type': 'text/html', refresh: '0' }).end('again'),
  '/worker': html(
    '<script>navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready).then(() => ' +
      'navigator.serviceWorker.controller || new Promise((go) => navigator.serviceWorker.oncontrollerchange = go)).then(() => location.href = "/shell" + location.search)</script>',
  ),
  '/sw.js': (res) =>
    void res
      .writeHead(200, { 'content-type': 'text/javascript' })
      .end(
        'oninstall = () => skipWaiting(); onactivate = (e) => e.waitUntil(clients.claim());' +
          'onfetch = (e) => { if (new URL(e.request.url).pathname === "/shell") e.respondWith(Response.redirect("/end")); }',
      ),
  '/sign-in': redirect(
    302,
    ({ port }) => `http://login.localhost:${port}/authorize?redirect_uri=%2Fback-home&client_id=1`,
  ),
  '/authorize': redirect(302, ({ port }) => `http://shop.localhost:${port}/end?code=1`),
  '/wall': redirect(302, '/cookie-consent?next=%2Fend'),
  '/cookie-consent': page,
  '/no-parameters': (res, { url, headers }) => {
    if (url.search === '') page(res, { url, headers });
    else res.writeHead(403).end();
  },
  '/image-never': html('<img src="/slow">'),
  '/broken-target': redirect(302, 'http://[nowhere'),
  '/unicode': redirect(302, ({ search }) => Buffer.from(`/größe${search}`, 'utf8').toString('latin1')),
  '/gr%C3%B6%C3%9Fe': page,
  '/with-login': redirect(302, ({ port }) => `http://anna:s3cret@other.localhost:${port}/end`),
  '/forbidden': (res) => void res.writeHead(403).end(),
  '/breaks-off': (res) => void res.destroy(),
  '/to-private': redirect(302, 'http://192.168.0.1/'),
  '/terminal': redirect(302, '/end', { server: 'evil\u009b31m' }),
};
