import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Received } from '../../src/demo/inbox.ts';
import { type ReceivedRow, rowsOf } from '../../src/demo/received-rows.ts';
import type { Json } from '../../src/model/json.ts';

function received(platform: Received['platform'], body: Json): Received {
  return { at: '2026-11-23T12:00:00.000Z', platform, path: '/', headers: {}, query: {}, body };
}

const page = 'https://shop.example/thank-you';

describe('rowsOf', () => {
  it.each<[string, Received, readonly ReceivedRow[]]>([
    [
      'a webhook with its event and consent',
      received('webhook', {
        type: 'event.purchase',
        data: {
          name: 'purchase',
          page: { url: page },
          commerce: { value: 37, currency: 'EUR' },
          consent: { types: { ad_storage: { granted: false }, analytics_storage: { granted: true } } },
        },
      }),
      [
        {
          name: 'purchase',
          value: 'EUR 37.00',
          page,
          granted: ['analytics_storage'],
          denied: ['ad_storage'],
        },
      ],
    ],
    [
      'each event of a Measurement Protocol request',
      received('ga4', {
        consent: { ad_user_data: 'GRANTED', ad_personalization: 'DENIED' },
        events: [
          { name: 'page_view', params: { page_location: page } },
          { name: 'purchase', params: { value: 42.5, currency: 'USD' } },
        ],
      }),
      [
        { name: 'page_view', page, granted: ['ad_user_data'], denied: ['ad_personalization'] },
        {
          name: 'purchase',
          value: 'USD 42.50',
          granted: ['ad_user_data'],
          denied: ['ad_personalization'],
        },
      ],
    ],
    [
      'each event of a Conversions API request',
      received('meta', {
        data: [
          {
            event_name: 'Purchase',
            event_source_url: page,
            custom_data: { value: 37, currency: 'EUR' },
            opt_out: true,
          },
          { event_name: 'PageView' },
        ],
      }),
      [
        { name: 'Purchase', value: 'EUR 37.00', page, granted: [], denied: ['opt_out'] },
        { name: 'PageView', granted: [], denied: [] },
      ],
    ],
    [
      'a webhook that carries no event',
      received('webhook', 'text'),
      [{ name: '(no name)', granted: [], denied: [] }],
    ],
    ['a Measurement Protocol request without events', received('ga4', null), []],
  ])('lists %s', (_title, input, expected) => {
    expect(rowsOf(input)).toEqual(expected);
  });

  it('gives every row a name, whatever was sent', () => {
    const platforms = fc.constantFrom<Received['platform'][]>('webhook', 'ga4', 'meta');
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ data: fc.array(fc.jsonValue()), events: fc.array(fc.jsonValue()) }),
    );
    fc.assert(
      fc.property(platforms, anything, (platform, body) => {
        const parsed: Json = JSON.parse(JSON.stringify(body));
        expect(rowsOf(received(platform, parsed)).every(({ name }) => typeof name === 'string')).toBe(true);
      }),
    );
  });
});
