import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ContactField, hash, normalise, type Platform } from '../../src/contract/hash.ts';

const fields = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'street',
  'city',
  'region',
  'postalCode',
  'country',
  'gender',
  'birthDate',
  'externalId',
] as const satisfies readonly ContactField[];
const platforms = ['google', 'meta', 'snapchat', 'reddit', 'x'] as const satisfies readonly Platform[];

const vectorSchema = z.array(
  z.strictObject({
    field: z.enum(fields),
    input: z.string(),
    action: z.enum(['hash', 'plain', 'omit_field', 'pass_through_prehashed']),
    normalised: z.string().nullable(),
    sha256: z.string().nullable().exactOptional(),
  }),
);
const phoneSchema = z.array(
  z.strictObject({
    input: z.string(),
    country: z.string(),
    e164: z.string().nullable(),
    google: z.string().nullable(),
    meta: z.string().nullable(),
  }),
);
const junkSchema = z.array(z.strictObject({ value: z.string(), sha256: z.string() }));

function golden<S extends z.ZodType>(name: string, schema: S): z.output<S> {
  const url = new URL(`../golden/hash/${name}.json`, import.meta.url);
  return schema.parse(JSON.parse(readFileSync(url, 'utf8')));
}

/**
 * Where we leave the vendors' own code on purpose: it only strips what is not a digit, and so hashes the international
 * prefix and the extension as if they were part of the number. Those hashes match nobody.
 */
const ours = new Map([
  ['google phone 0044 20 7946 0018', '+442079460018'],
  ['google phone +1 800 555 0100 ext. 22', '+18005550100'],
  ['meta phone +1 800 555 0100 ext. 22', '18005550100'],
  ['snapchat phone +1 800 555 0100 ext. 22', '18005550100'],
  ['reddit phone 0044 20 7946 0018', '+442079460018'],
  ['x phone 0044 20 7946 0018', '+442079460018'],
  ['x phone +1 800 555 0100 ext. 22', '+18005550100'],
]);

for (const platform of platforms) {
  describe(`the vendor's own vectors for ${platform}`, () => {
    const vectors = golden(platform, vectorSchema);
    it.each(vectors)('$field of "$input": $action', ({ field, input, action, normalised, sha256 }) => {
      const exception = ours.get(`${platform} ${field} ${input}`);
      if (exception !== undefined) {
        expect(normalise(platform, field, input)).toBe(exception);
        expect(exception).not.toBe(normalised);
        return;
      }
      const isPassedThrough = action === 'pass_through_prehashed';
      expect(normalise(platform, field, input) ?? null).toBe(isPassedThrough ? null : normalised);
      if (action !== 'plain') expect(hash(platform, field, input) ?? null).toBe(sha256 ?? null);
    });
  });
}

describe('phones', () => {
  const vectors = golden('e164', phoneSchema);

  it.each(vectors)('reads "$input" of $country as $e164', ({ input, country, e164, google, meta }) => {
    expect(normalise('google', 'phone', input, country) ?? null).toBe(e164);
    expect(hash('google', 'phone', input, country) ?? null).toBe(google);
    expect(hash('meta', 'phone', input, country) ?? null).toBe(meta);
  });

  it.each([
    ['a country code without its plus', '442079460018', 'US', '+442079460018'],
    ['an international number whatever the country', '+44 20 7946 0018', 'US', '+442079460018'],
    ['a country that does not exist', '+44 20 7946 0018', 'ZZ', '+442079460018'],
    ['a country in lower case', '020 7946 0018', 'gb', '+442079460018'],
    ['no country for a national number', '020 7946 0018', undefined, undefined],
    ['a US number of no country, which would read as Singapore', '(658) 812-3456', undefined, undefined],
    ['a number in a sentence', 'call +44 20 7946 0018 now', 'GB', undefined],
    ['more digits than any number has', '9'.repeat(200), 'US', undefined],
  ])('%s', (_title, input, country, expected) => {
    expect(normalise('google', 'phone', input, country)).toBe(expected);
  });
});

