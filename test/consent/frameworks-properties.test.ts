import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema, type Place } from '../../src/consent/policy.ts';
import { readStatements, resolveConsent } from '../../src/consent/resolve.ts';
import { forVendor } from '../../src/contract/vendor.ts';
import { type Consent, type ConsentType, consentTypes, isGranted } from '../../src/model/consent.ts';
import { type TcSpec, writeTcString } from './tc-writer.ts';

const vendors = [{ tcf: 755 }, { tcf: 91, google: 89 }, { google: 35 }] as const;
const policy = compileConsentPolicy(consentConfigSchema.parse({ dnt: 'opt_out' }), vendors);
const nowMs = Date.parse('2026-11-23T12:00:00Z');
const places: readonly Place[] = [
  {},
  { country: 'DE' },
  { country: 'US', region: 'US-CA' },
  { country: 'BR' },
];
const place = fc.constantFrom(...places);

type Signals = Readonly<Record<string, string>>;

function resolve(signals: Signals, where: Place): Consent {
  const hit = { headers: {}, cookies: {}, query: '', receivedAtMs: nowMs };
  return resolveConsent(readStatements(policy.sources, hit, { signals }), where, policy);
}

/** What the site itself and each kind of destination may act by; the last has no number in any list. */
function grantsOf(consent: Consent): readonly string[] {
  const granted = (name: string, each: Consent) =>
    consentTypes.filter((type) => isGranted(each, type)).map((type: ConsentType) => `${name} ${type}`);
  return [
    ...granted('site', consent),
    ...vendors.flatMap((vendor, index) => granted(`vendor ${index}`, forVendor(consent, vendor))),
    ...granted('unnamed', forVendor(consent, undefined)),
  ];
}

function expectNoLooser(stricter: Consent, looser: Consent): void {
  expect(grantsOf(looser)).toEqual(expect.arrayContaining([...grantsOf(stricter)]));
}

const purposes = fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
const vendorIds = fc.subarray([10, 91, 754, 755, 756, 804]);
const spec: fc.Arbitrary<TcSpec> = fc.record({
  created: fc.constantFrom('2024-05-05', '2026-02-28', '2026-11-02'),
  policy: fc.constantFrom(4, 5),
  isServiceSpecific: fc.constant(true),
  purposes,
  interests: purposes,
  vendors: vendorIds,
  vendorInterests: vendorIds,
  restrictions: fc.array(
    fc.record({
      purpose: fc.constantFrom(1, 3, 4, 7),
      type: fc.constantFrom(0, 1, 2),
      vendors: fc.subarray([91, 755], { minLength: 1 }),
    }),
    { maxLength: 3 },
  ),
  disclosed: fc.option(vendorIds, { nil: undefined }),
  publisher: fc.option(purposes, { nil: undefined }),
  form: fc.constantFrom('bits', 'ranges'),
  order: fc.constantFrom('disclosed-first', 'publisher-first'),
});
const cmp = fc.constantFrom<Signals>(
  {},
  { gcd: '13r3r3r3r5l1' },
  { consent: '{"analytics_storage":"granted"}' },
);

const usStrings = [
  'DBABLA~CVQqAAAAAACA.QA',
  'DBABrw~CVQqAAAAAACA~BUUAAACA',
  'DBABEw~BVoAAAgA.QA',
  'DBABCYA~BhWg.AAA',
  'DBABBg~BUoAABCA',
];

const without = (numbers: readonly number[], one: number) => numbers.filter((each) => each !== one);
const tightenings: readonly ((one: TcSpec, number: number) => TcSpec)[] = [
  (one, number) => ({ ...one, purposes: without(one.purposes, (number % 11) + 1) }),
  (one, number) => ({ ...one, interests: without(one.interests, (number % 11) + 1) }),
  (one) => ({ ...one, vendors: without(one.vendors, 755) }),
  (one) => ({ ...one, vendorInterests: without(one.vendorInterests, 755) }),
  (one) => ({ ...one, ...(one.disclosed && { disclosed: without(one.disclosed, 755) }) }),
  (one) => ({ ...one, isServiceSpecific: false }),
  (one, number) => ({
    ...one,
    restrictions: [...one.restrictions, { purpose: (number % 11) + 1, type: 0, vendors: [755] }],
  }),
];

