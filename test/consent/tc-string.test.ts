import { TCString } from '@iabtechlabtcf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hasPurpose, readTcString, type TcString } from '../../src/consent/shared/tc-string.ts';
import { faultOf } from '../../src/consent/shared/tc-validity.ts';
import { golden } from './golden.ts';
import { accepted, type TcSpec, writeTcString } from './tc-writer.ts';

const ids = z.array(z.int());
const rows = z
  .array(
    z.object({
      title: z.string(),
      text: z.string(),
      status: z.string(),
      created: z.string(),
      policy: z.int(),
      purposes: ids,
      interests: ids,
      publisher: ids,
      vendors: ids,
      vendorInterests: ids,
      disclosed: ids,
      hasDisclosed: z.boolean(),
      restrictions: z.array(z.object({ purpose: z.int(), type: z.int(), vendors: ids })).default([]),
    }),
  )
  .parse(golden('tc-strings'));

const everyVendor = Array.from({ length: 1_200 }, (_, index) => index + 1);

/** What was read, as people write it. */
function plain(tc: TcString) {
  const purposesOf = (purposes: number) =>
    Array.from({ length: 24 }, (_, index) => index + 1).filter((purpose) => hasPurpose(purposes, purpose));
  const named = (field: 'hasConsent' | 'hasInterest' | 'isDisclosed') =>
    tc.vendors.filter((vendor) => vendor[field]).map(({ id }) => id);
  const restricted = (['forbidden', 'byConsentOnly', 'byInterestOnly'] as const).flatMap((field, type) =>
    tc.vendors.flatMap((vendor) =>
      purposesOf(vendor[field]).map((purpose) => ({ purpose, type, vendor: vendor.id })),
    ),
  );
  return {
    created: new Date(tc.createdAtMs).toISOString().slice(0, 10),
    policy: tc.policyVersion,
    purposes: purposesOf(tc.purposeConsents),
    interests: purposesOf(tc.purposeInterests),
    publisher: purposesOf(tc.publisherConsents),
    vendors: named('hasConsent'),
    vendorInterests: named('hasInterest'),
    disclosed: named('isDisclosed'),
    hasDisclosed: tc.hasDisclosedVendors,
    restricted,
  };
}

describe('a TC string', () => {
  it.each(rows)('is read: $title', ({ title: _title, text, status: _status, restrictions, ...expected }) => {
    const tc = readTcString(text, everyVendor);
    const restricted = restrictions.flatMap(({ purpose, type, vendors }) =>
      vendors.map((vendor) => ({ purpose, type, vendor })),
    );
    expect(tc && plain(tc)).toEqual({ ...expected, restricted });
  });

  it.each(rows)('is as valid as the rules say: $title', ({ text, status }) => {
    const tc = readTcString(text, []);
    const faults: Readonly<Record<string, string | undefined>> = {
      compliant_2_3: undefined,
      grandfathered_2_2: undefined,
      invalid_missing_disclosed_vendors: 'undisclosed',
      invalid_policy_version: 'policy',
      invalid_not_service_specific: 'shared',
    };
    expect(Object.keys(faults)).toContain(status);
    expect(tc && faultOf(tc)).toBe(faults[status]);
  });

  it.each([
    ['2018-05-24', 4, 'early'],
    ['2018-05-25', 2, undefined],
    ['2023-09-30', 2, undefined],
    ['2023-10-01', 2, 'policy'],
    ['2026-02-28', 4, undefined],
    ['2026-03-01', 4, 'undisclosed'],
    ['2026-03-01', 5, 'undisclosed'],
  ])('created on %s under policy %d, without disclosed vendors: %s', (created, policy, fault) => {
    const tc = readTcString(writeTcString({ ...accepted, created, policy, disclosed: undefined }), []);
    expect(tc && faultOf(tc)).toBe(fault);
  });
});

const damaged = z
  .array(z.object({ title: z.string(), text: z.string() }))
  .parse(golden('tc-strings-damaged'));

describe('what is no TC string', () => {
  it.each(damaged)('is refused: $title', ({ text }) => {
    const tc = readTcString(text, [755]);
    // A segment of a kind that is still to come is passed over; this string then lacks disclosed vendors.
    if (text.endsWith('.4AAA')) expect(tc && faultOf(tc)).toBe('undisclosed');
    else expect(tc).toBeNull();
  });

  const whole = writeTcString(accepted);
  const [core = '', disclosed = '', publisher = ''] = whole.split('.');
  it.each([
    ['two lists of disclosed vendors', `${core}.${disclosed}.${disclosed}`],
    ['two publisher segments', `${core}.${publisher}.${publisher}`],
    ['more segments than there are kinds', `${whole}.QAAA.QAAA.QAAA`],
    ['a dot in front', `.${whole}`],
    ['a disclosed segment cut short', `${core}.${disclosed.slice(0, 4)}`],
    ['a publisher segment cut short', `${core}.${publisher.slice(0, 4)}`],
    ['far more characters than any honest string has', `${core}${'A'.repeat(9_000)}`],
    ['letters beyond ASCII', `${core}.ÄÖÜ`],
  ])('is refused: %s', (_title, text) => {
    expect(readTcString(text, [755])).toBeNull();
  });

  it('holds ranges that end before they begin, or beyond the highest vendor', () => {
    // Vendor sets by hand: highest 10, one range.
    const broken = (first: number, last: number) =>
      writeTcString({ ...accepted, vendors: [], vendorInterests: [], disclosed: undefined }).slice(0, 35) +
      bits64(`${'0'.repeat(3)}`, first, last);
    expect(readTcString(broken(9, 3), [5])).toBeNull();
    expect(readTcString(broken(3, 11), [5])).toBeNull();
    expect(readTcString(broken(0, 3), [5])).toBeNull();
    expect(readTcString(broken(3, 9), [5])?.vendors[0]?.hasConsent).toBe(true);
  });
});

