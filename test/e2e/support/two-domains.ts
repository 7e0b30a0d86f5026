import { createServer } from 'node:http';
import { listen } from '../../edge/edge.ts';
import { type Stack, startStack } from './stack.ts';

/** What the site behind the gateway was asked. */
export interface AskedPage {
  readonly method: string;
  readonly host: string;
  readonly url: string;
  readonly referer: string;
}

/** One site on two domains that share no cookies, and what its upstream saw. */
export interface TwoDomains extends Stack {
  readonly a: string;
  readonly b: string;
  readonly seen: readonly AskedPage[];
}

/** For Chromium: both domains are this machine. */
export const twoDomainsFlag = '--host-resolver-rules=MAP *.test 127.0.0.1';

const sdk = `<script>window.tl = window.tl || function () { (tl.q = tl.q || []).push(arguments) }</script>
<script src="/t/s.js"></script>`;

/** Starts the gateway in front of a site whose every page has one link and one form of each kind to the other domain. */
export async function startTwoDomains(
  config: Readonly<Record<string, unknown>> = {},
  scripts = sdk,
): Promise<TwoDomains> {
  const seen: AskedPage[] = [];
  const server = createServer((req, res) => {
    const { 'x-forwarded-host': host = '', referer = '' } = req.headers;
    const url = req.url ?? '/';
    if (url !== '/favicon.ico') seen.push({ method: req.method ?? '', host: String(host), url, referer });
    req.resume();
    if (url === '/moved') {
      res.writeHead(302, { location: '/arrived?from=moved' });
      return void res.end();
    }
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    res.end(pageOf(String(host), scripts));
  });
  const port = await listen(server);
  const stack = await startStack({
    config: {
      'sites.shop.hosts': ['site-a.test', 'site-b.test', 'localhost'],
      'sites.shop.upstream.url': `http://127.0.0.1:${port}`,
      'sites.shop.cookieDomain': 'auto',
      ...config,
    },
  });
  const origin = (host: string) => `http://${host}:${stack.gateway.port}`;
  return { ...stack, a: origin('site-a.test'), b: origin('site-b.test'), seen };
}

function pageOf(host: string, scripts: string): string {
  const other = `http://${host.replace(/site-[ab]/, (name) => (name === 'site-a' ? 'site-b' : 'site-a'))}`;
  return `<!doctype html><title>${host}</title>
${scripts}
<p><a id="link" href="${other}/linked?x=%2F+1&amp;_gl=1*abc*_ga*MTIz#part">link</a>
<a id="moved" href="${other}/moved">moved</a>
<a id="foreign" href="http://foreign.test:${host.split(':')[1]}/">foreign</a>
<form id="get" action="${other}/got"><input name="q" value="1"><button>get</button></form>
<form id="by-button"><input name="q" value="1">
<button formmethod="post" formaction="${other}/posted?y=1">elsewhere</button></form>
<form id="post" method="post" action="${other}/posted?y=1"><button>post</button></form>`;
}
