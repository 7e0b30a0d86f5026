import { GppModel } from '@iabgpp/cmpapi';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readGppSections } from '../../src/consent/shared/gpp-header.ts';
import { readGpp } from '../../src/consent/shared/gpp-string.ts';
import { isUsSection, readUsSection } from '../../src/consent/shared/us-section.ts';
import { gppSource } from '../../src/consent/sources/gpp.ts';
import { golden } from './golden.ts';
import { accepted, writeTcString } from './tc-writer.ts';

const interest = { vendorIds: [755], analyticsPurposes: [] };
const source = gppSource(interest);
const nowMs = Date.parse('2026-11-23T12:00:00Z');
const read = (gpp: string, signals: Record<string, string> = {}) =>
  source.read({ headers: {}, cookies: {}, query: '', receivedAtMs: nowMs }, { signals: { gpp, ...signals } });

const rows = z
  .array(
    z.strictObject({
      title: z.string(),
      text: z.string(),
      sections: z.array(z.int()),
      isOptedOut: z.boolean(),
      isChild: z.boolean(),
      isSensitiveDenied: z.boolean(),
      blocksAdvertising: z.boolean(),
      purposes: z.array(z.int()).exactOptional(),
    }),
  )
  .parse(golden('gpp-strings'));

const denied = { state: 'denied', weight: 'choice' } as const;

describe('a GPP string', () => {
  it.each(rows)('$title', ({ text, sections, purposes, ...expected }) => {
    expect(readGppSections(text)?.map(({ id }) => id)).toEqual(sections);
    const statement = read(text);
    expect(statement?.problem).toBeUndefined();
    expect(statement?.optOut ?? false).toBe(expected.isOptedOut || expected.isChild);
    expect(statement?.optOut ?? false).toBe(expected.blocksAdvertising);
    expect(statement?.isSensitiveDenied ?? false).toBe(expected.isSensitiveDenied);
    if (purposes === undefined) {
      const children = { ad_storage: denied, ad_user_data: denied, ad_personalization: denied };
      expect(statement?.types).toEqual(expected.isChild ? children : {});
    } else if (purposes.includes(1)) {
      expect(statement?.vendors).toEqual({ 'tcf:755': ['ad_storage', 'analytics_storage', 'ad_user_data'] });
    } else expect(statement?.vendors).toEqual({ 'tcf:755': [] });
  });

  it.each(z.array(z.string()).parse(golden('gpp-strings-damaged')))('%j cannot be read', (text) => {
    expect(read(text)).toEqual({ source: 'gpp', types: {}, problem: 'the GPP string cannot be read' });
  });

  it.each([
    ['DBABKY~BVQqAAAAAgA', undefined, 'section 28 of the GPP string is not known'],
    ['DBACLAY~BVQqAAAAAgA.YA~BAAA', true, 'section 28 of the GPP string is not known'],
    ['DBACKZg~A~B', undefined, 'sections 28, 30 of the GPP string are not known'],
  ])('%s is read as far as its sections are known', (text, optOut, note) => {
    expect(read(text)).toEqual({ source: 'gpp', types: {}, ...(optOut && { optOut }), note });
  });

  it.each([
    ['a section of a version whose layout is not known', 'DBABBg~CUUAAACA'],
    ['a section with a dot at its end', 'DBABBg~BUUAAACA.'],
    ['a section with more subsections than there are', 'DBABBg~BUUAAACA.YA.YA.YA'],
    ['a section cut short', 'DBABBg~BUUAAA'],
    ['a US privacy string of another version', `DBACNY~${writeTcString(accepted)}~2YYN`],
    ['a header that claims thousands of sections', `D${'B__'.repeat(20)}~x`],
    ['a header of ones', `DBAB${'_'.repeat(40)}~x`],
    ['far more characters than any honest string has', `DBABBg~${'B'.repeat(20_000)}`],
  ])('cannot be read where it has %s', (_title, text) => {
    expect(read(text)).toMatchObject({ types: {}, problem: 'the GPP string cannot be read' });
  });

  it('is strictest of several, whichever place they come from', () => {
    const hit = {
      headers: {},
      query: 'gpp=DBABBg~BUoAABCA',
      cookies: { IABGPP_HDR_GppString: 'DBABLA~CVQqAAAAAACA.QA', OTGPPConsent: 'garbage' },
      receivedAtMs: nowMs,
    };
    expect(source.read(hit, {})).toEqual({
      source: 'gpp',
      types: { ad_storage: denied, ad_user_data: denied, ad_personalization: denied },
      optOut: true,
      problem: 'the GPP string cannot be read',
    });
  });
});

