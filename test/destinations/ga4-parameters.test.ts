import { describe, expect, it } from 'vitest';
import { ga4EventName, ga4ParameterName } from '../../src/destinations/shared/ga4-names.ts';
import { ga4Parameters } from '../../src/destinations/shared/ga4-parameters.ts';
import type { Event } from '../../src/model/event.ts';
import { eventSchema } from '../../src/model/event.ts';

const answer = { granted: true, basis: 'signal', by: 'consent-mode' };
const plain = {
  id: 'evt-1',
  name: 'page_view',
  site: 'shop',
  protocol: 'throughline',
  sentBy: 'browser',
  occurredAtMs: 1_795_428_000_000,
  receivedAtMs: 1_795_428_000_400,
  campaign: {},
  consent: {
    regime: 'opt_in',
    types: {
      ad_storage: answer,
      analytics_storage: answer,
      ad_user_data: answer,
      ad_personalization: answer,
      functionality_storage: answer,
      personalization_storage: answer,
      security_storage: answer,
    },
    optedOut: false,
    sources: [],
    problems: [],
  },
  client: { isBot: false },
  properties: {},
};

function eventWith(fields: object): Event {
  return eventSchema.parse({ ...plain, ...fields });
}

function numbered(count: number, prefix = 'p'): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, at]));
}

describe('ga4EventName', () => {
  it.each([
    ['purchase', 'purchase'],
    [' Order Completed ', 'Order_Completed'],
    ['2nd_step', 'nd_step'],
    ['a'.repeat(60), 'a'.repeat(40)],
    ['a-b.c', 'a_b_c'],
    ['ad_impression', 'ad_impression'],
    ['session_start', undefined],
    ['first_visit', undefined],
    ['user_engagement', undefined],
    ['user-engagement', undefined],
    ['1error', undefined],
    ['_private', undefined],
    ['google_ads', undefined],
    ['1ga_x', undefined],
    ['gtag.js', undefined],
    ['購入', undefined],
    ['', undefined],
  ])('makes of "%s" "%s"', (name, expected) => {
    expect(ga4EventName(name)).toBe(expected);
  });
});

describe('ga4ParameterName', () => {
  it.each([
    ['plan', 'plan'],
    ['plan type', 'plan_type'],
    ['__proto__', undefined],
    ['constructor', 'constructor'],
    ['firebase_conversion', undefined],
    ['-ga_x', undefined],
  ])('makes of "%s" "%s"', (name, expected) => {
    expect(ga4ParameterName(name)).toBe(expected);
  });
});

describe('ga4Parameters', () => {
  it('never sends more than 25, the standard ones first', () => {
    const params = ga4Parameters(
      eventWith({ properties: numbered(40), page: { url: 'https://shop.example.com/', title: 'Shop' } }),
      {},
    );
    expect(Object.keys(params)).toHaveLength(25);
    expect(params).toMatchObject({
      engagement_time_msec: 1,
      page_location: 'https://shop.example.com/',
      p0: 0,
    });
  });

  it('cuts long values where Google documents the limit, never in the middle of a character', () => {
    const long = 'x'.repeat(2000);
    const params = ga4Parameters(
      eventWith({
        page: { url: `https://shop.example.com/${long}`, referrer: long, title: long },
        properties: { note: `${'x'.repeat(99)}😀` },
      }),
      {},
    );
    expect(params).toMatchObject({
      page_location: `https://shop.example.com/${long}`.slice(0, 1000),
      page_referrer: 'x'.repeat(420),
      page_title: 'x'.repeat(300),
      note: 'x'.repeat(99),
    });
  });

  it('sends 200 items at most, each with ten parameters of its own at most', () => {
    const items = Array.from({ length: 300 }, (_, at) => ({ id: `SKU${at}`, extra: numbered(30) }));
    const params = ga4Parameters(eventWith({ commerce: { items } }), {});
    expect(params['items']).toHaveLength(200);
    expect(params).toMatchObject({ items: expect.arrayContaining([{ item_id: 'SKU0', ...numbered(10) }]) });
  });

  it('lets no property replace what the event itself says', () => {
    const params = ga4Parameters(
      eventWith({
        properties: { currency: 'XXX', value: 1, 'page title': 'x' },
        commerce: { value: 2, currency: 'EUR' },
      }),
      {},
    );
    expect(params).toStrictEqual({ engagement_time_msec: 1, value: 2, currency: 'EUR', page_title: 'x' });
  });
});
