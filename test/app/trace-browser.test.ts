import { describe, expect, it } from 'vitest';
import { CookieJar, isSameSite } from '../../src/app/trace-browser.ts';

const nowMs = Date.UTC(2026, 10, 23);

describe('the cookies of a walk', () => {
  it.each([
    ['to the host that set it', 'a=1', 'https://shop.example/', 'https://shop.example/b', 'a=1'],
    ['not to another host', 'a=1', 'https://shop.example/', 'https://www.shop.example/', ''],
    [
      'to hosts below its domain',
      'a=1; Domain=.shop.example',
      'https://www.shop.example/',
      'https://m.shop.example/',
      'a=1',
    ],
    [
      'not for a domain that is not its own',
      'a=1; Domain=other.example',
      'https://shop.example/',
      'https://other.example/',
      '',
    ],
    ['not for a public suffix', 'a=1; Domain=co.uk', 'https://shop.co.uk/', 'https://other.co.uk/', ''],
    ['below its path', 'a=1; Path=/b', 'https://shop.example/', 'https://shop.example/b/c', 'a=1'],
    ['not beside its path', 'a=1; Path=/b', 'https://shop.example/', 'https://shop.example/bc', ''],
    ['below the path it was set on', 'a=1', 'https://shop.example/b/c', 'https://shop.example/b/d', 'a=1'],
    [
      'not out of https when it is secure',
      'a=1; Secure',
      'https://shop.example/',
      'http://shop.example/',
      '',
    ],
    ['not when http sets a secure one', 'a=1; Secure', 'http://shop.example/', 'https://shop.example/', ''],
    ['not when its time is over', 'a=1; Max-Age=0', 'https://shop.example/', 'https://shop.example/', ''],
    [
      'not when its date is over',
      'a=1; Expires=Sun, 22 Nov 2026 00:00:00 GMT',
      'https://shop.example/',
      'https://shop.example/',
      '',
    ],
    ['as it was written', 'a=%20b%', 'https://shop.example/', 'https://shop.example/', 'a=%20b%'],
    [
      'not when it is too long',
      `a=${'x'.repeat(5_000)}`,
      'https://shop.example/',
      'https://shop.example/',
      '',
    ],
  ])('go %s', (_title, line, from, to, header) => {
    const jar = new CookieJar();
    jar.store([line], new URL(from), nowMs);
    expect(jar.header(new URL(to), nowMs)).toBe(header);
  });

  it('are replaced, deleted and sent with the longest path first', () => {
    const jar = new CookieJar();
    const url = new URL('https://shop.example/b/');
    jar.store(['a=1; Path=/', 'b=1; Path=/b', 'c=1; Path=/', 'a=2; Path=/'], url, nowMs);
    jar.store(['c=; Path=/; Max-Age=-1'], url, nowMs);
    expect(jar.header(url, nowMs)).toBe('b=1; a=2');
  });
});

describe('one site', () => {
  it.each([
    ['www.shop.co.uk', 'm.shop.co.uk', true],
    ['shop.co.uk', 'other.co.uk', false],
    ['a.github.io', 'b.github.io', false],
    ['localhost', 'localhost', true],
    ['127.0.0.1', '127.0.0.2', false],
  ])('%s and %s: %j', (a, b, same) => {
    expect(isSameSite(a, b)).toBe(same);
  });
});
