import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { accepted, ask, browser } from './client.ts';
import { startMs, startProxy, startUpstream } from './edge.ts';

const navigation = {
  ...browser,
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-dest': 'document',
  cookie: accepted,
};

async function startSite(answer: RequestListener) {
  const upstream = await startUpstream(answer);
  return startProxy(upstream.url, { site: { pageViews: 'gateway' } });
}

const html: RequestListener = (_req, res) => {
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'public, max-age=60, s-maxage=600',
    'set-cookie': 'sid=1',
  });
  res.end('<h1>Shop</h1>');
};

describe('a page view that the gateway counts', () => {
  it('is stored once for a navigation, with its address, referrer and source', async () => {
    const edge = await startSite(html);
    const headers = { ...navigation, referer: 'https://www.google.com/' };
    await ask(edge.port, { path: '/shoes?utm_source=news&gclid=A.b-C', headers });
    const [record] = edge.log.records();
    expect(edge.log.lines).toHaveLength(1);
    expect(record?.event).toMatchObject({
      name: 'page_view',
      protocol: 'gateway',
      sentBy: 'gateway',
      occurredAtMs: startMs,
      page: {
        url: 'http://shop.example/shoes?utm_source=news&gclid=A.b-C',
        referrer: 'https://www.google.com/',
      },
      campaign: { touch: { source: 'news', clickIds: { gclid: { value: 'A.b-C' } } } },
      client: { browser: 'Chrome', isBot: false },
    });
    expect(edge.counts()).toEqual({ 'capture received': 1 });
  });

  it('records what it read of a damaged address, whatever the consent is, and no click id', async () => {
    const edge = await startSite(html);
    const path = '/shoes?a=1?utm_source=News&amp;utm_medium=email&gclid=Cj0KCQiA-abcdefghijkl';
    await ask(edge.port, { path, headers: { ...navigation, cookie: '' } });
    const [record] = edge.log.records();
    expect(record?.decisions.find(({ stop }) => stop === 'campaign')?.facts).toEqual({
      parameters: [
        { name: 'utm_source', raw: 'News', repaired: 'question_mark' },
        { name: 'utm_medium', raw: 'email', repaired: 'escaped_ampersand' },
        { name: 'gclid' },
      ],
      hygiene: [
        { problem: 'damaged', parameter: 'utm_source' },
        { problem: 'damaged', parameter: 'utm_medium' },
        { problem: 'mixed_case', parameter: 'utm_source' },
      ],
    });
    expect(edge.log.lines.join()).not.toContain('Cj0KCQiA');
  });

  it("brings the visitor cookie beside the site's own, out of reach of shared caches", async () => {
    const edge = await startSite(html);
    const answer = await ask(edge.port, { headers: navigation });
    expect(answer.headers['set-cookie']).toEqual(['sid=1', expect.stringMatching(/^tl_visitor=1\./)]);
    expect(answer.headers['cache-control']).toBe('private, max-age=60');
    expect(answer.text).toBe('<h1>Shop</h1>');
  });

  it('leaves caching alone where it sets no cookie', async () => {
    const edge = await startSite(html);
    const answer = await ask(edge.port, { headers: { ...navigation, cookie: '' } });
    expect(answer.headers['set-cookie']).toEqual(['sid=1']);
    expect(answer.headers['cache-control']).toBe('public, max-age=60, s-maxage=600');
    expect(edge.log.lines).toHaveLength(1);
  });

  it('is stored where the browser shows its own copy, found still good', async () => {
    const edge = await startSite((_req, res) => void res.writeHead(304, { etag: '"a"' }).end());
    expect((await ask(edge.port, { headers: { ...navigation, 'if-none-match': '"a"' } })).status).toBe(304);
    expect(edge.log.lines).toHaveLength(1);
  });

  it('is told from other requests by Accept where the browser sends no Sec-Fetch-Dest', async () => {
    const edge = await startSite(html);
    const { 'sec-fetch-dest': _, ...older } = navigation;
    await ask(edge.port, { headers: older });
    await ask(edge.port, { headers: { ...older, accept: '*/*' } });
    expect(edge.log.lines).toHaveLength(1);
  });

  const others: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['a script', { 'sec-fetch-dest': 'script' }, 'GET'],
    ['a frame', { 'sec-fetch-dest': 'iframe' }, 'GET'],
    ['a fetch for HTML', { 'sec-fetch-dest': 'empty' }, 'GET'],
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 'GET'],
    ['an older prefetch', { 'x-moz': 'prefetch' }, 'GET'],
    ['HEAD', {}, 'HEAD'],
    ['a form', {}, 'POST'],
  ];
  it.each(others)('is not stored for %s', async (_title, headers, method) => {
    const edge = await startSite(html);
    expect((await ask(edge.port, { method, headers: { ...navigation, ...headers } })).status).toBe(200);
    expect(edge.log.appends()).toBe(0);
  });

  it.each([
    [404, 'text/html'],
    [302, 'text/html'],
    [200, 'application/pdf'],
    [200, 'text/htmlx'],
  ])('is not stored for the answer %i %s', async (status, type) => {
    const edge = await startSite(
      (_req, res) => void res.writeHead(status, { 'content-type': type, location: '/' }).end(),
    );
    await ask(edge.port, { headers: navigation });
    expect(edge.log.appends()).toBe(0);
  });

  it('is not stored where the script counts', async () => {
    const upstream = await startUpstream(html);
    const edge = await startProxy(upstream.url);
    expect((await ask(edge.port, { headers: navigation })).headers['set-cookie']).toEqual(['sid=1']);
    expect(edge.log.appends()).toBe(0);
  });
});
