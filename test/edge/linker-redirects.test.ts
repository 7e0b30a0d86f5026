import { describe, expect, it, onTestFinished } from 'vitest';
import { createProxy } from '../../src/edge/proxy.ts';
import { accepted, ask, browser, refused } from './client.ts';
import { startEdge, startUpstream } from './edge.ts';
import { id, lastOf, linkedSite, own, sitesOf } from './links.ts';

const { origin: _origin, ...person } = browser;
const known = `${accepted}; ${own}`;

/** All hosts of the journey, whose pages are all moved to one address. */
async function startMoved(location: string) {
  const { url } = await startUpstream((_req, res) => {
    res.writeHead(301, { location, 'cache-control': 'max-age=600' });
    res.end();
  });
  const proxy = createProxy(
    { url, keepHost: false, timeoutMs: 5_000, connectTimeoutMs: 2_000 },
    () => undefined,
  );
  onTestFinished(() => proxy.close());
  const edge = await startEdge({ sites: sitesOf(linkedSite({ proxy })) });
  const open = (cookie: string, path = '/', method = 'GET') =>
    ask(edge.port, {
      path,
      method,
      headers: {
        ...person,
        host: 'shop.example',
        accept: 'text/html',
        'sec-fetch-dest': 'document',
        cookie,
      },
    });
  return { edge, open };
}

const token = /^1\.[\w-]{60,}$/;

describe("a redirect from one of the site's domains to another", () => {
  it('hands the visitor over, with the campaign of the request, and is kept by no cache', async () => {
    const { edge, open } = await startMoved('http://checkout.test/pay?a=1#x');
    const { headers } = await open(known, '/?gclid=TEST-GCLID-1234');
    const target = new URL(headers.location ?? '');
    expect(Object.fromEntries(target.searchParams)).toEqual({
      a: '1',
      gclid: 'TEST-GCLID-1234',
      tl: expect.stringMatching(token),
    });
    expect(target.hash).toBe('#x');
    expect(headers['cache-control']).toBe('private, no-store');
    const sent = { host: 'checkout.test', origin: 'http://checkout.test', cookie: accepted };
    const body = JSON.stringify({ name: 'page_view', page: { url: target.href } });
    await ask(edge.port, { path: '/t/e', method: 'POST', headers: { ...person, ...sent }, body });
    expect(lastOf(edge)?.event.visitor?.key).toBe(id);
  });

  it.each([
    ['without consent', 'http://checkout.test/pay', refused, 'GET'],
    ['before the choice', 'http://checkout.test/pay', own, 'GET'],
    ['for nobody', 'http://checkout.test/pay', accepted, 'GET'],
    ['where cookies are shared', 'http://www.shop.example/', known, 'GET'],
    ['to a foreign host', 'http://evil.example/', known, 'GET'],
    ['to a signed address', 'http://checkout.test/pay?signature=abc', known, 'GET'],
    ['to a file', 'http://checkout.test/invoice.pdf', known, 'GET'],
    ['to an address that has one', 'http://checkout.test/pay?tl=en', known, 'GET'],
    ['within the site', '/elsewhere', known, 'GET'],
    ['of a form that is posted', 'http://checkout.test/pay', known, 'POST'],
  ])('stays as it is %s', async (_why, location, cookie, method) => {
    const { open } = await startMoved(location);
    const { headers } = await open(cookie, '/', method);
    expect(headers.location).toBe(location);
    expect(headers['cache-control']).toBe('max-age=600');
  });
});
