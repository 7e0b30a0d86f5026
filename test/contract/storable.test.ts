import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepPermitted, parseLogLine, redact } from '../../src/contract/storable.ts';
import { type ConsentType, consentTypes } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import {
  canaries,
  canaryEvent,
  classes,
  clickAddresses,
  consentOf,
  holds,
  policy,
  someTypes,
} from './canaries.ts';

const address = clickAddresses[0] ?? '';
const all: readonly ConsentType[] = consentTypes;
const without = (...denied: readonly ConsentType[]) =>
  consentOf(all.filter((type) => !denied.includes(type)));

function linesOf(granted: Iterable<ConsentType>, from: string): string {
  return redact(canaryEvent(consentOf(granted), from), [], policy).line;
}

describe('what may be stored', () => {
  it('is everything where everything is granted', () => {
    const event = canaryEvent(consentOf(all), address);
    const storable = redact(event, [{ stop: 'capture', reason: 'received' }], policy);
    expect(parseLogLine(storable.line)).toEqual({
      event,
      decisions: [{ stop: 'capture', reason: 'received' }],
    });
    expect(storable.visitorKey).toBe(canaries.analytics_storage);
  });

  it('holds no canary of a class that is not granted, however the click id is written', () => {
    fc.assert(
      fc.property(someTypes, fc.constantFrom(...clickAddresses), (granted, from) => {
        const line = linesOf(granted, from);
        for (const type of classes)
          if (!granted.includes(type)) expect([type, holds(line, canaries[type])]).toEqual([type, false]);
      }),
      { numRuns: 400 },
    );
  });

  it.each(clickAddresses)('keeps the click id where ad_storage is granted: %s', (from) => {
    expect(holds(linesOf(all, from), canaries.ad_storage)).toBe(true);
  });

  it('is still an event, and cutting it down again changes nothing', () => {
    fc.assert(
      fc.property(someTypes, fc.constantFrom(...clickAddresses), (granted, from) => {
        const kept = keepPermitted(canaryEvent(consentOf(granted), from), policy);
        expect(eventSchema.parse(kept)).toEqual(kept);
        expect(keepPermitted(kept, policy)).toEqual(kept);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the address only where the site stores addresses', () => {
    const event = canaryEvent(consentOf(all), address);
    expect(redact(event, [], { ...policy, keepIp: false }).line).not.toContain(`"ip"`);
  });

  it('keeps the token of the page life, by which held events are released', () => {
    expect(parseLogLine(linesOf([], address)).event.page?.loadId).toBe('load-1');
  });

  it('keeps what names nobody', () => {
    const { event } = parseLogLine(linesOf([], address));
    expect(event).toMatchObject({
      id: 'event-1',
      client: { browser: 'Chrome', country: 'DE', isBot: false },
      commerce: { value: 1, currency: 'EUR', items: [{ id: 'sku', name: 'Lamp' }] },
      campaign: { touch: { source: 'google', medium: 'cpc', clickIds: {} } },
      properties: {},
    });
    expect(Object.keys(event)).not.toContain('visitor');
    expect(Object.keys(event)).not.toContain('session');
  });

  it('has no visitor key to shard by without analytics_storage', () => {
    expect(redact(canaryEvent(without('analytics_storage'), address), [], policy).visitorKey).toBeNull();
  });
});

describe('the record of what was removed', () => {
  const removedOf = (event: Event): unknown =>
    parseLogLine(redact(event, [], policy).line).decisions[0]?.facts?.['removed'];

  it('names fields and never values', () => {
    const removed = removedOf(canaryEvent(consentOf([]), address));
    expect(removed).toEqual([
      'visitor',
      'visitor.clientIds',
      'page.url',
      'page.referrer',
      'client.userAgent',
      'client.ip',
      'commerce.transactionId',
      'user',
      'click ids',
      'properties',
    ]);
  });

  it('is left out where nothing was', () => {
    const { visitor: _visitor, user: _user, page: _page, ...event } = canaryEvent(consentOf(all), address);
    const plain: Event = {
      ...event,
      campaign: {},
      consent: without('ad_storage'),
      commerce: {},
      properties: { a: 'b' },
    };
    expect(removedOf(plain)).toBeUndefined();
  });
});

describe('addresses', () => {
  const cleaned = (url: string, denied: readonly ConsentType[]): string | undefined => {
    const event = eventSchema.parse({
      ...canaryEvent(without(...denied), address),
      campaign: {},
      page: { url },
    });
    return keepPermitted(event, policy).page?.url;
  };

  it.each([
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example/p?size=m&gclid=abc&utm_source=x', 'https://shop.example/p?size=m&utm_source=x'],
    ['https://shop.example/p?GCLID=abc', 'https://shop.example/p'],
    ['https://shop.example/p?q=gclid', 'https://shop.example/p?q=gclid'],
    ['https://shop.example/p?q=a%20b+c', 'https://shop.example/p?q=a%20b+c'],
    ['https://shop.example/p?q=a%20b&fbclid=abc', 'https://shop.example/p?q=a+b'],
    ['https://shop.example/p#part-2', 'https://shop.example/p#part-2'],
    ['https://shop.example/p#a=1', 'https://shop.example/p'],
    ['https://u:p@shop.example/p', 'https://shop.example/p'],
    ['app://screen/2?gclid=abc', 'app://screen/2'],
    ['data:text/plain,gclid=abc', undefined],
    ['javascript:alert(1)', undefined],
    ['/relative', undefined],
    ['', undefined],
    ['https://', undefined],
    ['https://shop.example/%zz?gclid=%zz', 'https://shop.example/%zz'],
  ])('without ad_storage %j becomes %j', (url, expected) => {
    expect(cleaned(url, ['ad_storage'])).toBe(expected);
  });

  it.each([
    ['https://shop.example/p?size=m&utm_source=x', 'https://shop.example/p?utm_source=x'],
    ['https://shop.example/p?UTM_SOURCE=x#part', 'https://shop.example/p?UTM_SOURCE=x'],
    ['https://shop.example/p?email=a@b.example', 'https://shop.example/p'],
    ['https://shop.example/p', 'https://shop.example/p'],
    ['/relative?email=x', undefined],
  ])('without analytics_storage %j becomes %j', (url, expected) => {
    expect(cleaned(url, ['analytics_storage'])).toBe(expected);
    expect(cleaned(url, ['analytics_storage', 'ad_storage'])).toBe(expected);
  });

  it.each([
    ['https://search.example/path?q=lamp', 'https://search.example'],
    ['android-app://com.google.android.gm/', 'android-app://com.google.android.gm'],
    ['data:text/plain,x', undefined],
    ['not an address', undefined],
  ])('as referrers %j become %j without analytics_storage', (referrer, expected) => {
    const event = eventSchema.parse({ ...canaryEvent(consentOf([]), address), page: { referrer } });
    expect(keepPermitted(event, policy).page?.referrer).toBe(expected);
  });

  it('never throw, and cleaning them twice is cleaning them once', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc
        .tuple(fc.constantFrom(...clickAddresses), fc.string({ unit: 'binary' }))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom<ConsentType[]>(['ad_storage'], ['analytics_storage']),
        (url, denied) => {
          const once = cleaned(url, denied);
          if (once !== undefined) expect(cleaned(once, denied)).toBe(once);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('click ids outside of addresses', () => {
  const properties = (value: Event['properties'], url = 'https://shop.example/?gclid=Cj0KCQiA-abc') =>
    keepPermitted(
      eventSchema.parse({
        ...canaryEvent(without('ad_storage'), address),
        campaign: {},
        page: { url },
        properties: value,
      }),
      policy,
    ).properties;

  it('are cut out of an address and take any other text with them', () => {
    expect(
      properties({
        landing: 'https://shop.example/p?size=m&gclid=Cj0KCQiA-abc',
        search: '?size=m&gclid=Cj0KCQiA-abc',
        copied: 'Cj0KCQiA-abc',
        lowered: 'cj0kcqia-abc',
        list: ['kept', 'Cj0KCQiA-abc'],
        gclid: 'other',
        kept: 'Cj0KCQ',
      }),
    ).toEqual({ landing: 'https://shop.example/p?size=m', list: ['kept', ''], kept: 'Cj0KCQ' });
  });

  it('that are short go with their parameter only, or they would take half of the event', () => {
    expect(properties({ a: 'x', b: 'exit', c: 'gclid=x' }, 'https://shop.example/?gclid=x')).toEqual({
      a: 'x',
      b: 'exit',
    });
  });

  it.each(['a title: with a colon', 'gclid: what is that?', 'x = y', '100 %', 'about gclid', '{"a":"b"}'])(
    'do not take ordinary text with them: %j',
    (text) => {
      expect(properties({ text })).toEqual({ text });
    },
  );

  it('leave an event alone that has none, as the same object', () => {
    const { visitor: _visitor, ...event } = canaryEvent(without('ad_storage'), address);
    const plain = eventSchema.parse({ ...event, campaign: {}, page: {}, commerce: {}, properties: { a: 1 } });
    expect(keepPermitted(plain, policy).properties).toBe(plain.properties);
  });

  it('under hostile keys are handled without touching prototypes', () => {
    const value: Event['properties'] = JSON.parse(
      '{"__proto__":{"gclid":"x","polluted":"yes"},"constructor":"Cj0KCQiA-abc"}',
    );
    const cleaned = properties(value);
    expect(Object.hasOwn(cleaned, 'polluted')).toBe(false);
    expect(JSON.stringify(cleaned)).not.toContain('gclid');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('are looked for in bounded time', () => {
    const text = `${'='.repeat(50_000)}${'%25'.repeat(20_000)}${'a"'.repeat(20_000)}:`;
    expect(properties({ text, [text]: text })).toBeDefined();
  });
});