describe('the EU section of a GPP string', () => {
  const yes = `DBABMA~${writeTcString(accepted)}`;

  it('is read like any TC string', () => {
    expect(read(yes)?.types.ad_storage).toEqual({ state: 'granted', weight: 'choice' });
    const invalid = read(`DBABMA~${writeTcString({ ...accepted, disclosed: undefined })}`);
    expect(invalid?.types.ad_storage).toEqual(denied);
    expect(invalid?.problem).toMatch(/as TCF 2.3 requires$/);
  });

  it.each([
    ['7', undefined],
    ['2', 'granted'],
    ['7,2', 'granted'],
    ['2_7', 'granted'],
    ['22', undefined],
    ['-1', undefined],
  ])('with gpp_sid %s, grants: %s', (applicable, state) => {
    expect(read(yes, { gpp_sid: applicable })?.types.ad_storage?.state).toBe(state);
  });

  it('still refuses where gpp_sid leaves it out', () => {
    const no = `DBABMA~${writeTcString({ ...accepted, purposes: [] })}`;
    expect(read(no, { gpp_sid: '7' })?.types.ad_storage).toEqual(denied);
  });

  it('from the future denies advertising', () => {
    const late = `DBABMA~${writeTcString({ ...accepted, created: '2027-05-05' })}`;
    expect(read(late)).toMatchObject({
      types: { ad_storage: denied },
      problem: 'the TC string was created in the future',
    });
  });
});

const usNames =
  'usnat usca usva usco usut usct usfl usmt usor ustx usde usia usne usnh usnj ustn usmn usmd usin usky usri'.split(
    ' ',
  );
const idOf = (name: string) =>
  [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27][usNames.indexOf(name)] ??
  0;

/** A string of one section, written by the library; fields that the section does not have are left out. */
function write(name: string, fields: Readonly<Record<string, unknown>>): string {
  const model = new GppModel();
  model.setFieldValue(name, 'SaleOptOut', 0);
  for (const [field, value] of Object.entries(fields)) {
    if (model.hasField(name, field)) model.setFieldValue(name, field, value);
  }
  return model.encode();
}

describe.each(usNames)('the US section %s', (name) => {
  it('has the number that the reader knows it by', () => {
    const [section] = readGppSections(write(name, {})) ?? [];
    expect(section?.id).toBe(idOf(name));
    expect(isUsSection(section?.id ?? 0)).toBe(true);
  });

  const model = new GppModel(write(name, {}));
  const optOuts = ['SaleOptOut', 'SharingOptOut', 'TargetedAdvertisingOptOut'];
  it.each(optOuts.filter((field) => model.hasField(name, field)))('opts out by %s', (field) => {
    expect(readGpp(write(name, { [field]: 1 }), interest)).toMatchObject({ isOptedOut: true, types: {} });
    expect(readGpp(write(name, { [field]: 2 }), interest)).toMatchObject({ isOptedOut: false, types: {} });
  });

  it('cannot be read when any of its core is missing', () => {
    const [{ id, text } = { id: 0, text: '' }] = readGppSections(write(name, { SaleOptOut: 1 })) ?? [];
    const [core = ''] = text.split('.');
    for (let length = 0; length < core.length - 1; length++) {
      const cut = readUsSection(id, core.slice(0, length));
      expect(cut === null || cut.isOptedOut).toBe(true);
    }
  });
});

const withField = (field: string) =>
  usNames.filter((name) => new GppModel(write(name, {})).hasField(name, field));
const child = 'KnownChildSensitiveDataConsents';
const sensitive = 'SensitiveDataProcessing';

describe('a US section that has the field', () => {
  it.each(withField('Gpc'))('opts out by Global Privacy Control: %s', (name) => {
    expect(readGpp(write(name, { Gpc: true, SaleOptOut: 2 }), interest).isOptedOut).toBe(true);
    expect(readGpp(write(name, { Gpc: false, SaleOptOut: 2 }), interest).isOptedOut).toBe(false);
  });

  it.each(withField(child))('denies advertising to a known child without consent: %s', (name) => {
    const none: unknown = new GppModel(write(name, {})).getFieldValue(name, child);
    const set = (value: number) =>
      Array.isArray(none) ? none.map((_, at) => (at === 0 ? value : 0)) : value;
    expect(readGpp(write(name, { [child]: set(1) }), interest)).toMatchObject({
      isOptedOut: true,
      types: { ad_storage: denied },
    });
    expect(readGpp(write(name, { [child]: set(2) }), interest)).toMatchObject({
      isOptedOut: false,
      types: {},
    });
  });

  it.each(withField(sensitive))('tells that sensitive data may not be processed: %s', (name) => {
    const none = z.array(z.number()).parse(new GppModel(write(name, {})).getFieldValue(name, sensitive));
    const refused = none.map((_, at) => (at === none.length - 1 ? 1 : 0));
    expect(readGpp(write(name, { [sensitive]: refused }), interest)).toMatchObject({
      isSensitiveDenied: true,
      isOptedOut: false,
      types: {},
    });
  });
});

describe('the header of a GPP string', () => {
  it('is read as the library reads it, or refused', () => {
    const letters = fc.stringMatching(/^DB[A-Za-z0-9_-]{1,8}$/);
    fc.assert(
      fc.property(letters, fc.integer({ min: 0, max: 4 }), (header, count) => {
        const text = [header, ...Array.from({ length: count }, () => 'B')].join('~');
        const ids = readGppSections(text)?.map(({ id }) => id);
        if (ids === undefined) return;
        const known = ids.filter((id) => id === 2 || (id >= 5 && id <= 27));
        expect(new GppModel(text).getSectionIds()).toEqual(known);
      }),
      { numRuns: 2_000 },
    );
  });
});
