import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hash, normalise } from '../../src/contract/hash.ts';

const vectorSchema = z.array(
  z.strictObject({
    field: z.enum([
      'email',
      'phone',
      'firstName',
      'lastName',
      'city',
      'region',
      'postalCode',
      'country',
      'gender',
      'birthDate',
      'externalId',
    ]),
    input: z.string(),
    action: z.enum(['hash', 'plain', 'omit_field', 'pass_through_prehashed']),
    normalised: z.string().nullable(),
    sha256: z.string().nullable().exactOptional(),
  }),
);

/**
 * Where we leave what other products' code makes of a value, on purpose: it hashes international prefixes, extensions
 * and junk as if they were numbers, and cuts names down to what matches nobody or somebody else.
 */
const ours = new Map<string, string | null>([
  ['tiktok phone 0044 20 7946 0018', '+442079460018'],
  ['tiktok phone +1 800 555 0100 ext. 22', '+18005550100'],
  ['tiktok country United States', 'us'],
  ['microsoft phone 18005550100', '+18005550100'],
  ['microsoft phone 0044 20 7946 0018', '+442079460018'],
  ['microsoft phone +1 800 555 0100 ext. 22', '+18005550100'],
  ['microsoft phone n/a', null],
  ['pinterest phone +1 800 555 0100 ext. 22', '18005550100'],
  // Pinterest's description wants no punctuation in a city, two letters for a state and nothing but digits as a code.
  ['pinterest city St. Louis', 'stlouis'],
  ['pinterest region n.y.', 'ny'],
  ['pinterest region Bavaria', null],
  ['pinterest postalCode SW1A 1AA', null],
  ['pinterest postalCode K1A 0B1', null],
]);

describe.each(['tiktok', 'microsoft', 'linkedin', 'pinterest'] as const)(
  'contact data for %s',
  (platform) => {
    const url = new URL(`../golden/hash/${platform}.json`, import.meta.url);
    const vectors = vectorSchema.parse(JSON.parse(readFileSync(url, 'utf8')));

    it.each(vectors)('$field "$input": $action', ({ field, input, action, normalised, sha256 }) => {
      const exception = ours.get(`${platform} ${field} ${input}`);
      if (exception !== undefined) {
        expect(normalise(platform, field, input) ?? null).toBe(exception);
        expect(exception).not.toBe(normalised);
        return;
      }
      const isPassedThrough = action === 'pass_through_prehashed';
      expect(normalise(platform, field, input) ?? null).toBe(isPassedThrough ? null : normalised);
      if (action !== 'plain') expect(hash(platform, field, input) ?? null).toBe(sha256 ?? null);
    });

    it('never hashes what says nothing, and never hashes twice', () => {
      expect(hash(platform, 'email', ' ')).toBeUndefined();
      expect(hash(platform, 'email', 'N/A')).toBeUndefined();
      expect(
        hash(platform, 'email', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
      ).toBeUndefined();
    });
  },
);

describe('an alias', () => {
  it.each([
    ['microsoft', 'first.last+tag@example.co.uk', 'firstlast@example.co.uk'],
    ['google', 'first.last+tag@example.co.uk', 'first.last+tag@example.co.uk'],
    ['google', 'jane@notgmail.com', 'jane@notgmail.com'],
    ['google', 'j.d+x@gmail.com', 'jd@gmail.com'],
    ['microsoft', '...+x@example.com', undefined],
  ] as const)('for %s: "%s" becomes "%s"', (platform, input, expected) => {
    expect(normalise(platform, 'email', input)).toBe(expected);
  });
});
