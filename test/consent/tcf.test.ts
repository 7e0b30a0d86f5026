import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tcfSource } from '../../src/consent/sources/tcf.ts';
import type { ConsentType, Statement } from '../../src/model/consent.ts';
import { golden } from './golden.ts';
import { accepted, type TcSpec, writeTcString } from './tc-writer.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const google = tcfSource({ cookies: [], vendorIds: [755], analyticsPurposes: [] });

function readCookie(text: string, source = google): Statement | null {
  return source.read({ headers: {}, query: '', cookies: { 'euconsent-v2': text }, receivedAtMs: nowMs }, {});
}

/** What one vendor may have: what is granted, and not refused to it. */
function allowedTo(vendor: string, statement: Statement | null): readonly ConsentType[] {
  const allowed = statement?.vendors?.[vendor] ?? [];
  return allowed.filter((type) => statement?.types[type]?.state === 'granted');
}

const word = z.enum(['granted', 'denied']);
const rows = z
  .array(
    z.object({
      title: z.string(),
      text: z.string(),
      status: z.string(),
      google: z.strictObject({ ad_storage: word, ad_user_data: word, ad_personalization: word }),
    }),
  )
  .parse(golden('tc-strings'));

describe('a TC string in the words of Consent Mode', () => {
  it.each(rows)('for Google: $title', ({ text, status, google: expected }) => {
    const statement = readCookie(text);
    const granted = (['ad_storage', 'ad_user_data', 'ad_personalization'] as const).filter(
      (type) => expected[type] === 'granted',
    );
    expect(allowedTo('tcf:755', statement)).toEqual(granted);
    expect(statement?.problem === undefined).toBe(!status.startsWith('invalid'));
    expect(statement?.types.analytics_storage?.state).not.toBe('granted');
  });

  it.each(rows.filter(({ status }) => status.startsWith('invalid')))(
    'denies advertising where the string has no force: $title',
    ({ text }) => {
      const denied = { state: 'denied', weight: 'choice' };
      const statement = readCookie(text);
      expect(statement?.types).toEqual({
        ad_storage: denied,
        ad_user_data: denied,
        ad_personalization: denied,
      });
      expect(statement?.vendors).toEqual({ 'tcf:755': ['analytics_storage'] });
    },
  );

  it('keeps what a string without force refuses', () => {
    const shared = { ...accepted, isServiceSpecific: false };
    const all = readCookie(writeTcString({ ...shared, purposes: [] }));
    expect(all?.types.analytics_storage).toEqual({ state: 'denied', weight: 'choice' });
    expect(readCookie(writeTcString({ ...shared, vendors: [] }))?.vendors).toEqual({ 'tcf:755': [] });
  });

  it.each(z.array(z.object({ title: z.string(), text: z.string() })).parse(golden('tc-strings-damaged')))(
    'never grants by what is no TC string: $title',
    ({ text }) => {
      const statement = readCookie(text);
      if (text === '') expect(statement).toBeNull();
      else {
        expect(statement?.problem).toMatch(/^the TC string /);
        expect(Object.values(statement?.types ?? {}).map(({ state }) => state)).not.toContain('granted');
      }
    },
  );

  it('denies what the visitor refused to everyone, and no more, where one vendor alone is refused', () => {
    const alone = readCookie(writeTcString({ ...accepted, vendors: [91, 804] }));
    expect(alone).toEqual({ source: 'tcf', types: {}, vendors: { 'tcf:755': [] } });
    const everyone = readCookie(writeTcString({ ...accepted, purposes: [1, 2, 7] }));
    expect(everyone?.types).toEqual({
      ad_storage: { state: 'granted', weight: 'choice' },
      ad_user_data: { state: 'granted', weight: 'choice' },
      ad_personalization: { state: 'denied', weight: 'choice' },
    });
  });

  it('grants nothing on a site without a vendor of the framework, and still hears a refusal', () => {
    const nobody = tcfSource({ cookies: [], vendorIds: [], analyticsPurposes: [] });
    expect(readCookie(writeTcString(accepted), nobody)).toEqual({ source: 'tcf', types: {}, vendors: {} });
    const refused = readCookie(writeTcString({ ...accepted, purposes: [] }), nobody);
    expect(refused?.types.ad_storage).toEqual({ state: 'denied', weight: 'choice' });
  });

  it('reads each vendor for itself', () => {
    const three = tcfSource({ cookies: [], vendorIds: [91, 755, 1126], analyticsPurposes: [] });
    const statement = readCookie(writeTcString({ ...accepted, interests: [] }), three);
    // Google measures by legitimate interest, which is gone; Criteo by consent; Microsoft was not shown.
    expect(statement?.vendors).toEqual({
      'tcf:91': ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'],
      'tcf:755': ['ad_storage', 'analytics_storage', 'ad_personalization'],
      'tcf:1126': [],
    });
  });
});

