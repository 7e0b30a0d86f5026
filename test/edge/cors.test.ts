import { describe, expect, it } from 'vitest';
import { corsHeaders, isOriginAllowed, preflightHeaders } from '../../src/edge/cors.ts';
import { ask, browser } from './client.ts';
import { siteOf, startEdge } from './edge.ts';

const pages = { site: { ownHosts: new Set(['shop.example', '[::1]']) }, hostname: 'metrics.shop.example' };

describe('isOriginAllowed', () => {
  it.each([
    [undefined, true],
    ['https://shop.example', true],
    ['http://shop.example', true],
    ['https://shop.example:8443', true],
    ['HTTPS://SHOP.EXAMPLE', true],
    ['http://[::1]:3000', true],
    ['https://metrics.shop.example', true],
    ['https://www.shop.example', false],
    ['https://evil.example', false],
    ['https://shop.example.evil.example', false],
    ['https://evilshop.example', false],
    ['https://shop.example@evil.example', false],
    ['https://shop.example/', false],
    ['https://shop.example:', false],
    ['chrome-extension://shop.example', false],
    ['null', false],
    ['', false],
  ])('of %j is %j', (origin, allowed) => {
    expect(isOriginAllowed(origin === undefined ? {} : { origin }, pages)).toBe(allowed);
  });

  it.each([
    ['same-origin', true],
    ['same-site', true],
    ['cross-site', false],
    ['none', false],
  ])('takes the origin null of a page without referrer only from the site itself: %s', (site, allowed) => {
    expect(isOriginAllowed({ origin: 'null', 'sec-fetch-site': site }, pages)).toBe(allowed);
  });
});

describe('corsHeaders', () => {
  it('names the exact origin, allows credentials and tells caches why', () => {
    expect(corsHeaders({ origin: 'http://shop.example:8080' }, pages)).toEqual({
      'access-control-allow-origin': 'http://shop.example:8080',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
  });

  it.each([undefined, 'null', 'https://evil.example'])('is silent towards the origin %j', (origin) => {
    expect(corsHeaders(origin === undefined ? {} : { origin }, pages)).toEqual({});
  });
});

describe('preflightHeaders', () => {
  it('echoes the headers asked for', () => {
    const asked = {
      origin: 'https://shop.example',
      'access-control-request-headers': 'content-type,x-Tracker',
    };
    expect(preflightHeaders(asked, pages)).toMatchObject({
      'access-control-allow-headers': 'content-type,x-Tracker',
      'access-control-allow-methods': 'GET, POST, HEAD, OPTIONS',
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Headers',
    });
  });

  it('echoes nothing that is not a list of header names', () => {
    const asked = { origin: 'https://shop.example', 'access-control-request-headers': 'a: b\u00e9' };
    expect(preflightHeaders(asked, pages)).not.toHaveProperty('access-control-allow-headers');
  });

  it('allows nothing to a foreign origin', () => {
    expect(
      preflightHeaders({ origin: 'https://evil.example', 'access-control-request-headers': 'x' }, pages),
    ).toEqual({});
  });
});

describe('a capture path', () => {
  it('answers a preflight with 204 and takes nothing in', async () => {
    const edge = await startEdge();
    const preflight = {
      ...browser,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const answer = await ask(edge.port, { method: 'OPTIONS', path: '/t/e', headers: preflight });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type',
    });
    expect(edge.log.appends()).toBe(0);
  });

  it('refuses hits of foreign pages with a reason, and lets no foreign page read it', async () => {
    const edge = await startEdge();
    const headers = { ...browser, origin: 'https://evil.example' };
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/t/e',
      headers,
      body: '{"name":"page_view"}',
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).error.code).toBe('refused_origin');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(edge.log.appends()).toBe(0);
  });

  it("takes hits of a host's own pages where a fallback site answers for the host", async () => {
    const edge = await startEdge({ sites: {}, fallback: siteOf() });
    const headers = { ...browser, host: 'preview.test:8080', origin: 'http://preview.test:8080' };
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/t/e',
      headers,
      body: '{"name":"page_view"}',
    });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('http://preview.test:8080');
  });
});
