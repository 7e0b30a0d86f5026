import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProxy } from '../../src/edge/proxy.ts';
import type { EdgeSite } from '../../src/edge/site.ts';
import { accepted, ask, browser, refused } from './client.ts';
import { type RunningEdge, startEdge, startUpstream } from './edge.ts';
import { id, landing, lastOf, linkedSite, own, reasonsOf, sitesOf, visitorSet } from './links.ts';

const page =
  '<!doctype html><a href="http://checkout.test/pay?a=1&amp;b=2#part">pay</a> <a href="/cart">cart</a> ' +
  '<a href="http://www.shop.example/">home</a> <a href="http://foreign.example/">foreign</a>' +
  '<form action="http://checkout.test/got?x=1"><input name="q"></form>' +
  '<form method="post" action="http://checkout.test/posted?y=1"></form>';

const shown: RequestListener = (_req, res) => {
  res.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'public, max-age=60', etag: '"1"' });
  res.end(page);
};

const links = { metaRefresh: false, links: true };

/** All hosts of the journey, whose pages have their links decorated, and what the upstream was asked. */
async function startShop(given: Partial<EdgeSite> = {}) {
  const seen: string[] = [];
  const { url } = await startUpstream((req, res) => {
    seen.push(req.url ?? '');
    shown(req, res);
  });
  const proxy = createProxy(
    { url, keepHost: false, timeoutMs: 5_000, connectTimeoutMs: 2_000 },
    () => undefined,
  );
  onTestFinished(() => proxy.close());
  const site = linkedSite({ proxy, rewrite: links, pageViews: 'gateway', ...given });
  return { edge: await startEdge({ sites: sitesOf(site) }), seen };
}

const { origin: _origin, ...person } = browser;

function open({ port }: RunningEdge, host: string, path: string, cookie = '') {
  const headers = { ...person, host, accept: 'text/html', 'sec-fetch-dest': 'document', cookie };
  return ask(port, { path, headers });
}

const path = landing.slice('https://shop.example'.length);
const tokenIn = (text: string): string => /tl=(1\.[\w-]+)/.exec(text)?.[1] ?? '';

describe('a proxied page whose links are decorated', () => {
  it('hands over on links and forms to the other domain, and on nothing else', async () => {
    const { edge } = await startShop();
    const { text, headers } = await open(edge, 'shop.example', path, `${accepted}; ${own}`);
    const token = tokenIn(text);
    expect(token).not.toBe('');
    expect(text).toBe(
      page
        .replace('b=2#part', `b=2&amp;tl=${token}#part`)
        .replace('got?x=1">', `got?x=1"><input type="hidden" name="tl" value="${token}">`)
        .replace('posted?y=1', `posted?y=1&amp;tl=${token}`),
    );
    expect(headers['cache-control']).toBe('private, no-cache');
    expect(headers).not.toHaveProperty('etag');
  });

  it('names the visitor whom this answer makes, who arrives with the campaign and is the same', async () => {
    const { edge, seen } = await startShop();
    const landed = await open(edge, 'shop.example', path, accepted);
    const first = lastOf(edge)?.event.visitor?.key;
    expect(visitorSet(landed)).toContain(first);
    const arrived = await open(edge, 'checkout.test', `/pay?tl=${tokenIn(landed.text)}`, accepted);
    expect(lastOf(edge)?.event).toMatchObject({
      visitor: { key: first, isNew: false },
      campaign: { touch: { source: 'newsletter', clickIds: { gclid: { value: 'TEST-GCLID-1234' } } } },
    });
    expect(reasonsOf(edge)).toEqual(['visitor_linked']);
    expect(visitorSet(arrived)).toContain(first);
    expect(seen).toEqual([path, '/pay']);
  });

  it('names nobody without consent, and lets the campaign travel', async () => {
    const { edge } = await startShop();
    const { text } = await open(edge, 'shop.example', path, `${refused}; ${own}`);
    await open(edge, 'checkout.test', `/pay?tl=${tokenIn(text)}`, accepted);
    const event = lastOf(edge)?.event;
    expect(event).toMatchObject({ campaign: { touch: { source: 'newsletter', clickIds: {} } } });
    expect(event?.visitor?.key).not.toBe(id);
  });

  it('passes as it is where the site has no linker', async () => {
    const { edge } = await startShop({ linker: null, pageViews: 'script' });
    const { text, headers } = await open(edge, 'shop.example', path, `${accepted}; ${own}`);
    expect([text, headers.etag, headers['cache-control']]).toEqual([page, '"1"', 'public, max-age=60']);
  });
});