describe('what takes Google its storage', () => {
  const restrict = (purpose: number, type: number): TcSpec['restrictions'] => [
    { purpose, type, vendors: [755] },
  ];
  it.each<[string, Partial<TcSpec>]>([
    ['not being shown', { disclosed: [91, 804] }],
    ['an empty list of vendors that were shown', { disclosed: [] }],
    ['no consent to the vendor', { vendors: [91, 804] }],
    ['no consent to purpose 1', { purposes: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }],
    ['the publisher, who forbids purpose 1', { restrictions: restrict(1, 0) }],
    ['the publisher, who allows purpose 1 by interest only', { restrictions: restrict(1, 2) }],
  ])('%s', (_title, change) => {
    const statement = readCookie(writeTcString({ ...accepted, ...change }));
    expect(statement?.vendors).toEqual({ 'tcf:755': [] });
    expect(statement?.types.ad_storage?.state).not.toBe('granted');
  });

  it.each<[string, Partial<TcSpec>, readonly ConsentType[]]>([
    ['forbids purpose 7', { restrictions: restrict(7, 0) }, ['ad_storage', 'ad_personalization']],
    ['forbids purpose 4', { restrictions: restrict(4, 0) }, ['ad_storage', 'ad_user_data']],
    [
      'wants consent to purpose 7, which there is',
      { restrictions: restrict(7, 1), vendorInterests: [] },
      ['ad_storage', 'ad_user_data', 'ad_personalization'],
    ],
    [
      'wants consent to purpose 7, which there is not',
      { restrictions: restrict(7, 1), purposes: [1, 3, 4] },
      ['ad_storage', 'ad_personalization'],
    ],
    [
      'restricts another vendor',
      { restrictions: [{ purpose: 1, type: 0, vendors: [754, 756] }] },
      ['ad_storage', 'ad_user_data', 'ad_personalization'],
    ],
  ])('is not a publisher who %s', (_title, change, allowed) => {
    expect(allowedTo('tcf:755', readCookie(writeTcString({ ...accepted, ...change })))).toEqual(allowed);
  });
});

describe('what a TC string allows the site itself', () => {
  const own = tcfSource({ cookies: [], vendorIds: [755], analyticsPurposes: [8, 9] });
  const refusing = { ...accepted, purposes: [], vendors: [] };
  it.each<[string, Partial<TcSpec>, string | undefined]>([
    ['with every purpose that stands for it', { publisher: [1, 8, 9] }, 'granted'],
    ['with more than those', { publisher: [1, 2, 8, 9, 10] }, 'granted'],
    ['without one of them', { publisher: [1, 8] }, undefined],
    ['without storage', { publisher: [8, 9] }, undefined],
    ['without such a segment', { publisher: undefined }, undefined],
    ['with every purpose, refused to vendors', { ...refusing, publisher: [1, 8, 9] }, 'granted'],
    ['in a string without force', { publisher: [1, 8, 9], isServiceSpecific: false }, undefined],
  ])('is analytics %s: %s', (_title, change, state) => {
    const statement = readCookie(writeTcString({ ...accepted, ...change }), own);
    expect(statement?.types.analytics_storage?.state).toBe(state);
  });

  it('is nothing to vendors, who are refused as ever', () => {
    const statement = readCookie(writeTcString({ ...refusing, publisher: [1, 8, 9] }), own);
    expect(statement?.vendors).toEqual({ 'tcf:755': [] });
  });

  it('is nothing as shipped', () => {
    const statement = readCookie(writeTcString({ ...accepted, publisher: [1, 8, 9] }));
    expect(statement?.types.analytics_storage).toBeUndefined();
  });
});

