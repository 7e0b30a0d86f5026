import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { firstReading, maxRecordLength, maxStoredLength } from '../../src/consent/shared/cookie-text.ts';
import { consentSources } from '../../src/consent/sources/index.ts';
import type { ConsentSource } from '../../src/contract/consent-source.ts';
import { type ConsentType, consentTypes, type Statement } from '../../src/model/consent.ts';

const texts = z.record(z.string(), z.string());
const rows = z
  .array(z.object({ source: z.string(), cookies: texts, signals: texts.default({}) }))
  .parse(JSON.parse(readFileSync(new URL('../golden/consent/cmp.json', import.meta.url), 'utf8')));

/** Every service that the vectors and examples name, so that whatever is granted shows as a grant. */
const services = [
  'googleAnalytics',
  'metaPixel',
  'gtag',
  'facebookpixel',
  'google_analytics',
  'cookies',
  '1',
  '2',
  'svcGA4',
  'analytics',
  'ads',
];
// The strings of the frameworks have tests of their own.
const frameworks = new Set(['tcf', 'gpp', 'us-privacy', 'additional-consent']);
const mapped = new Map(
  consentSources
    .filter(({ kind, name }) => kind === 'cmp' && !frameworks.has(name))
    .map((source): [string, ConsentSource] => {
      const isEmpty = Object.keys(source.settings?.categories ?? {}).length === 0;
      const categories = Object.fromEntries(services.map((service) => [service, consentTypes]));
      return [source.name, isEmpty ? (source.configure?.({ categories }) ?? source) : source];
    }),
);

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Vector {
  readonly source: ConsentSource;
  readonly cookies: Readonly<Record<string, string>>;
  readonly signals: Readonly<Record<string, string>>;
}

const vectors: Vector[] = [
  ...rows.flatMap(({ source: name, cookies, signals }) => {
    const source = mapped.get(name);
    return source === undefined ? [] : [{ source, cookies, signals }];
  }),
  ...[...mapped.values()].flatMap((source) =>
    source.examples.map(({ cookies = {}, signals = {} }) => ({ source, cookies, signals })),
  ),
];

function read({ source, cookies, signals }: Vector): Statement | null {
  return source.read({ cookies, headers: {}, query: '' }, { signals });
}

function grantsOf(statement: Statement | null): ConsentType[] {
  return consentTypes.filter((type) => statement?.types[type]?.state === 'granted');
}

/** The vector with each of its texts changed. */
function changed(vector: Vector, change: (text: string) => string): Vector {
  const all = (record: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(record).map(([key, text]) => [key, change(text)]));
  return { ...vector, cookies: all(vector.cookies), signals: all(vector.signals) };
}

const character = fc.constantFrom(...'%2C:!{}[]",=&_|+1 0true\0é'.split(''), '\uD800', '%', '%E0%A4');
const mutation: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc.nat().map((at) => (text: string) => text.slice(at % (text.length + 1))),
  fc.tuple(fc.nat(), character).map(([at, put]) => (text: string) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + 1);
  }),
  fc.tuple(fc.nat(), character).map(([at, put]) => (text: string) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place);
  }),
  fc.constant((text: string) => text + text),
  fc.constant((text: string) => text.toUpperCase()),
  fc.constant((text: string) => text.replaceAll('true', '"true"')),
);

describe('records of consent managers from hostile browsers', () => {
  it('are vectors of every source', () => {
    expect(new Set(vectors.map(({ source }) => source.name))).toEqual(new Set(mapped.keys()));
    expect(mapped.size).toBe(26);
    expect(vectors.filter((vector) => grantsOf(read(vector)).length > 0).length).toBeGreaterThan(50);
  });

  it('never throw, and grant nothing where they cannot be read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (vector, mutations) => {
          const statement = read(
            changed(vector, (text) => mutations.reduce((last, mutate) => mutate(last), text)),
          );
          if (statement === null) return;
          expect(statement.source).toBe(vector.source.name);
          if (statement.problem !== undefined) expect(grantsOf(statement)).toEqual([]);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('never tell their value in a problem', () => {
    const secret = 'visitor-4711';
    fc.assert(
      fc.property(fc.constantFrom(...vectors), fc.nat(), (vector, at) => {
        const planted = changed(vector, (text) => {
          const place = at % (text.length + 1);
          return text.slice(0, place) + secret + text.slice(place);
        });
        expect(JSON.stringify(read(planted))).not.toContain(secret);
      }),
    );
  });

  it('never grant more for being percent-encoded once or twice more', () => {
    for (const vector of vectors) {
      const granted = grantsOf(read(vector));
      for (const times of [1, 2]) {
        const encode = (text: string): string =>
          times === 1 ? encodeURIComponent(text) : encodeURIComponent(encodeURIComponent(text));
        expect(granted).toEqual(expect.arrayContaining(grantsOf(read(changed(vector, encode)))));
      }
    }
  });

  it('are read the same whether the edge decoded them or not', () => {
    for (const vector of vectors) {
      const statement = read(changed(vector, (text) => decodedOnce(text)));
      expect(statement?.types).toEqual(read(vector)?.types);
    }
  });

  it('take anything at all for a cookie', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('__proto__', '{', '%'),
    );
    const sources = [...mapped.values()];
    fc.assert(
      fc.property(fc.constantFrom(...sources), anything, (source, value) => {
        const names = [...source.cookies, ...(source.cookiePrefixes ?? []).map((prefix) => `${prefix}1`)];
        const cookies = Object.fromEntries(names.map((name) => [name, value]));
        const statement = source.read({ cookies, headers: {}, query: '' }, { signals: {} });
        expect(grantsOf(statement)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('are a problem, not a grant, where they are longer than any record', () => {
    for (const vector of vectors) {
      // Blanks after JSON are JSON too, so that nothing but the length voids the record.
      const long = changed(vector, (text) => text.padEnd(maxStoredLength + 1));
      expect(grantsOf(read(long))).toEqual([]);
    }
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('are not polluted by a category %s', (name) => {
    for (const source of mapped.values()) {
      for (const cookie of [
        `{"${name}":true}`,
        `!${name}=true`,
        `groups=${name}:1`,
        `{"categories":["${name}"]}`,
      ]) {
        const names = [...source.cookies, ...(source.cookiePrefixes ?? []).map((prefix) => `${prefix}1`)];
        const cookies = Object.fromEntries(names.map((each) => [each, cookie]));
        expect(grantsOf(source.read({ cookies, headers: {}, query: '' }, {}))).toEqual([]);
      }
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('granted');
  });
});

describe('the readings of a cookie', () => {
  it('end with the first that fits', () => {
    expect(firstReading('a%252Cb', (text) => (text.includes('%2C') ? text : null))).toBe('a%2Cb');
  });

  it.each([
    ['plain', ['plain']],
    ['a%2Cb', ['a%2Cb', 'a,b']],
    ['a%252Cb', ['a%252Cb', 'a%2Cb', 'a,b']],
    ['a%25252Cb', ['a%25252Cb', 'a%252Cb', 'a%2Cb']],
    ['%E0%A4', ['%E0%A4']],
    ['%25E0%25A4', ['%25E0%25A4', '%E0%A4']],
    ['x'.repeat(maxRecordLength + 1), []],
  ])('of %j are at most three', (value, expected) => {
    const tried: string[] = [];
    const found = firstReading(value, (text) => {
      tried.push(text);
      return null;
    });
    expect(tried).toEqual(expected);
    expect(found).toBeNull();
  });
});
