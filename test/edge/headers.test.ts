import { describe, expect, it } from 'vitest';
import {
  type ForwardedFacts,
  type PublicFacts,
  publicCookie,
  publicResponseHeaders,
  publicUrl,
  upstreamRequestHeaders,
} from '../../src/edge/headers.ts';

const direct: ForwardedFacts = {
  upstreamHost: 'app.internal:3000',
  publicHost: 'shop.example',
  publicProtocol: 'https',
  peer: '203.0.113.7',
  isPeerTrusted: false,
};
const proxied: ForwardedFacts = { ...direct, peer: '10.0.0.1', isPeerTrusted: true };

describe('upstreamRequestHeaders', () => {
  it('passes end-to-end headers, cookies and credentials on, and names the upstream as host', () => {
    const headers = upstreamRequestHeaders(
      {
        host: 'shop.example',
        cookie: 'sid=1; tl_visitor=x',
        authorization: 'Bearer t',
        accept: 'text/html',
        'x-own': 'a, b',
      },
      direct,
    );
    expect(headers).toMatchObject({
      host: 'app.internal:3000',
      cookie: 'sid=1; tl_visitor=x',
      authorization: 'Bearer t',
      accept: 'text/html',
      'x-own': 'a, b',
    });
  });

  it('ends hop-by-hop headers, and those that Connection names', () => {
    const headers = upstreamRequestHeaders(
      {
        connection: 'Keep-Alive, X-Hop ,te',
        'keep-alive': 'timeout=5',
        'x-hop': '1',
        te: 'trailers',
        trailer: 'x',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
        'transfer-encoding': 'chunked',
        'proxy-authorization': 'Basic c2VjcmV0',
        'proxy-connection': 'keep-alive',
        expect: '100-continue',
        'x-kept': '2',
      },
      direct,
    );
    expect(Object.keys(headers).sort()).toEqual([
      'forwarded',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-forwarded-proto',
      'x-kept',
      'x-real-ip',
    ]);
  });

  it('does not let Connection take away what frames the request or who is logged in', () => {
    const connection = 'content-length, cookie, authorization, host, x-forwarded-for';
    const headers = upstreamRequestHeaders(
      { connection, 'content-length': '3', cookie: 'sid=1', authorization: 'Basic x' },
      direct,
    );
    expect(headers).toMatchObject({
      'content-length': '3',
      cookie: 'sid=1',
      authorization: 'Basic x',
      'x-forwarded-for': '203.0.113.7',
    });
  });

  it.each([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-prefix',
    'forwarded',
    'x-real-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'x-client-ip',
  ])('takes no %s from a client', (name) => {
    const headers = upstreamRequestHeaders({ [name]: 'forged.example' }, direct);
    expect(JSON.stringify(headers)).not.toContain('forged');
    expect(headers['x-forwarded-for']).toBe('203.0.113.7');
  });

  it('says who asked, for what and how, in both spellings', () => {
    expect(upstreamRequestHeaders({}, direct)).toEqual({
      host: 'app.internal:3000',
      'x-forwarded-for': '203.0.113.7',
      'x-real-ip': '203.0.113.7',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      forwarded: 'for=203.0.113.7;host=shop.example;proto=https',
    });
  });

  it('keeps and extends the chain of a trusted proxy', () => {
    const headers = upstreamRequestHeaders(
      {
        'x-forwarded-for': '198.51.100.2, 10.0.0.9',
        'x-forwarded-proto': 'http',
        'x-forwarded-prefix': '/shop',
        'x-real-ip': '198.51.100.2',
        forwarded: 'for=198.51.100.2',
      },
      proxied,
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '198.51.100.2, 10.0.0.9, 10.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/shop',
      'x-real-ip': '198.51.100.2',
      forwarded: 'for=198.51.100.2, for=10.0.0.1;host=shop.example;proto=https',
    });
  });

  it.each([
    ['shop.example:8443', '203.0.113.7', '8443', 'for=203.0.113.7;host="shop.example:8443";proto=https'],
    [
      '[2001:db8::5]:8443',
      '2001:db8::1',
      '8443',
      'for="[2001:db8::1]";host="[2001:db8::5]:8443";proto=https',
    ],
    ['[2001:db8::5]', '2001:db8::1', '443', 'for="[2001:db8::1]";host="[2001:db8::5]";proto=https'],
    ['evil";for="x', '203.0.113.7', '443', 'for=203.0.113.7;host="evil;for=x";proto=https'],
    ['', '203.0.113.7', '443', 'for=203.0.113.7;proto=https'],
  ])('writes the host %j and the peer %j as RFC 7239 wants', (publicHost, peer, port, forwarded) => {
    const headers = upstreamRequestHeaders({}, { ...direct, publicHost, peer });
    expect(headers).toMatchObject({ 'x-forwarded-for': peer, 'x-forwarded-port': port, forwarded });
    expect(headers['x-forwarded-host']).toBe(publicHost === '' ? undefined : publicHost);
  });
});

const facts: PublicFacts = {
  upstreamHost: 'app.internal:3000',
  upstreamHostname: 'app.internal',
  publicOrigin: 'https://shop.example',
  publicHostname: 'shop.example',
  cookieDomain: 'shop.example',
};
const ipv6: PublicFacts = { ...facts, upstreamHost: '[::1]:3000', upstreamHostname: '[::1]' };

