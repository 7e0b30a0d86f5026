import { describe, expect, it } from 'vitest';
import { splitContact } from '../../src/capture/shared/contact.ts';
import { consentText, readCurrency, readNumber, readTimeMs } from '../../src/capture/shared/fields.ts';
import { itemNumber, readGa4Item } from '../../src/capture/shared/ga4-item.ts';
import { senderOf } from '../../src/capture/shared/sender.ts';
import type { Contact, Item } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';

const noon = Date.UTC(2026, 10, 23, 12);

describe('a time', () => {
  it.each<[unknown, number | undefined]>([
    [noon, noon],
    [noon + 0.9, noon],
    ['2026-11-23T12:00:00Z', noon],
    ['2026-11-23T12:00:00.000123Z', noon],
    ['2026-11-23T13:00:00+01:00', noon],
    ['2026-11-23T13:00+0100', noon],
    ['2026-11-23T12:00:00', noon],
    ['2026-11-23 12:00:00', noon],
    ['2026-02-30T99:00:00Z', undefined],
    ['2026-11-23', undefined],
    ['Mon, 23 Nov 2026 12:00:00 GMT', undefined],
    ['yesterday', undefined],
    [Number.NaN, undefined],
    [null, undefined],
    [{}, undefined],
  ])('%o is read as %o', (given, atMs) => {
    expect(readTimeMs(given)).toBe(atMs);
  });
});

describe('a number', () => {
  it.each<[unknown, number | undefined]>([
    [9.5, 9.5],
    ['9.50', 9.5],
    [' 9 ', 9],
    ['', undefined],
    ['9,50', undefined],
    ['$9', undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['Infinity', undefined],
    [true, undefined],
    [null, undefined],
  ])('%o is read as %o', (given, number) => {
    expect(readNumber(given)).toBe(number);
  });
});

describe('a currency', () => {
  it.each<[unknown, string | undefined]>([
    ['eur', 'EUR'],
    ['USD', 'USD'],
    ['EURO', undefined],
    ['€', undefined],
    [978, undefined],
  ])('%o is read as %o', (given, code) => {
    expect(readCurrency(given)).toBe(code);
  });
});

describe('a consent statement', () => {
  it('that is too long is cut so that it cannot be read as something else', () => {
    const statement = { ad_storage: 'granted', padding: 'x'.repeat(10_000), analytics_storage: 'denied' };
    const text = consentText(statement);
    expect(text).toHaveLength(4_096);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });
});

describe('contact data', () => {
  it.each<[string, JsonObject, Contact | undefined, JsonObject]>([
    [
      'by any usual name',
      { 'E-Mail': 'a@b.co', phone_number: 4930901820 },
      { emails: ['a@b.co'], phones: ['4930901820'] },
      {},
    ],
    ['in lists', { emails: ['a@b.co', 7, null, { x: 1 }] }, { emails: ['a@b.co', '7'] }, {}],
    ['in an address', { address: { postal_code: '10115', planet: 'earth' } }, { postalCode: '10115' }, {}],
    ['in a list of addresses', { address: [{ city: 'Berlin' }, { city: 'Bonn' }] }, { city: 'Berlin' }, {}],
    [
      'that has no field is left out',
      { name: 'Ada Lovelace', username: 'ada', avatar: 'x.png' },
      undefined,
      {},
    ],
    [
      'of the wrong type is left out',
      { email: { x: 1 }, first_name: [], plan: 'gold' },
      undefined,
      { plan: 'gold' },
    ],
  ])('%s', (_, said, contact, rest) => {
    expect(splitContact(said)).toEqual({ ...(contact && { contact }), rest });
  });
});

describe('a GA4 item', () => {
  it.each<[string, Item]>([
    ['idA~nmB', { id: 'A', name: 'B' }],
    ['idA~~B', { id: 'A~B' }],
    ['idA~prfree', { id: 'A', extra: { price: 'free' } }],
    ['idA~k0size~v0XL~k1fit~v1slim', { id: 'A', extra: { size: 'XL', fit: 'slim' } }],
    ['idA~v3lonely~zz9', { id: 'A', extra: { v3: 'lonely', zz: '9' } }],
    ['', {}],
    ['~~~', {}],
  ])('%s is read', (raw, item) => {
    expect(readGa4Item(raw)).toEqual(item);
  });

  it.each<[string, number | undefined]>([
    ['pr1', 1],
    ['pr200', 200],
    ['pr201', undefined],
    ['pr0', undefined],
    ['pr', undefined],
    ['pr1.5', undefined],
    ['promo', undefined],
    ['epr1', undefined],
  ])('%s has the number %o', (parameter, number) => {
    expect(itemNumber(parameter)).toBe(number);
  });
});

describe('the sender', () => {
  it.each<[Readonly<Record<string, string>>, string]>([
    [{}, 'server'],
    [{ 'user-agent': 'Mozilla/5.0' }, 'server'],
    [{ 'user-agent': 'node', 'accept-language': '*', 'sec-fetch-mode': 'cors' }, 'server'],
    [{ origin: 'https://shop.example' }, 'browser'],
    [{ referer: 'https://shop.example/' }, 'browser'],
    [{ 'sec-fetch-site': 'same-origin' }, 'browser'],
  ])('of a hit with %o is a %s', (headers, sender) => {
    expect(senderOf({ headers })).toBe(sender);
  });
});
