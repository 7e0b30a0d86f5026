import { expect, it } from 'vitest';
import { lossLines } from '../../src/report/loss-lines.ts';

it('tells a loss and the hops it happened on, and nothing of what it cannot read', () => {
  const facts = {
    day: '2026-11-24',
    release: 'v2',
    losses: [
      {
        parameters: ['utm_source', 'gclid'],
        hop: 'shop.example/sale -> shop.example/de/sale',
        cause: 'locale_redirect_dropped_query',
        culprit: "the site's own language or country redirect",
        outcome: 'repaired',
      },
      'broken',
    ],
    hops: [
      {
        page: 'shop.example/sale',
        status: 302,
        came: ['utm_source', 'gclid'],
        went: ['utm_source', 'gclid'],
        added: ['utm_source', 'gclid'],
      },
      { page: 'shop.example/de/sale', status: 200, came: ['utm_source', 'gclid'], went: [], added: [] },
    ],
  };
  expect(lossLines(facts)).toEqual([
    'utm_source, gclid: dropped and given back at shop.example/sale -> shop.example/de/sale',
    "locale_redirect_dropped_query, most likely by the site's own language or country redirect",
    'shop.example/sale answered 302: came utm_source, gclid, went on utm_source, gclid, given back utm_source, gclid',
    'shop.example/de/sale answered 200: came utm_source, gclid, went on nothing',
    'release v2',
  ]);
  expect(lossLines(undefined)).toEqual([]);
  expect(lossLines({ losses: 'none', hops: 3 })).toEqual([]);
});