describe('fields without a vendor vector', () => {
  it.each([
    ['google', 'street', ' 1600 Amphitheatre Pkwy., #2 ', '1600 amphitheatre pkwy 2'],
    ['google', 'city', 'St. Louis', 'st louis'],
    ['google', 'region', 'US-CA', 'ca'],
    ['google', 'country', 'United Kingdom', 'GB'],
    ['google', 'country', 'uk', 'GB'],
    ['google', 'gender', 'f', undefined],
    ['google', 'externalId', 'u-1', undefined],
    ['google', 'email', '+promo@gmail.com', undefined],
    ['google', 'email', 'jane@localhost', undefined],
    ['google', 'email', 'jane doe@example.com', undefined],
    ['google', 'email', 'jane@doe@example.com', undefined],
    ['meta', 'street', 'Main Street 1', undefined],
    ['meta', 'region', 'US-CA', 'ca'],
    ['meta', 'region', 'Québec', 'qu'],
    ['meta', 'city', '2nd City', undefined],
    ['meta', 'country', 'Atlantis', undefined],
    ['meta', 'country', 'Myanmar (Burma)', 'mm'],
    ['meta', 'birthDate', '12/31/1985', '19851231'],
    ['meta', 'birthDate', '31/12/1985', '19851231'],
    ['meta', 'birthDate', '1985-02-30', undefined],
    ['meta', 'birthDate', 'yesterday', undefined],
    ['meta', 'postalCode', '1', undefined],
    ['snapchat', 'street', 'Main Street 1', undefined],
    ['snapchat', 'region', 'US-CA', 'ca'],
    ['snapchat', 'region', 'New Jersey', 'nj'],
    ['reddit', 'email', '+promo@example.com', undefined],
    ['reddit', 'firstName', 'Jane', undefined],
    ['x', 'externalId', 'u-1', undefined],
  ] as const)('%s %s of "%s" is %s', (platform, field, input, expected) => {
    expect(normalise(platform, field, input)).toBe(expected);
  });
});

describe('junk', () => {
  it.each(golden('junk', junkSchema))('"$value" and its hash are never sent', ({ value, sha256 }) => {
    for (const platform of platforms) {
      for (const field of fields) {
        expect(hash(platform, field, value)).toBeUndefined();
        expect(hash(platform, field, sha256)).toBeUndefined();
      }
    }
  });

  it('is an MD5, except as an id of the site', () => {
    const md5 = 'b58996c504c5638798eb6b511e6f49af';
    expect(hash('meta', 'firstName', md5)).toBeUndefined();
    expect(normalise('meta', 'externalId', md5)).toBe(md5);
  });

  it('is anything longer than an e-mail address can be', () => {
    expect(hash('meta', 'firstName', 'x'.repeat(321))).toBeUndefined();
  });
});

describe('what is hashed already', () => {
  const sha256 = 'b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514';

  it('loses the suffix that Meta’s parameter builder appends', () => {
    expect(hash('google', 'email', `${sha256}.AQQCAQIB`)).toBe(sha256);
  });

  it('is never hashed again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...platforms),
        fc.constantFrom(...fields),
        fc.string({ unit: 'grapheme' }),
        (platform, field, text) => {
          const once = hash(platform, field, text);
          if (once !== undefined) expect(hash(platform, field, once.toUpperCase())).toBe(once);
        },
      ),
    );
  });
});

describe('on any input', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.emailAddress(), fc.webUrl());

  it('gives lower-case hex or nothing, and never the hash of nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...platforms),
        fc.constantFrom(...fields),
        text,
        fc.option(fc.string(), { nil: undefined }),
        (platform, field, value, country) => {
          const result = hash(platform, field, value, country);
          if (result !== undefined) expect(result).toMatch(/^[0-9a-f]{64}$/);
          expect(result).not.toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
        },
      ),
    );
  });

  it('gives the same for the composed and the decomposed form of a letter', () => {
    expect(hash('meta', 'firstName', 'Jose\u0301')).toBe(hash('meta', 'firstName', 'Jos\u00e9'));
  });
});
