import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema, isOrdinary } from '../../src/capture/shared/throughline-event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts';

const known = new Set(Object.keys(eventSchema.shape));
const texts = fc.constantFrom(
  '',
  ' ',
  'view_item',
  'EUR',
  'eur',
  'x'.repeat(300),
  '2026-11-24T10:00:00Z',
  '129.9',
);
const numbers = fc.constantFrom(0, -1, 1.5, 1795473554872, 129.9, 1e308);
const leaves: fc.Arbitrary<Json> = fc.oneof(texts, numbers, fc.constantFrom(null, true, false));
const values: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: leaves },
  { weight: 1, arbitrary: fc.array(leaves, { maxLength: 2 }) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom('url', 'title', 'loadId', 'value', 'currency', 'items', 'other'),
      leaves,
      {
        maxKeys: 3,
      },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Json>([{ item_id: 'a' }]) },
);
const events: fc.Arbitrary<JsonObject> = fc.dictionary(fc.constantFrom(...known, 'v', 'unknown'), values, {
  maxKeys: 6,
});

/** What the schema knows of an object: the rest is read from the raw event. */
function knownOf(raw: JsonObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => known.has(key)));
}

describe('an ordinary event', () => {
  it('is one that the schema takes exactly as it is', () => {
    let ordinary = 0;
    fc.assert(
      fc.property(events, fc.boolean(), (given, isNamed) => {
        const raw: JsonObject = isNamed ? { ...given, name: 'view_item' } : given;
        if (!isOrdinary(raw)) return;
        ordinary += 1;
        const parsed = eventSchema.safeParse(raw);
        expect(parsed.error?.issues).toBeUndefined();
        for (const [key, value] of Object.entries(knownOf(raw))) {
          const read: unknown = Reflect.get(parsed.data ?? {}, key);
          // Of the nested objects the schema keeps what it knows; the others are read from the raw event too.
          if (isJsonObject(value) && isJsonObject(read)) expect(value).toMatchObject(read);
          else expect(read).toEqual(value);
        }
      }),
      { numRuns: 3000 },
    );
    expect(ordinary).toBeGreaterThan(200);
  });

  it('is what our own SDK and most servers send', () => {
    const page = { url: 'https://shop.example/', referrer: '', title: 'Shop', loadId: 'p4Xq0m1Zs9' };
    expect(
      isOrdinary({
        name: 'page_view',
        id: 'a',
        time: 1795473554872,
        page,
        consent: { ad_storage: 'granted' },
      }),
    ).toBe(true);
    expect(isOrdinary({ name: 'purchase', value: 12.5, currency: 'EUR', items: [{ item_id: 'a' }] })).toBe(
      true,
    );
  });
});
