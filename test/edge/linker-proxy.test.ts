import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProxy } from '../../src/edge/proxy.ts';
import type { EdgeSite } from '../../src/edge/site.ts';
import { type Asked, accepted, ask, browser, refused } from './client.ts';
import { type RunningEdge, startEdge, startUpstream } from './edge.ts';
import { askLink, id, landing, lastOf, linkedSite, own, reasonsOf, sitesOf, visitorSet } from './links.ts';

const page: RequestListener = (_req, res) => {
  res.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'public, max-age=60' });
  res.end('<p>pay');
};

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** All hosts of the journey in front of one upstream, and what the upstream was asked. */
async function startShop(
  handler: RequestListener = page,
  given: Partial<EdgeSite> = {},
): Promise<{ readonly edge: RunningEdge; readonly seen: readonly Received[] }> {
  const seen: Received[] = [];
  const { url } = await startUpstream((req, res) => {
    seen.push({ url: req.url, headers: req.headers });
    handler(req, res);
  });
  const upstream = { url, keepHost: false, timeoutMs: 5_000, connectTimeoutMs: 2_000 };
  const proxy = createProxy(upstream, () => undefined);
  onTestFinished(() => proxy.close());
  return { edge: await startEdge({ sites: sitesOf(linkedSite({ proxy, ...given })) }), seen };
}

const { origin: _origin, ...person } = browser;

/** A page of the checkout, as a browser opens it. */
const opened = (path: string, headers: Asked['headers'] = {}): Asked => ({
  path,
  headers: {
    ...person,
    host: 'checkout.test',
    accept: 'text/html',
    'sec-fetch-dest': 'document',
    cookie: accepted,
    ...headers,
  },
});

const tokenOf = async ({ port }: RunningEdge) =>
  (await askLink(port, { cookie: `${accepted}; ${own}` }, landing)).token;

describe('a proxied page that is opened with a hand-over', () => {
  it('is asked of the upstream without it, and every other byte as it came', async () => {
    const { edge, seen } = await startShop();
    const token = await tokenOf(edge);
    const referer = `https://checkout.test/?a=1&tl=${token}`;
    await ask(edge.port, opened(`/pay?b=%2F+1&tl=${token}&_gl=1*x*_ga*MTIz&c`, { referer }));
    expect(seen[0]).toMatchObject({
      url: '/pay?b=%2F+1&_gl=1*x*_ga*MTIz&c',
      headers: { referer: 'https://checkout.test/?a=1' },
    });
  });

  it('gets the visitor with the answer, which no shared cache may keep', async () => {
    const { edge } = await startShop();
    const answer = await ask(edge.port, opened(`/pay?tl=${await tokenOf(edge)}`));
    expect(visitorSet(answer)).toContain(`1.${id}.`);
    expect(answer.headers['cache-control']).toBe('private, max-age=60');
    expect([answer.status, answer.text]).toEqual([200, '<p>pay']);
  });

  it('gets it once: reloaded with the cookie, nothing changes', async () => {
    const { edge } = await startShop();
    const path = `/pay?tl=${await tokenOf(edge)}`;
    const cookie = visitorSet(await ask(edge.port, opened(path)));
    edge.clock.nowMs += 60_000;
    const again = await ask(edge.port, opened(path, { cookie: `${accepted}; tl_visitor=${cookie}` }));
    expect(visitorSet(again)).toBeUndefined();
    expect(again.headers['cache-control']).toBe('public, max-age=60');
  });

  it('is passed all the same where the hand-over is refused, or consent is', async () => {
    const { edge, seen } = await startShop();
    const token = await tokenOf(edge);
    const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'Q' : 'A'}`;
    const answers = [
      await ask(edge.port, opened(`/pay?tl=${forged}`)),
      await ask(edge.port, opened(`/pay?tl=${token}`, { cookie: refused })),
      await ask(edge.port, opened(`/pay?tl=${token}`, { cookie: '' })),
    ];
    expect(answers.map(visitorSet)).toEqual([undefined, undefined, undefined]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(seen.map(({ url }) => url)).toEqual(['/pay', '/pay', '/pay']);
  });

  it('sets nothing for what is only prefetched, posted or a part of a page', async () => {
    const { edge, seen } = await startShop();
    const path = `/pay?tl=${await tokenOf(edge)}`;
    const answers = [
      await ask(edge.port, opened(path, { 'sec-purpose': 'prefetch' })),
      await ask(edge.port, { ...opened(path), method: 'POST', body: 'a=1' }),
      await ask(edge.port, opened(path, { 'sec-fetch-dest': 'image' })),
    ];
    expect(answers.map(visitorSet)).toEqual([undefined, undefined, undefined]);
    expect(seen.map(({ url }) => url)).toEqual(['/pay', '/pay', '/pay']);
  });

  it('keeps it over a redirect on arrival', async () => {
    const { edge } = await startShop((req, res) => {
      if (req.url !== '/') return page(req, res);
      res.writeHead(301, { location: '/en/', 'cache-control': 'max-age=600' });
      res.end();
    });
    const token = await tokenOf(edge);
    const answer = await ask(edge.port, opened(`/?tl=${token}`));
    expect(answer.headers.location).toBe(`/en/?tl=${token}`);
    expect(visitorSet(answer)).toContain(id);
    expect(answer.headers['cache-control']).toMatch(/private|no-store/);
  });

  it('counts the view of a site without script as the visitor who came, with the campaign', async () => {
    const { edge } = await startShop(page, { pageViews: 'gateway' });
    const referer = 'https://shop.example/cart';
    const answer = await ask(edge.port, opened(`/pay?tl=${await tokenOf(edge)}`, { referer }));
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(lastOf(edge)?.event).toMatchObject({
      visitor: { key: id, isNew: false },
      page: { url: 'http://checkout.test/pay', referrer: referer },
      campaign: { touch: { source: 'newsletter', clickIds: { gclid: { value: 'TEST-GCLID-1234' } } } },
    });
    expect(reasonsOf(edge)).toEqual(['visitor_linked']);
  });

  it("leaves a site's own parameter of the same name alone", async () => {
    const { edge, seen } = await startShop();
    await ask(edge.port, opened('/pay?tl=en&x=1'));
    expect(seen[0]?.url).toBe('/pay?tl=en&x=1');
  });
});
