import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema, type Place } from '../../src/consent/policy.ts';
import { readStatements, resolveConsent } from '../../src/consent/resolve.ts';
import {
  type Consent,
  type ConsentState,
  type ConsentType,
  consentTypes,
  isGranted,
  type Statement,
  type StatementWeight,
} from '../../src/model/consent.ts';

const policies = [
  compileConsentPolicy(consentConfigSchema.parse({})),
  compileConsentPolicy(
    consentConfigSchema.parse({ gpc: 'us', regions: { 'US-WA': 'opt_in', CH: 'opt_out' } }),
  ),
  compileConsentPolicy(consentConfigSchema.parse({ otherwise: 'opt_out', unknown: 'opt_out' })),
];
const policy = fc.constantFrom(...policies);

/** From the laxest to the strictest; a page default of granted says as little as nothing. */
const strictness: readonly (readonly [ConsentState, StatementWeight])[] = [
  ['granted', 'choice'],
  ['granted', 'default'],
  ['unset', 'choice'],
  ['denied', 'default'],
  ['denied', 'choice'],
];

const stated = fc.constantFrom(...strictness).map(([state, weight]) => ({ state, weight }));
const sourceName = fc.constantFrom('cmp', 'consent-mode', 'gpc', 'sdk-cookie', 'sdk-event');
const types: fc.Arbitrary<Statement['types']> = fc.record(
  {
    ad_storage: stated,
    analytics_storage: stated,
    ad_user_data: stated,
    ad_personalization: stated,
    functionality_storage: stated,
    personalization_storage: stated,
    security_storage: stated,
  },
  { requiredKeys: [] },
);
const statement: fc.Arbitrary<Statement> = fc
  .record({ source: sourceName, types, optOut: fc.boolean(), isBroken: fc.integer({ min: 0, max: 4 }) })
  .map(({ isBroken, optOut, ...rest }) => ({
    ...rest,
    ...(optOut && { optOut }),
    ...(isBroken === 0 && { problem: 'could not be read' }),
  }));
const statements = fc.array(statement, { maxLength: 5 });
const place: fc.Arbitrary<Place> = fc.constantFrom<Place>(
  {},
  { country: 'DE' },
  { country: 'GB' },
  { country: 'CH' },
  { country: 'US' },
  { country: 'US', region: 'US-CA' },
  { country: 'US', region: 'US-WA' },
  { country: 'CA', region: 'CA-QC' },
  { country: 'BR' },
  { country: 'VN' },
  { country: 'US', region: 'DE-BE' },
);

const grantsOf = (consent: Consent): ConsentType[] => consentTypes.filter((type) => isGranted(consent, type));

function expectNoLooser(stricter: Consent, looser: Consent): void {
  expect(grantsOf(looser)).toEqual(expect.arrayContaining(grantsOf(stricter)));
}

