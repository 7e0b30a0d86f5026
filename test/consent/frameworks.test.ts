import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readAcString } from '../../src/consent/shared/ac-string.ts';
import { readUsPrivacy } from '../../src/consent/shared/us-privacy.ts';
import { additionalConsentSource } from '../../src/consent/sources/additional-consent.ts';
import { source as dnt } from '../../src/consent/sources/dnt.ts';
import { source as usPrivacy } from '../../src/consent/sources/us-privacy.ts';
import { golden } from './golden.ts';

const emptyHit = { headers: {}, cookies: {}, query: '' };

const acRows = z
  .array(
    z.strictObject({
      text: z.string(),
      consented: z.array(z.int()).nullable(),
      disclosed: z.array(z.int()).default([]),
    }),
  )
  .parse(golden('ac-strings'));

describe('an AC string', () => {
  it.each(acRows)('$text', ({ text, consented, disclosed }) => {
    const asked = [...(consented ?? []), ...disclosed, 9_999];
    const expected = consented && { consented: asked.map((id) => consented.includes(id)) };
    expect(readAcString(text, asked)).toEqual(expected);
  });

  it.each([
    '2~1.35~dv.9~1',
    '2~1..35~dv.',
    '2~1.35.~dv.',
    '2~.1~dv.',
    '2~1,35~dv.',
    '2~1.-35~dv.',
    '2~12345678~dv.',
    '2~1~du.3',
    ' 1~35',
    `1~${'1.'.repeat(9_000)}1`,
  ])('is refused: %j', (text) => {
    expect(readAcString(text, [35])).toBeNull();
  });

  it('does not agree to a provider that stands in both lists', () => {
    expect(readAcString('2~35.89~dv.89', [35, 89])).toEqual({ consented: [true, false] });
  });

  it('is the strictest of several', () => {
    const source = additionalConsentSource([35, 89]);
    const statement = source.read(
      { ...emptyHit, cookies: { addtl_consent: '1~35.89' }, query: 'addtl_consent=1~35' },
      {},
    );
    expect(statement?.vendors).toEqual({
      'google:35': expect.arrayContaining(['ad_storage']),
      'google:89': [],
    });
    const unreadable = source.read(
      { ...emptyHit, cookies: { addtl_consent: '1~35.89', OTAdditionalConsentString: 'x' } },
      {},
    );
    expect(unreadable?.problem).toBe('the AC string cannot be read');
  });
});

const uspRows = z.array(z.strictObject({ text: z.string(), sale: z.string() })).parse(golden('us-privacy'));

describe('a US privacy string', () => {
  it.each(uspRows)('$text: $sale', ({ text, sale }) => {
    const expected: Readonly<Record<string, unknown>> = {
      opted_out: 'opted_out',
      not_opted_out: 'not_opted_out',
      not_applicable: 'unknown',
      no_notice_treat_as_unknown: 'unknown',
      invalid: null,
      absent: null,
    };
    expect(Object.keys(expected)).toContain(sale);
    expect(readUsPrivacy(text)).toBe(expected[sale]);
    const statement = usPrivacy.read({ ...emptyHit, cookies: { usprivacy: text } }, {});
    expect(statement?.optOut ?? false).toBe(sale === 'opted_out');
    expect(statement?.types ?? {}).toEqual({});
    expect(statement === null).toBe(sale === 'absent');
    expect(statement?.problem !== undefined).toBe(sale === 'invalid');
  });

  it('opts out where one of several says so', () => {
    const hit = { ...emptyHit, cookies: { usprivacy: '1YNN', us_privacy: '1---' }, query: 'us_privacy=1YYN' };
    expect(usPrivacy.read(hit, {})).toEqual({ source: 'us-privacy', types: {}, optOut: true });
  });
});

describe('Do Not Track', () => {
  const sourcesOf = (config: unknown) =>
    compileConsentPolicy(consentConfigSchema.parse(config)).sources.all.map(({ name }) => name);

  it('is read only where the site says what it means', () => {
    expect(sourcesOf({})).not.toContain('dnt');
    expect(sourcesOf({ dnt: 'opt_out' })).toContain('dnt');
    expect(sourcesOf({ dnt: 'opt_out', sources: ['gpc'] })).toEqual(['gpc']);
  });

  it.each(['0', '', 'null', '1, 1', 'unspecified'])('takes %j for no signal', (value) => {
    expect(dnt.read({ ...emptyHit, headers: { dnt: value } }, {})).toBeNull();
  });
});

describe('the vendors of a policy', () => {
  it('are those of the destinations, each once, whatever their order', () => {
    const config = consentConfigSchema.parse({});
    const vendors = [{ tcf: 804 }, { tcf: 755, google: 89 }, { tcf: 755 }, {}];
    const ask = (given: typeof vendors) => {
      const hit = {
        ...emptyHit,
        cookies: { addtl_consent: '1~89' },
        query: 'gdpr_consent=CQtDjkAQtDjkAAKADBENCyFgAAAAAAAAAAYgAAAAAAAA.IIzQBQAtgLzAYyAyQCMw.YAAAAAAAAAAA',
      };
      return compileConsentPolicy(config, given).sources.all.flatMap((source) =>
        Object.keys(source.read(hit, {})?.vendors ?? {}),
      );
    };
    expect(ask(vendors)).toEqual(['google:89', 'tcf:755', 'tcf:804']);
    expect(ask(vendors.toReversed())).toEqual(ask(vendors));
  });
});