describe('where a TC string comes from', () => {
  const yes = writeTcString(accepted);
  const no = writeTcString({ ...accepted, purposes: [], interests: [], vendors: [], vendorInterests: [] });
  const read = (hit: { cookies?: Record<string, string>; query?: string }, signals = {}, source = google) =>
    source.read({ headers: {}, cookies: {}, query: '', receivedAtMs: nowMs, ...hit }, { signals });

  it.each([
    ['the usual cookie', { cookies: { 'euconsent-v2': yes } }, {}],
    ["OneTrust's cookie", { cookies: { 'eupubconsent-v2': yes } }, {}],
    ['the query', { query: `gdpr=1&gdpr_consent=${yes}` }, {}],
    ['the query, with its dots escaped', { query: `gdpr_consent=${yes.replaceAll('.', '%2E')}` }, {}],
    ['a signal of the hit, before the query', { query: `gdpr_consent=${no}` }, { gdpr_consent: yes }],
    ['two places that agree', { cookies: { 'euconsent-v2': yes }, query: `gdpr_consent=${yes}` }, {}],
  ])('%s', (_title, hit, signals) => {
    expect(read(hit, signals)?.types.ad_storage).toEqual({ state: 'granted', weight: 'choice' });
  });

  it('is a cookie that the site names', () => {
    const source = tcfSource({ cookies: ['__cmpconsent1234'], vendorIds: [755], analyticsPurposes: [] });
    expect(source.cookies).toEqual(['euconsent-v2', 'eupubconsent-v2', '__cmpconsent1234']);
    const statement = read({ cookies: { __cmpconsent1234: yes } }, {}, source);
    expect(allowedTo('tcf:755', statement)).toContain('ad_storage');
  });

  it.each([
    ['a refusal', no, { state: 'denied', weight: 'choice' }],
    ['one that cannot be read', yes.slice(0, 50), undefined],
    [
      'one from the future',
      writeTcString({ ...accepted, created: '2027-01-01' }),
      { state: 'denied', weight: 'choice' },
    ],
  ])('is stricter in two places: %s beside an agreement', (_title, text, expected) => {
    for (const hit of [
      { cookies: { 'euconsent-v2': yes }, query: `gdpr_consent=${text}` },
      { cookies: { 'euconsent-v2': text }, query: `gdpr_consent=${yes}` },
    ]) {
      expect(read(hit)?.types.ad_storage).toEqual(expected);
    }
  });

  it('grants nothing on a page that says the GDPR does not apply, and denies in opt-in regions only', () => {
    expect(read({ query: `gdpr=0&gdpr_consent=${yes}` })).toMatchObject({ types: {}, onlyIn: 'opt_in' });
    expect(read({ query: `gdpr=0&gdpr_consent=${no}` })).toMatchObject({
      types: { ad_storage: { state: 'denied' } },
      onlyIn: 'opt_in',
    });
  });

  it('is judged by the clock of its hit, with a day for clocks that are wrong', () => {
    const at = (time: string) =>
      google.read(
        { headers: {}, query: '', cookies: { 'euconsent-v2': yes }, receivedAtMs: Date.parse(time) },
        {},
      )?.problem;
    expect(at('2026-11-01T00:00:00Z')).toBeUndefined();
    expect(at('2026-10-31T23:59:59Z')).toBe('the TC string was created in the future');
  });
});
