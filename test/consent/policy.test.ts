import { describe, expect, it } from 'vitest';
import {
  chooseRegime,
  compileConsentPolicy,
  consentConfigSchema,
  type Place,
} from '../../src/consent/policy.ts';
import { consentSources } from '../../src/consent/sources/index.ts';

const policyOf = (config: unknown) => compileConsentPolicy(consentConfigSchema.parse(config));

describe('the regime of a place', () => {
  const table: [title: string, config: unknown, place: Place, regime: string, region: string | undefined][] =
    [
      ['an EU country', {}, { country: 'DE' }, 'opt_in', 'DE'],
      ['Åland', {}, { country: 'AX' }, 'opt_in', 'AX'],
      ['Saint Martin', {}, { country: 'MF' }, 'opt_in', 'MF'],
      ['Norway', {}, { country: 'NO', region: 'NO-03' }, 'opt_in', 'NO'],
      ['Jersey', {}, { country: 'JE' }, 'opt_in', 'JE'],
      ['a state of the US', {}, { country: 'US', region: 'US-TX' }, 'opt_out', 'US-TX'],
      ['a country that no table names', {}, { country: 'VN' }, 'opt_in', 'VN'],
      ['the same, with `otherwise` changed', { otherwise: 'opt_out' }, { country: 'VN' }, 'opt_out', 'VN'],
      [
        'a named opt_in country, with `otherwise` changed',
        { otherwise: 'opt_out' },
        { country: 'BR' },
        'opt_in',
        'BR',
      ],
      ['nowhere', {}, {}, 'opt_in', undefined],
      ['nowhere, with `otherwise` changed', { otherwise: 'opt_out' }, {}, 'opt_in', undefined],
      ['nowhere, with `unknown` changed', { unknown: 'opt_out' }, {}, 'opt_out', undefined],
      ['a changed group', { regions: { EEA: 'opt_out' } }, { country: 'FR' }, 'opt_out', 'FR'],
      [
        'a country inside a changed group',
        { regions: { FR: 'opt_in', EEA: 'opt_out' } },
        { country: 'FR' },
        'opt_in',
        'FR',
      ],
      [
        'a subdivision against its country',
        { regions: { 'US-WA': 'opt_in' } },
        { country: 'US', region: 'US-WA' },
        'opt_in',
        'US-WA',
      ],
      [
        'another subdivision of the same country',
        { regions: { 'US-WA': 'opt_in' } },
        { country: 'US', region: 'US-CA' },
        'opt_out',
        'US-CA',
      ],
      [
        'a country that may be the strict subdivision',
        { regions: { 'US-WA': 'opt_in' } },
        { country: 'US' },
        'opt_in',
        'US',
      ],
      [
        'a laxer subdivision of a strict country',
        { regions: { US: 'opt_in', 'US-TX': 'opt_out' } },
        { country: 'US', region: 'US-TX' },
        'opt_out',
        'US-TX',
      ],
      [
        'a country with a laxer subdivision',
        { regions: { 'US-TX': 'opt_out' } },
        { country: 'US' },
        'opt_out',
        'US',
      ],
      ['Quebec as shipped', { otherwise: 'opt_out' }, { country: 'CA', region: 'CA-QC' }, 'opt_in', 'CA-QC'],
      ['Ontario', { otherwise: 'opt_out' }, { country: 'CA', region: 'CA-ON' }, 'opt_out', 'CA'],
      [
        'facts that disagree',
        { otherwise: 'opt_out', unknown: 'opt_out' },
        { country: 'US', region: 'DE-BE' },
        'opt_in',
        undefined,
      ],
      [
        'two sources of which one is strict',
        {},
        { country: 'US', region: 'US-CA', also: { country: 'DE' } },
        'opt_in',
        undefined,
      ],
      [
        'two sources of which the other is strict',
        {},
        { country: 'DE', also: { country: 'US' } },
        'opt_in',
        undefined,
      ],
      [
        'two states',
        {},
        { country: 'US', region: 'US-CA', also: { country: 'US', region: 'US-NV' } },
        'opt_out',
        undefined,
      ],
      ['a subdivision without its country', { unknown: 'opt_out' }, { region: 'US-CA' }, 'opt_in', undefined],
    ];

  it.each(table)('%s', (_title, config, place, regime, region) => {
    expect(chooseRegime(place, policyOf(config))).toEqual({
      regime,
      ...(region !== undefined && { region }),
    });
  });
});

describe('the sources of a policy', () => {
  const cookiesOf = (config: unknown) => policyOf(config).sources.all.flatMap((source) => source.cookies);

  it('are all of them but DNT by default, and the SDK cookie has its default name', () => {
    const names = consentSources.map(({ name }) => name).filter((name) => name !== 'dnt');
    expect(policyOf({}).sources.all.map(({ name }) => name)).toEqual(names);
    expect(cookiesOf({})).toContain('tl_consent');
  });

  it('are the ones that the site lists, in name order', () => {
    const { sources } = policyOf({ sources: ['sdk-event', 'gpc'] });
    expect(sources.all.map(({ name }) => name)).toEqual(['gpc', 'sdk-event']);
  });

  it('read the consent cookie under the name that the site gave it', () => {
    expect(cookiesOf({ cookie: 'shop_choice', sources: ['sdk-cookie'] })).toEqual(['shop_choice']);
  });
});

describe('the consent configuration', () => {
  it.each([
    [{ regions: { UK: 'opt_in' } }, 'The United Kingdom is GB in ISO 3166.'],
    [{ regions: { EU: 'opt_in' } }, 'Write EEA: the EU, Iceland, Liechtenstein and Norway share the rule.'],
    [{ regions: { germany: 'opt_in' } }, 'Write EEA, a country such as GB, or a subdivision such as US-CA.'],
    [{ regions: { DE: 'granted' } }, 'Invalid option: expected one of "opt_in"|"opt_out"'],
    [
      { sources: ['gcp'] },
      `Invalid option: expected one of ${consentSources.map(({ name }) => `"${name}"`).join('|')}`,
    ],
    [{ cookie: 'tl consent' }, "A cookie name has 1 to 64 letters, digits and !#$%&'*+-.^_`|~ only."],
    [{ region: {} }, 'Unrecognized key: "region"'],
  ])('refuses %j', (config, message) => {
    const issues = consentConfigSchema.safeParse(config).error?.issues ?? [];
    const messages = issues.flatMap((issue) =>
      issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message) : [issue.message],
    );
    expect(messages).toContain(message);
  });

  it('describes every key', () => {
    const undescribed = Object.entries(consentConfigSchema.shape).filter(([, field]) => !field.description);
    expect(undescribed).toEqual([]);
  });
});
