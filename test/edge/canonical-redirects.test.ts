import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { canonicalConfigSchema, compileCanonical } from '../../src/edge/canonical.ts';
import { ask, browser, exchange } from './client.ts';
import { clientOf, redirectPolicy, startProxy, startUpstream } from './edge.ts';

const page = { ...browser, accept: 'text/html', 'sec-fetch-dest': 'document' };
const hosts = ['shop.example', 'www.shop.example'];
const hello: RequestListener = (_req, res) => void res.end('hello');

async function start(config: unknown, answer: RequestListener = hello, given: { proxy?: boolean } = {}) {
  const upstream = await startUpstream(answer);
  return startProxy(upstream.url, {
    client: clientOf(given.proxy === false ? {} : { trustedProxies: ['loopback'] }),
    site: { canonical: compileCanonical(canonicalConfigSchema.parse(config), { hosts, ...redirectPolicy }) },
  });
}

describe('a site that has one right address', () => {
  it('redirects http to https with the query byte for byte, where the TLS proxy says so', async () => {
    const edge = await start({ https: true });
    const raw = await exchange(
      edge.port,
      'GET /a?utm_source="%zz&x=%2F+|<?&& HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n',
    );
    expect(raw).toMatch(/^HTTP\/1\.1 301 /);
    expect(raw.toLowerCase()).toContain('cache-control: private, no-store');
    expect(raw).toContain('location: https://shop.example/a?utm_source="%zz&x=%2F+|<?&&\r\n');
  });

  it('is not redirected for ever behind a proxy that has spoken https, or says nothing', async () => {
    const edge = await start({ https: true });
    expect((await ask(edge.port, { headers: { 'x-forwarded-proto': 'https' } })).status).toBe(200);
    expect((await ask(edge.port)).status).toBe(200);
  });

  it('does not believe a stranger about the scheme', async () => {
    const edge = await start({ https: true, www: 'add' }, hello, { proxy: false });
    const { headers } = await ask(edge.port, { headers: { 'x-forwarded-proto': 'http' } });
    expect(headers.location).toBe('//www.shop.example/');
  });

  it('sends a POST on with its method, and leaves collector, script and well-known paths alone', async () => {
    const edge = await start({ https: true });
    const headers = { ...browser, 'x-forwarded-proto': 'http' };
    expect((await ask(edge.port, { method: 'POST', path: '/send', headers })).status).toBe(308);
    expect((await ask(edge.port, { path: '/t/s.js', headers })).status).toBe(200);
    expect((await ask(edge.port, { path: '/.well-known/security.txt', headers })).text).toBe('hello');
    const hit = { method: 'POST', path: '/t/e', headers, body: '{"v":1,"events":[{"name":"page_view"}]}' };
    expect((await ask(edge.port, hit)).status).toBe(204);
  });

  it('sends the first page to the browser’s language and keeps caches out of it', async () => {
    const edge = await start({ locales: { paths: { de: '/de/', en: '/en/' } } });
    const { status, headers } = await ask(edge.port, { path: '/?gclid=A', headers: page });
    expect({ status, location: headers.location, vary: headers.vary }).toEqual({
      status: 302,
      location: '//shop.example/de/?gclid=A',
      vary: 'Accept-Language',
    });
    const image = { ...page, 'sec-fetch-dest': 'image' };
    expect((await ask(edge.port, { headers: image })).status).toBe(200);
  });

  it('lets the upstream have its way where the two would send a visitor round for ever', async () => {
    const edge = await start({ trailingSlash: 'add' }, (req, res) => {
      if (req.url?.startsWith('/a/')) res.writeHead(302, { location: req.url.replace('/a/', '/a') });
      res.end('a');
    });
    const visit = (path: string) => ask(edge.port, { path, headers: page });
    expect((await visit('/a?x=1')).headers.location).toBe('//shop.example/a/?x=1');
    expect((await visit('/a/?x=1')).headers.location).toBe('/a?x=1');
    expect((await visit('/a?x=1')).status).toBe(200);
    expect((await visit('/b')).status).toBe(301);
    expect(edge.counts()).toEqual({ 'canonical redirected': 2, 'canonical loop_avoided': 1 });
  });

  it('says HSTS over https alone, and not over what the site says itself', async () => {
    const edge = await start({ hstsSeconds: 300 }, (req, res) => {
      if (req.url === '/own') res.setHeader('strict-transport-security', 'max-age=9');
      res.end();
    });
    const hsts = async (path: string, protocol: string) =>
      (await ask(edge.port, { path, headers: { 'x-forwarded-proto': protocol } })).headers[
        'strict-transport-security'
      ];
    expect(await hsts('/', 'https')).toBe('max-age=300');
    expect(await hsts('/', 'http')).toBeUndefined();
    expect(await hsts('/own', 'https')).toBe('max-age=9');
  });
});
