import { describe, expect, it } from 'vitest';
import { cookieDomainOf, maxCookieAgeSec, serverCookie } from '../../src/edge/cookies.ts';

describe('cookieDomainOf', () => {
  it.each([
    ['shop.example.com', 'example.com'],
    ['www.shop.co.uk', 'shop.co.uk'],
    ['a.b.c.example.de', 'example.de'],
    ['example.com', 'example.com'],
    ['alice.github.io', 'alice.github.io'],
    ['www.alice.github.io', 'alice.github.io'],
    ['shop.example', 'shop.example'],
    ['co.uk', undefined],
    ['github.io', undefined],
    ['localhost', undefined],
    ['intranet', undefined],
    ['127.0.0.1', undefined],
    ['[::1]', undefined],
    ['', undefined],
    ['..', undefined],
  ])('of %j is %j', (hostname, domain) => {
    expect(cookieDomainOf(hostname)).toBe(domain);
  });
});

describe('serverCookie', () => {
  const cookie = {
    name: 'tl_visitor',
    value: '1.x',
    domain: 'shop.example',
    protocol: 'https',
    maxAgeSec: maxCookieAgeSec,
  } as const;
  const partsOf = (given: Parameters<typeof serverCookie>[0]) => serverCookie(given).split('; ');

  it('asks for the 400 days that browsers grant at most', () => {
    expect(partsOf(cookie)).toContain('Max-Age=34560000');
    expect(maxCookieAgeSec).toBe(400 * 24 * 60 * 60);
  });

  it('is hidden from scripts, comes along on a click from outside, and is Secure on https', () => {
    expect(partsOf(cookie)).toEqual(
      expect.arrayContaining([
        'tl_visitor=1.x',
        'Domain=shop.example',
        'Path=/',
        'HttpOnly',
        'Secure',
        'SameSite=Lax',
      ]),
    );
  });

  it('is not Secure on http, where browsers would not take it', () => {
    expect(partsOf({ ...cookie, protocol: 'http' })).not.toContain('Secure');
  });

  it('is host-only without a domain', () => {
    expect(serverCookie({ ...cookie, domain: undefined })).not.toMatch(/domain/i);
  });
});
