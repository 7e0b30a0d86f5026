import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { accepted, ask, browser, post } from './client.ts';
import { type RunningEdge, startProxy, startUpstream } from './edge.ts';

const html = { 'content-type': 'text/html' };
const landing = '/sale?utm_source=news&gclid=A.b-C';
const click = { ...browser, 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' } as const;
const fromAds = {
  ...click,
  referer: 'https://ads.example/',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-user': '?1',
};

/** A site that redirects where the path is listed, and shows a page everywhere else. */
function site(redirects: Readonly<Record<string, Readonly<Record<string, string>>>> = {}): RequestListener {
  return (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const { status = '302', ...headers } = redirects[path] ?? { status: '200' };
    res.writeHead(Number(status), { ...html, ...headers });
    res.end('<!doctype html>');
  };
}

async function start(handler: RequestListener = site()): Promise<RunningEdge> {
  const upstream = await startUpstream(handler);
  return startProxy(upstream.url);
}

function visit(edge: RunningEdge, path: string, headers: Readonly<Record<string, string>> = fromAds) {
  return ask(edge.port, { path, headers });
}

function view(edge: RunningEdge, path: string, referrer = 'https://ads.example/') {
  const page = { url: `http://shop.example${path}`, referrer };
  return post(edge.port, { name: 'page_view', id: `view-${path}`, page }, { cookie: accepted });
}

/** What was counted, without days and times, in the order in which it happened. */
function counted(edge: RunningEdge): readonly string[] {
  return edge
    .losses()
    .map(({ outcome, parameter, hop, cause }) => [outcome, parameter, hop, cause].join(' ').trim());
}

describe('a landing with campaign parameters', () => {
  it('survives where its first page view still has them', async () => {
    const edge = await start();
    await visit(edge, landing);
    await view(edge, landing);
    expect(counted(edge)).toEqual([
      'arrived utm_source shop.example/sale',
      'arrived gclid shop.example/sale',
      'survived utm_source shop.example/sale',
      'survived gclid shop.example/sale',
    ]);
    expect(
      edge.log.records().flatMap(({ decisions }) => decisions.map(({ reason }) => reason)),
    ).not.toContain('parameters_lost');
  });

  it('is repaired where a redirect drops them, and the locale redirect is named for it', async () => {
    const edge = await start(
      site({ '/sale': { location: '/de/sale', 'cf-ray': '8f', server: 'cloudflare' } }),
    );
    await visit(edge, landing);
    await visit(edge, '/de/sale?utm_source=news&gclid=A.b-C');
    await view(edge, '/de/sale?utm_source=news&gclid=A.b-C');
    const losses = edge.losses();
    expect(losses.filter(({ outcome }) => outcome === 'repaired')).toMatchObject([
      {
        parameter: 'utm_source',
        hop: 'shop.example/sale -> shop.example/de/sale',
        cause: 'locale_redirect_dropped_query',
        culprit: "the site's own language or country redirect",
        day: '2026-11-23',
      },
      { parameter: 'gclid', cause: 'locale_redirect_dropped_query' },
    ]);
    expect(losses.filter(({ outcome }) => outcome === 'survived')).toHaveLength(2);
    expect(losses.filter(({ outcome }) => outcome === 'lost')).toEqual([]);
    const [record] = edge.log.records();
    expect(record?.decisions).toContainEqual(
      expect.objectContaining({ stop: 'campaign', reason: 'parameters_repaired' }),
    );
  });
});