/** The rest of a core whose first 213 bits are given: 210 of them in 35 characters, three here. */
function bits64(firstBits: string, first: number, last: number): string {
  const wide = (value: number, width: number) => value.toString(2).padStart(width, '0');
  const vendors = `${wide(10, 16)}1${wide(1, 12)}1${wide(first, 16)}${wide(last, 16)}`;
  const none = `${wide(0, 16)}0`;
  const text = `${firstBits}${vendors}${none}${wide(0, 12)}`;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const sixes = text.padEnd(Math.ceil(text.length / 6) * 6, '0').match(/.{6}/g) ?? [];
  return sixes.map((six) => alphabet.charAt(Number.parseInt(six, 2))).join('');
}

const purposeSet = fc
  .uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 11 })
  .map((set) => set.sort());
const vendorSet = fc.uniqueArray(fc.integer({ min: 1, max: 1_200 }), { maxLength: 40 });
const spec: fc.Arbitrary<TcSpec> = fc.record({
  created: fc.constantFrom('2020-01-01', '2024-05-05', '2026-02-28', '2026-11-02'),
  policy: fc.constantFrom(2, 4, 5),
  isServiceSpecific: fc.boolean(),
  purposes: purposeSet,
  interests: purposeSet,
  vendors: vendorSet,
  vendorInterests: vendorSet,
  restrictions: fc.uniqueArray(
    fc.record({
      purpose: fc.integer({ min: 1, max: 11 }),
      type: fc.integer({ min: 0, max: 2 }),
      vendors: fc.uniqueArray(fc.integer({ min: 1, max: 1_200 }), { minLength: 1, maxLength: 8 }),
    }),
    { maxLength: 4, selector: ({ purpose, type }) => purpose * 4 + type },
  ),
  disclosed: fc.option(vendorSet, { nil: undefined }),
  publisher: fc.option(purposeSet, { nil: undefined }),
  form: fc.constantFrom('bits' as const, 'ranges' as const),
  order: fc.constantFrom('disclosed-first' as const, 'publisher-first' as const),
});

/** What the maintained library reads of it; null: it throws. */
function oracle(text: string): ReturnType<typeof plain> | null {
  try {
    const model = TCString.decode(text);
    const list = (vector: Iterable<[number, boolean]>) =>
      [...vector].filter(([id, isSet]) => isSet && id <= everyVendor.length).map(([id]) => id);
    const restrictions = model.publisherRestrictions.getRestrictions().flatMap((restriction) =>
      model.publisherRestrictions
        .getVendors(restriction)
        .filter((vendor) => vendor <= everyVendor.length)
        .map((vendor) => ({
          purpose: restriction.purposeId ?? 0,
          type: Number(restriction.restrictionType),
          vendor,
        })),
    );
    return {
      created: model.created.toISOString().slice(0, 10),
      policy: Number(model.policyVersion),
      purposes: list(model.purposeConsents),
      interests: list(model.purposeLegitimateInterests).filter(
        (purpose) => ![1, 3, 4, 5, 6].includes(purpose),
      ),
      publisher: list(model.publisherConsents),
      vendors: list(model.vendorConsents),
      vendorInterests: list(model.vendorLegitimateInterests),
      disclosed: list(model.vendorsDisclosed),
      hasDisclosed: text.split('.').some((segment, index) => index > 0 && /^[I-P]/.test(segment)),
      restricted: restrictions.sort(
        (a, b) => a.type - b.type || a.vendor - b.vendor || a.purpose - b.purpose,
      ),
    };
  } catch {
    return null;
  }
}

describe('beside the maintained library', () => {
  it('reads every string that is written by the specification alike', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const text = writeTcString(one);
        const tc = readTcString(text, everyVendor);
        expect(tc && plain(tc)).toEqual(oracle(text));
      }),
      { numRuns: 300 },
    );
  });

  it('reads a string with a character changed alike, or refuses it', () => {
    const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.');
    fc.assert(
      fc.property(spec, fc.nat(), letter, (one, at, changed) => {
        const text = writeTcString(one);
        const index = at % text.length;
        const mutated = text.slice(0, index) + changed + text.slice(index + 1);
        const tc = readTcString(mutated, everyVendor);
        if (tc === null) return;
        const known = oracle(mutated);
        fc.pre(
          known !== null && mutated.split('.').every((each, nth) => nth === 0 || /^[I-PY-f]/.test(each)),
        );
        expect(plain(tc)).toEqual(known);
      }),
      { numRuns: 500 },
    );
  });
});