describe('consent resolution, whatever the signals', () => {
  it('never grants more when one answer of one source becomes stricter', () => {
    const change = fc.record({
      at: fc.nat(),
      type: fc.constantFrom(...consentTypes),
      from: fc.integer({ min: 0, max: 4 }),
      to: fc.integer({ min: 0, max: 4 }),
    });
    const all = fc.array(statement, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(all, change, place, policy, (given, { at, type, from, to }, where, rules) => {
        const resolved = (level: number) => {
          const [state, weight] = strictness[level] ?? ['denied', 'choice'];
          const changed = given.map((each, index) =>
            index === at % given.length
              ? { ...each, types: { ...each.types, [type]: { state, weight } } }
              : each,
          );
          return resolveConsent(changed, where, rules);
        };
        expectNoLooser(resolved(Math.max(from, to)), resolved(Math.min(from, to)));
      }),
    );
  });

  it('never turns a denial of the region into a grant when a signal goes away', () => {
    fc.assert(
      fc.property(statements, fc.nat(), place, policy, (given, at, where, rules) => {
        const before = resolveConsent(given, where, rules);
        const after = resolveConsent(
          given.filter((_, index) => index !== at % Math.max(1, given.length)),
          where,
          rules,
        );
        const byRegion = consentTypes.filter(
          (type) => !isGranted(before, type) && before.types[type].basis === 'region_default',
        );
        expect(byRegion.filter((type) => isGranted(after, type) && type !== 'ad_personalization')).toEqual(
          [],
        );
      }),
    );
  });

  it('grants nothing but security storage without a signal in an opt-in region', () => {
    fc.assert(
      fc.property(place, policy, (where, rules) => {
        const consent = resolveConsent([], where, rules);
        const expected = consent.regime === 'opt_in' ? ['security_storage'] : consentTypes;
        expect(grantsOf(consent)).toEqual(expected);
      }),
    );
  });

  it('does not depend on the order of statements or on their repetition', () => {
    const shuffled = statements.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...given, ...given], { minLength: given.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, place, policy, ([given, mixed], where, rules) => {
        expect(resolveConsent(mixed, where, rules)).toEqual(resolveConsent(given, where, rules));
      }),
    );
  });

  it('is no looser with an unreadable signal than without it', () => {
    fc.assert(
      fc.property(statements, statement, place, policy, (given, extra, where, rules) => {
        const unreadable = { ...extra, problem: 'could not be read' };
        expectNoLooser(
          resolveConsent([...given, unreadable], where, rules),
          resolveConsent(given, where, rules),
        );
      }),
    );
  });

  it('never loosens a denial by adding another statement', () => {
    fc.assert(
      fc.property(statements, statement, place, policy, (given, extra, where, rules) => {
        const before = resolveConsent(given, where, rules);
        const after = resolveConsent([...given, extra], where, rules);
        const stuck = consentTypes.filter(
          (type) => !isGranted(before, type) && before.types[type].basis === 'page_default',
        );
        expect(stuck.filter((type) => isGranted(after, type))).toEqual([]);
      }),
    );
  });

  it('denies user data and personalisation to whoever opted out, whatever else is said', () => {
    fc.assert(
      fc.property(statements, place, policy, (given, where, rules) => {
        const optOut: Statement = { source: 'gpc', types: {}, optOut: true };
        const consent = resolveConsent([...given, optOut], where, rules);
        const isUs = where.country === undefined || where.country === 'US';
        if (rules.gpc === 'us' && !isUs) return;
        expect(consent.optedOut).toBe(true);
        expect(consent.types.ad_user_data).toMatchObject({ granted: false, basis: 'signal' });
        expect(consent.types.ad_personalization).toMatchObject({ granted: false, basis: 'signal' });
      }),
    );
  });

  it('grants nothing for an opt-out that is not there', () => {
    fc.assert(
      fc.property(statements, place, policy, (given, where, rules) => {
        const plain = given.map(({ optOut: _, ...rest }) => rest);
        const negated = plain.map((each) => ({ ...each, optOut: false }));
        expect(resolveConsent(negated, where, rules)).toEqual(resolveConsent(plain, where, rules));
      }),
    );
  });

  it('never takes a page default of granted for a choice', () => {
    fc.assert(
      fc.property(statements, place, policy, (given, where, rules) => {
        const defaultsOnly = given.map((each) => ({
          ...each,
          types: Object.fromEntries(
            Object.entries(each.types).map(([type, { state }]) => [
              type,
              { state, weight: 'default' as const },
            ]),
          ),
        }));
        const { types: answers } = resolveConsent(defaultsOnly, where, rules);
        expect(
          consentTypes.filter((type) => answers[type].granted && answers[type].basis === 'signal'),
        ).toEqual([]);
      }),
    );
  });

  it('never grants more in an opt-in region than in an opt-out region, where opt-outs count everywhere', () => {
    const everywhere = policies.filter((rules) => rules.gpc === 'everywhere');
    fc.assert(
      fc.property(statements, fc.constantFrom(...everywhere), (given, rules) => {
        const optIn = resolveConsent(given, { country: 'DE' }, rules);
        const optOut = resolveConsent(given, { country: 'US' }, rules);
        expectNoLooser(optIn, optOut);
      }),
    );
  });

  it('never grants personalisation without user data', () => {
    fc.assert(
      fc.property(statements, place, policy, (given, where, rules) => {
        const consent = resolveConsent(given, where, rules);
        expect(isGranted(consent, 'ad_personalization') && !isGranted(consent, 'ad_user_data')).toBe(false);
      }),
    );
  });
});

describe('consent read from a hostile hit', () => {
  const garbage = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.stringMatching(/^1[0-9a-zA-Z_-]{8,14}$/),
    fc.stringMatching(/^1\.[gdux]{0,9}$/),
    fc.json(),
  );
  const parameter = fc.constantFrom('gcs', 'gcd', 'npa', 'consent');

  it('is no looser for a parameter that cannot be read than for one that is absent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(parameter, garbage),
        parameter,
        garbage,
        place,
        (signals, name, text, where) => {
          const [rules] = policies;
          if (rules === undefined) return;
          const hit = { headers: {}, cookies: {}, query: '' };
          const { [name]: _, ...without } = signals;
          const added = readStatements(rules.sources, hit, { signals: { ...without, [name]: text } });
          const alone = readStatements(rules.sources, hit, { signals: { [name]: text } });
          fc.pre(alone.some((each) => each.problem !== undefined));
          const absent = readStatements(rules.sources, hit, { signals: without });
          expectNoLooser(resolveConsent(added, where, rules), resolveConsent(absent, where, rules));
        },
      ),
    );
  });

  it('always resolves, from any bytes in any field', () => {
    fc.assert(
      fc.property(garbage, garbage, garbage, place, policy, (a, b, c, where, rules) => {
        const hit = { headers: { 'sec-gpc': a }, cookies: { tl_consent: b }, query: `gcd=${c}&gcs=${a}` };
        const draft = { signals: { consent: c, gpc: b } };
        const consent = resolveConsent(readStatements(rules.sources, hit, draft), where, rules);
        expect(consent.types.security_storage.granted).toBe(true);
      }),
    );
  });
});