describe('publicUrl', () => {
  it.each([
    ['http://app.internal:3000/cart?a=1#x', 'https://shop.example/cart?a=1#x'],
    ['http://app.internal:3000', 'https://shop.example'],
    ['http://app.internal:3000?a=1', 'https://shop.example?a=1'],
    ['http://app.internal/cart', 'https://shop.example/cart'],
    ['http://app.internal:80/cart', 'https://shop.example/cart'],
    ['https://app.internal:443/cart', 'https://shop.example/cart'],
    ['HTTP://APP.internal:3000/Cart', 'https://shop.example/Cart'],
    ['//app.internal:3000/cart', 'https://shop.example/cart'],
    [
      'http://app.internal:3000/a%2fb//c/../d?gclid=A+b%20C',
      'https://shop.example/a%2fb//c/../d?gclid=A+b%20C',
    ],
  ])('moves %s to the public host', (location, expected) => {
    expect(publicUrl(location, facts)).toBe(expected);
  });

  it.each([
    '/cart?next=http://app.internal:3000/',
    'cart',
    '?page=2',
    '',
    'http://app.internal:9999/admin',
    'http://app.internal.evil.example/x',
    'http://evil.example/?u=http://app.internal:3000/',
    'http://user@app.internal:3000/',
    'http://app.internal:3000\\@evil.example/',
    'https://pay.example/Checkout?ID=%7E+~',
    'HTTPS://Pay.Example/',
    'mailto:shop@app.internal:3000',
    'myapp://app.internal:3000/x',
  ])('leaves %j untouched to the byte', (location) => {
    expect(publicUrl(location, facts)).toBe(location);
  });

  it('knows an IPv6 upstream with and without its port', () => {
    expect(publicUrl('http://[::1]:3000/a', ipv6)).toBe('https://shop.example/a');
    expect(publicUrl('http://[::1]/a', ipv6)).toBe('https://shop.example/a');
    expect(publicUrl('http://[::2]:3000/a', ipv6)).toBe('http://[::2]:3000/a');
  });
});

describe('publicCookie', () => {
  const plain: PublicFacts = { ...facts, publicOrigin: 'http://shop.example' };
  const hostOnly: PublicFacts = { ...facts, cookieDomain: undefined };
  it.each([
    ['keeps a cookie without domain as it is', facts, 'sid=1; Path=/; HttpOnly', 'sid=1; Path=/; HttpOnly'],
    [
      "moves the upstream's own domain",
      facts,
      'sid=1; Domain=app.internal; Path=/',
      'sid=1; Domain=shop.example; Path=/',
    ],
    ['moves a domain above the upstream', facts, 'sid=1; domain=.INTERNAL', 'sid=1; Domain=shop.example'],
    [
      'makes a cookie host-only where there is no domain for it',
      hostOnly,
      'sid=1; Domain=app.internal; Path=/',
      'sid=1; Path=/',
    ],
    [
      'leaves a domain that covers the public host',
      hostOnly,
      'sid=1; Domain=.shop.example',
      'sid=1; Domain=.shop.example',
    ],
    [
      'leaves a foreign domain to the browser to refuse',
      facts,
      'sid=1; Domain=evil.example',
      'sid=1; Domain=evil.example',
    ],
    [
      'leaves a domain that only ends like the upstream',
      facts,
      'sid=1; Domain=p.internal',
      'sid=1; Domain=p.internal',
    ],
    [
      'keeps Secure on https',
      facts,
      'sid=1; Secure; SameSite=None; Partitioned',
      'sid=1; Secure; SameSite=None; Partitioned',
    ],
    [
      'drops Secure, and what needs it, on http',
      plain,
      'sid=1; secure; SameSite=None; Path=/; Partitioned',
      'sid=1; Path=/',
    ],
    ['keeps another SameSite on http', plain, 'sid=1; Secure; SameSite=Lax', 'sid=1; SameSite=Lax'],
    [
      'does not mistake the value for an attribute',
      plain,
      'Secure=Domain=app.internal; Path=/',
      'Secure=Domain=app.internal; Path=/',
    ],
    ['takes an empty cookie', facts, '', ''],
  ])('%s', (_title, given, cookie, expected) => {
    expect(publicCookie(cookie, given)).toBe(expected);
  });
});

describe('publicResponseHeaders', () => {
  it('ends hop-by-hop headers and those that Connection names', () => {
    const headers = publicResponseHeaders(
      {
        connection: 'close, X-Debug',
        'x-debug': '1',
        'keep-alive': 'timeout=5',
        'transfer-encoding': 'chunked',
        etag: '"a"',
      },
      facts,
    );
    expect(headers).toEqual({ etag: '"a"' });
  });

  it('moves Location, Refresh and every Set-Cookie', () => {
    const headers = publicResponseHeaders(
      {
        location: 'http://app.internal:3000/a',
        refresh: '0; url="http://app.internal:3000/b"',
        'set-cookie': ['a=1; Domain=app.internal', 'b=2; Path=/'],
        'content-type': 'text/html',
      },
      facts,
    );
    expect(headers).toEqual({
      location: 'https://shop.example/a',
      refresh: '0; url="https://shop.example/b"',
      'set-cookie': ['a=1; Domain=shop.example', 'b=2; Path=/'],
      'content-type': 'text/html',
    });
  });

  it.each([
    ['5', '5'],
    ['0;URL=http://app.internal:3000/x', '0;URL=https://shop.example/x'],
    ["1.5, url = '//app.internal:3000/x'", "1.5, url = 'https://shop.example/x'"],
    ['3; url=/next', '3; url=/next'],
    ['soon; url=http://app.internal:3000/x', 'soon; url=http://app.internal:3000/x'],
  ])('reads the Refresh header %j', (refresh, expected) => {
    expect(publicResponseHeaders({ refresh }, facts)).toEqual({ refresh: expected });
  });
});
