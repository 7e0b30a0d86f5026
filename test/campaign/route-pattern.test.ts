import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoutePatterns } from '../../src/campaign/route-pattern.ts';

function patternOf(path: string): string {
  return createRoutePatterns().patternOf(new URL(`https://shop.example${path}`));
}

describe('a route pattern', () => {
  it.each([
    ['/', '/'],
    ['/sale', '/sale'],
    ['/sale/', '/sale/'],
    ['/de-at/sale?gclid=A#top', '/de-at/sale'],
    ['/product/4711', '/product/:id'],
    ['/2026-11-24/news', '/:id/news'],
    ['/order/0f8fad5b-d9cb-469f-a165-70867728950e', '/order/:id'],
    ['/asset/9f86d081884c7d65', '/asset/:id'],
    ['/decade/cafe', '/decade/cafe'],
    ['/t/aZ3kQ9xLm2', '/t/:id'],
    ['/u/jane@mail.example', '/u/:id'],
    ['/u/jane%40mail.example', '/u/:id'],
    ['/blog/how-we-keep-every-campaign-parameter-alive-in-2026', '/blog/:slug'],
    ['/p/shoe-1234567', '/p/:slug'],
    ['/%3Futm_source=x', '/:slug'],
    ['/a/b/c/d/e/f/g/h', '/a/b/c/d/e/f/…'],
  ])('of %s is %s', (path, pattern) => {
    expect(patternOf(path)).toBe(`shop.example${pattern}`);
  });

  it('learns which place of a route holds slugs', () => {
    const routes = createRoutePatterns({ maxPatterns: 1_000, maxWords: 3 });
    const patterns = ['red', 'green', 'blue', 'pink', 'red', 'grey'].map((name) =>
      routes.patternOf(new URL(`https://shop.example/shoes/${name}`)),
    );
    expect(patterns.slice(2)).toEqual([
      'shop.example/shoes/blue',
      'shop.example/shoes/:slug',
      'shop.example/shoes/red',
      'shop.example/shoes/:slug',
    ]);
  });

  it('is one of a bounded number, whatever addresses are made up', () => {
    fc.assert(
      fc.property(fc.array(fc.webUrl({ withQueryParameters: true }), { maxLength: 200 }), (addresses) => {
        const routes = createRoutePatterns({ maxPatterns: 20, maxWords: 5 });
        const patterns = new Set(addresses.map((address) => routes.patternOf(new URL(address))));
        expect(patterns.size).toBeLessThanOrEqual(21);
      }),
    );
  });
});