describe('consent by a TC string, whatever else is said', () => {
  it('never grants more when the string says less', () => {
    fc.assert(
      fc.property(
        spec,
        fc.constantFrom(...tightenings),
        fc.nat(100),
        cmp,
        place,
        (one, tighten, number, others, where) => {
          const before = resolve({ ...others, gdpr_consent: writeTcString(one) }, where);
          const after = resolve({ ...others, gdpr_consent: writeTcString(tighten(one, number)) }, where);
          expectNoLooser(after, before);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never depends on how vendors are written or segments ordered', () => {
    fc.assert(
      fc.property(spec, place, (one, where) => {
        const [plain, other] = [
          writeTcString({ ...one, form: 'bits', order: 'disclosed-first' }),
          writeTcString({ ...one, form: 'ranges', order: 'publisher-first' }),
        ].map((gdpr_consent) => resolve({ gdpr_consent }, where));
        expect(other).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  it('grants in an opt-in region to no destination that the string does not name', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const consent = resolve({ gdpr_consent: writeTcString(one) }, { country: 'DE' });
        expect(consentTypes.filter((type) => isGranted(forVendor(consent, undefined), type))).toEqual([
          'security_storage',
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same inside GPP as outside', () => {
    fc.assert(
      fc.property(spec, place, (one, where) => {
        const text = writeTcString(one);
        expect(grantsOf(resolve({ gpp: `DBABMA~${text}` }, where))).toEqual(
          grantsOf(resolve({ gdpr_consent: text }, where)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('consent by several strings', () => {
  it('does not depend on the order of what is stated, or on its repetition', () => {
    const given = fc.record({ one: spec, other: spec, cmp, gpp: fc.constantFrom('', ...usStrings) });
    fc.assert(
      fc.property(
        given,
        fc.infiniteStream(fc.nat(20)),
        place,
        ({ one, other, cmp: more, gpp }, order, where) => {
          const hit = {
            headers: {},
            cookies: { 'euconsent-v2': writeTcString(other), addtl_consent: '2~35~dv.89' },
            query: '',
            receivedAtMs: nowMs,
          };
          const signals = {
            ...more,
            gpp: gpp || `DBABMA~${writeTcString(one)}`,
            gdpr_consent: writeTcString(one),
          };
          const stated = readStatements(policy.sources, hit, { signals });
          const mixed = [...stated, ...stated]
            .map((statement) => ({ statement, place: order.next().value ?? 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ statement }) => statement);
          expect(resolveConsent(mixed, where, policy)).toEqual(resolveConsent(stated, where, policy));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never grants a vendor what another string refuses it', () => {
    fc.assert(
      fc.property(spec, spec, place, (one, other, where) => {
        const [a, b] = [writeTcString(one), writeTcString(other)];
        const both = resolve({ gdpr_consent: a, gpp: `DBABMA~${b}` }, where);
        for (const vendor of vendors) {
          const granted = (consent: Consent) =>
            consentTypes.filter((type) => isGranted(forVendor(consent, vendor), type));
          const alone = [resolve({ gdpr_consent: a }, where), resolve({ gpp: `DBABMA~${b}` }, where)];
          const refused = alone.flatMap((consent) =>
            consentTypes.filter(
              (type) =>
                forVendor(consent, vendor).types[type].basis === 'signal' &&
                !isGranted(forVendor(consent, vendor), type),
            ),
          );
          expect(granted(both).filter((type) => refused.includes(type))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('consent by a US string', () => {
  it('never grants in an opt-in region', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...usStrings),
        fc.constantFrom('1YNN', '1YYN', '1---'),
        cmp,
        (gpp, usp, others) => {
          expectNoLooser(
            resolve({ ...others, gpp, us_privacy: usp }, { country: 'DE' }),
            resolve(others, { country: 'DE' }),
          );
        },
      ),
    );
  });
});

describe('a damaged consent string', () => {
  const whole = fc.oneof(
    spec.map((one) => ({ name: 'gdpr_consent', text: writeTcString(one) })),
    spec.map((one) => ({ name: 'gpp', text: `DBABMA~${writeTcString(one)}` })),
    fc.constantFrom(...usStrings).map((text) => ({ name: 'gpp', text })),
    fc.constantFrom('2~35.89~dv.9', '1~89').map((text) => ({ name: 'addtl_consent', text })),
    fc.constantFrom('1YNN', '1YYN').map((text) => ({ name: 'us_privacy', text })),
  );
  const letter = fc.oneof(
    fc.constantFrom('A', '_', '.', '~', 'z', '-', '1'),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  const damage = fc.oneof(
    fc.nat().map((at) => (text: string) => text.slice(0, at % text.length)),
    fc.tuple(fc.nat(), letter).map(([at, changed]) => (text: string) => {
      const index = at % text.length;
      return text.slice(0, index) + changed + text.slice(index + 1);
    }),
    fc.tuple(fc.nat(), letter).map(([at, added]) => (text: string) => {
      const index = at % text.length;
      return text.slice(0, index) + added + text.slice(index);
    }),
  );

  it('that is reported as such grants no more than none', () => {
    fc.assert(
      fc.property(whole, damage, cmp, place, ({ name, text }, harm, others, where) => {
        const damaged = resolve({ ...others, [name]: harm(text) }, where);
        fc.pre(damaged.problems.some((problem) => problem.includes('string')));
        expectNoLooser(damaged, resolve(others, where));
      }),
      { numRuns: 3_000 },
    );
  });

  it('cut short grants no more than it did whole, where it is a TC string', () => {
    fc.assert(
      fc.property(spec, fc.nat(), (one, at) => {
        // Where a string could be without disclosed vendors, one that is cut before them is whole again.
        const text = writeTcString({ ...one, created: '2026-11-02' });
        const germany = { country: 'DE' };
        const cut = resolve({ gdpr_consent: text.slice(0, at % text.length) }, germany);
        expectNoLooser(cut, resolve({ gdpr_consent: text }, germany));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of any bytes and length leaves no reader by an exception, and no prototype changed', () => {
    const names = ['gdpr_consent', 'gdpr', 'gpp', 'gpp_sid', 'addtl_consent', 'us_privacy'];
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.stringMatching(/^[A-Za-z0-9_.~-]{0,300}$/),
      fc.stringMatching(/^D[A-Za-z0-9_-]{0,40}(~[A-Za-z0-9_.-]{1,40}){0,4}$/),
      fc
        .tuple(fc.constantFrom('C', 'D', '1~1.', '__'), fc.integer({ min: 1, max: 65_536 }))
        .map(([text, length]) => text.repeat(Math.ceil(length / text.length)).slice(0, length)),
      fc.constantFrom('__proto__', 'constructor', '2~__proto__~dv.'),
    );
    const signals = fc.dictionary(fc.constantFrom(...names), hostile);
    fc.assert(
      fc.property(signals, place, (given, where) => {
        const consent = resolve(given, where);
        expect(consent.types.security_storage.granted).toBe(true);
        expect(consent.problems.filter((problem) => problem.includes('bug'))).toEqual([]);
        expect(Object.getPrototypeOf(consent.vendors ?? {})).toBe(Object.prototype);
      }),
      { numRuns: 1_000 },
    );
  });
});
