import { describe, expect, it } from 'vitest';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements } from '../../src/consent/resolve.ts';
import { siteConsentSchema, withSite } from '../../src/consent/source-config.ts';
import type { ConsentType, Statement } from '../../src/model/consent.ts';

type Cookies = Readonly<Record<string, string>>;

function read(config: unknown, cookies: Cookies, headers: Cookies = {}): readonly Statement[] {
  const { sources } = compileConsentPolicy(consentConfigSchema.parse(config));
  return readStatements(sources, { cookies, headers, query: '' }, {});
}

function stateOf(statements: readonly Statement[], type: ConsentType): string {
  return statements[0]?.types[type]?.state ?? 'unset';
}

const klaro = (services: Record<string, boolean>): Cookies => ({ klaro: JSON.stringify(services) });

describe('a category map', () => {
  const both = { categories: { klaro: { meta: ['ad_storage'], tiktok: ['ad_storage'] } } };
  it.each([
    ['all granted', { meta: true, tiktok: true }, 'granted'],
    ['one denied', { meta: true, tiktok: false }, 'denied'],
    ['one that the record does not mention', { meta: true }, 'unset'],
    ['one denied and one that the record does not mention', { tiktok: false }, 'denied'],
  ])('grants a type only when all of its categories are granted: %s', (_title, services, expected) => {
    expect(stateOf(read(both, klaro(services)), 'ad_storage')).toBe(expected);
  });

  it('says nothing of types that it does not name, and nothing by categories that it does not name', () => {
    const config = { categories: { klaro: { ga: ['analytics_storage'] } } };
    expect(read(config, klaro({ ga: true, meta: true }))).toEqual([
      { source: 'klaro', types: { analytics_storage: { state: 'granted', weight: 'choice' } } },
    ]);
  });

  it('takes a choice of which nothing is mapped for a problem, which denies advertising where the region grants', () => {
    const problem = "none of the record's categories is in consent.categories.klaro";
    expect(read({}, klaro({ ga: false }))).toEqual([{ source: 'klaro', types: {}, problem }]);
    expect(read({}, klaro({}))).toEqual([{ source: 'klaro', types: {} }]);
    expect(read({ categories: { klaro: { ga: [] } } }, klaro({ ga: false }))).toEqual([
      { source: 'klaro', types: {} },
    ]);
  });

  const decided = { OptanonAlertBoxClosed: '2026-11-02T09:00:05.000Z' };
  const groups = (text: string): Cookies => ({ OptanonConsent: `groups=${text}`, ...decided });

  it.each([
    ['replaces an entry of the same category', { C0004: ['analytics_storage'] }, 'C0004:1', 'unset'],
    ['keeps the other entries', { C0002: [] }, 'C0004:1', 'granted'],
    ['empties a category', { C0005: [] }, 'C0004:1,C0005:0', 'granted'],
    ['adds a category, which then has to be granted too', { X: ['ad_storage'] }, 'C0004:1', 'unset'],
    ['adds a category, granted too', { X: ['ad_storage'] }, 'C0004:1,X:1', 'granted'],
    ['lacks a category that not every site has', {}, 'C0004:1', 'granted'],
    ['has the category that not every site has, denied', {}, 'C0004:1,C0005:0', 'denied'],
  ])('%s', (_title, map, text, expected) => {
    const config = { categories: { onetrust: map } };
    expect(stateOf(read(config, groups(text)), 'ad_storage')).toBe(expected);
  });

  it('never grants by a category that is optional and missing', () => {
    const config = { categories: { onetrust: { C0004: [] } } };
    expect(stateOf(read(config, groups('C0002:1')), 'ad_storage')).toBe('unset');
  });

  it('takes what a list of accepted categories leaves out for refused', () => {
    const config = { categories: { consentmanager: { '1': ['analytics_storage'], '4': ['ad_storage'] } } };
    const statements = read(config, { __cmpcpcx1: '__1_2__' });
    expect(stateOf(statements, 'analytics_storage')).toBe('granted');
    expect(stateOf(statements, 'ad_storage')).toBe('denied');
    expect(stateOf(read(config, { __cmpcpcx1: '____' }), 'analytics_storage')).toBe('denied');
  });
});

describe('categories whose names are of a site of its own', () => {
  const accepted = (...categories: string[]): Cookies => ({ cc_cookie: JSON.stringify({ categories }) });
  const config = { categories: { 'vanilla-cookieconsent': { ads: ['ad_storage'] } } };

  it('stand for a type instead of the usual name', () => {
    expect(stateOf(read(config, accepted('ads')), 'ad_storage')).toBe('granted');
    expect(stateOf(read(config, accepted('marketing')), 'ad_storage')).toBe('denied');
  });

  it('leave the usual name to types that the site does not name', () => {
    expect(stateOf(read(config, accepted('ads')), 'ad_user_data')).toBe('denied');
    expect(stateOf(read(config, accepted('marketing')), 'ad_user_data')).toBe('granted');
    expect(stateOf(read(config, accepted('analytics')), 'analytics_storage')).toBe('granted');
  });
});

describe("a site's own part beside the common one", () => {
  const shared = consentConfigSchema.parse({
    categories: { klaro: { ga: ['analytics_storage'], meta: ['ad_storage'] } },
    cookies: { klaro: 'choice' },
    gpc: 'us',
  });
  const siteOf = (site: unknown) => withSite(shared, siteConsentSchema.parse(site));

  it('replaces what it names, and leaves the rest', () => {
    const site = siteOf({
      categories: { klaro: { ga: [] }, civic: { x: ['ad_storage'] } },
      cookies: { axeptio: 'ax' },
    });
    expect(site.categories).toEqual({
      klaro: { ga: [], meta: ['ad_storage'] },
      civic: { x: ['ad_storage'] },
    });
    expect(site.cookies).toEqual({ klaro: 'choice', axeptio: 'ax' });
    expect(site.gpc).toBe('us');
  });

  it('says nothing where it is empty', () => {
    expect(siteOf({})).toEqual(shared);
  });
});

describe('the configuration of single sources', () => {
  const classic = { klaro: { ga: ['analytics_storage'] } };

  it('reads a cookie under the name that the site gave it, and no other', () => {
    const config = { categories: classic, cookies: { klaro: 'shop_choice' } };
    expect(stateOf(read(config, { shop_choice: '{"ga":true}' }), 'analytics_storage')).toBe('granted');
    expect(read(config, { klaro: '{"ga":true}' })).toEqual([]);
  });

  it('leaves out sources that the site does not list', () => {
    expect(read({ categories: classic, sources: ['gpc'] }, { klaro: '{"ga":true}' })).toEqual([]);
  });

  it.each([
    [{ categories: { kalro: {} } }, 'Unrecognized key: "kalro"'],
    [{ categories: { gpc: {} } }, 'Unrecognized key: "gpc"'],
    [{ cookies: { onetrust: 'other' } }, 'Unrecognized key: "onetrust"'],
    [{ cookies: { klaro: 'a b' } }, "A cookie name has 1 to 64 letters, digits and !#$%&'*+-.^_`|~ only."],
  ])('refuses %j', (config, message) => {
    const issues = consentConfigSchema.safeParse(config).error?.issues ?? [];
    expect(issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('refuses a consent type that does not exist', () => {
    const config = { categories: { klaro: { ga: ['analytics'] } } };
    const issues = consentConfigSchema.safeParse(config).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toEqual(['categories.klaro.ga.0']);
  });
});

describe('a cookie that comes twice', () => {
  const config = { categories: { klaro: { ga: ['analytics_storage'], meta: ['ad_storage'] } } };
  const twice = (first: string, second: string) =>
    read(config, { klaro: first }, { cookie: `a=1; klaro=${encodeURIComponent(first)}; klaro=${second}` });

  it.each([
    ['both grant, one in a record that cannot be read whole', '{"ga":true}', '{"ga":true,"x":1}', 'unset'],
    ['both grant, with differences elsewhere', '{"ga":true}', '{"ga":true,"x":true}', 'granted'],
    ['the second denies', '{"ga":true}', '{"ga":false}', 'denied'],
    ['the first denies', '{"ga":false}', '{"ga":true}', 'denied'],
    ['the second is silent', '{"ga":true}', '{"meta":true}', 'unset'],
    ['the second cannot be read', '{"ga":true}', 'yes', 'unset'],
  ])('%s', (_title, first, second, expected) => {
    const statements = twice(first, encodeURIComponent(second));
    const states = statements.map((statement) => statement.types.analytics_storage?.state ?? 'unset');
    expect(states.includes('denied') ? 'denied' : states[0]).toBe(expected);
    expect(states.includes('granted')).toBe(expected === 'granted');
  });

  it('is read once where the header repeats the name inside another name only', () => {
    const statements = read(
      config,
      { klaro: '{"ga":true}', xklaro: '1' },
      { cookie: 'xklaro=1; klaro=%7B%22ga%22:true%7D' },
    );
    expect(statements.map(({ types }) => types.analytics_storage?.state)).toEqual(['granted']);
  });

  it('is not read a hundred times', () => {
    const header = Array.from({ length: 100 }, (_, at) => `klaro={"ga":${at % 2 === 0}}`).join('; ');
    const statements = read(config, { klaro: '{"ga":true}' }, { cookie: header });
    expect(statements.length).toBeLessThanOrEqual(5);
    expect(stateOf(statements.slice(-1), 'analytics_storage')).toBe('denied');
  });
});

describe("OneTrust's query string", () => {
  const decided = { OptanonAlertBoxClosed: '2026-11-02T09:00:05.000Z' };
  const spilled = 'landingPath=https://shop.example/?a=1&groups=C0004:1,C0002:1&groups=C0004:0,C0002:1';

  it('believes no grant where a link may have spilled groups of its own into it', () => {
    const [statement] = read({}, { OptanonConsent: spilled, ...decided });
    expect(statement?.types).toEqual({
      ad_storage: { state: 'denied', weight: 'choice' },
      ad_user_data: { state: 'denied', weight: 'choice' },
      ad_personalization: { state: 'denied', weight: 'choice' },
    });
    expect(statement?.problem).toBe('OptanonConsent states groups twice');
  });

  it('is read as the browser sent it where the header is there, so that nothing spills', () => {
    const raw = `landingPath=${encodeURIComponent('https://shop.example/?a=1&groups=C0004:1')}&groups=C0004%3A0%2CC0002%3A1`;
    const [statement] = read(
      {},
      { OptanonConsent: decodeURIComponent(raw), ...decided },
      { cookie: `x=1; OptanonConsent=${raw}; OptanonAlertBoxClosed=2026-11-02T09:00:05.000Z` },
    );
    expect(statement?.problem).toBeUndefined();
    expect(statement?.types.analytics_storage?.state).toBe('granted');
    expect(statement?.types.ad_storage?.state).toBe('denied');
  });

  it('takes no groups from inside another field where it has none itself', () => {
    const raw = `landingPath=${encodeURIComponent('https://shop.example/?a=1&groups=C0002:1&b=2')}&interactionCount=1`;
    const [statement] = read({}, { OptanonConsent: raw, ...decided });
    expect(statement).toEqual({ source: 'onetrust', types: {}, problem: 'OptanonConsent has no groups' });
  });

  it('wants a time of choice that is one', () => {
    const [statement] = read({}, { OptanonConsent: 'groups=C0002:1', OptanonAlertBoxClosed: 'yes' });
    expect(statement?.types).toEqual({});
    expect(statement?.problem).toBe('OptanonAlertBoxClosed is not a time');
  });
});

describe('records in more than one cookie', () => {
  it.each([
    [
      'TrustArc cookies that disagree',
      { cmapi_cookie_privacy: 'permit 1,2,3', notice_gdpr_prefs: '0,1:' },
      'denied',
    ],
    [
      'TrustArc cookies that agree',
      { cmapi_cookie_privacy: 'permit_1|2|3', notice_gdpr_prefs: '0|1|2:' },
      'granted',
    ],
    [
      'TrustArc cookies of a site that adds words',
      { cmapi_cookie_privacy: 'permit_1_required', notice_gdpr_prefs: '0::implied,us' },
      'denied',
    ],
    [
      'TrustArc cookies of four levels',
      { notice_preferences: '3:', notice_gdpr_prefs: '0,1,2,3:', cmapi_cookie_privacy: 'permit 1,2,3,4' },
      'granted',
    ],
    ['a refusal under implied consent', { notice_behavior: 'implied,us', notice_gdpr_prefs: '0:' }, 'denied'],
    [
      'acceptance under implied consent',
      { notice_behavior: 'implied|us', notice_preferences: '2:' },
      'unset',
    ],
    [
      'iubenda cookies of two sites, one of which denies',
      { '_iub_cs-1': '{"consent":true}', '_iub_cs-2': '{"consent":false}' },
      'denied',
    ],
    [
      'iubenda cookies of two sites that grant',
      { '_iub_cs-1': '{"consent":true}', '_iub_cs-s2': '{"consent":true}' },
      'granted',
    ],
    [
      'an iubenda cookie of another kind',
      { '_iub_cs-1-granular': 'x', '_iub_cs-1': '{"consent":true}' },
      'granted',
    ],
  ])('%s', (_title, cookies, expected) => {
    expect(stateOf(read({}, cookies), 'ad_storage')).toBe(expected);
  });

  it("CookieYes's older boxes mean nothing before the policy was answered, and nothing where it was refused", () => {
    const boxes = { 'cookielawinfo-checkbox-analytics': 'yes', 'cookielawinfo-checkbox-necessary': 'yes' };
    expect(stateOf(read({}, boxes), 'analytics_storage')).toBe('unset');
    expect(stateOf(read({}, { ...boxes, viewed_cookie_policy: 'no' }), 'analytics_storage')).toBe('denied');
    expect(stateOf(read({}, { ...boxes, viewed_cookie_policy: 'yes' }), 'analytics_storage')).toBe('granted');
    expect(read({}, { viewed_cookie_policy: 'yes' })).toEqual([]);
    const two = { 'cookielawinfo-checkbox-non-necessary': 'no', viewed_cookie_policy: 'yes' };
    expect(stateOf(read({}, two), 'ad_storage')).toBe('denied');
  });

  it.each([
    ['3AMPS.AMPS_DEBE_f_f_x', 'granted', false],
    ['3aMPs.MP_DEBE_f_f_x', 'denied', true],
    ['3aA.A_DEBE_f_f_x', 'denied', false],
    ['3MP.AMPS_DEBE_t_t_x', 'unset', false],
    ['%33A.A_DEBE_f_f_x', 'granted', false],
    ['4AMPS.AMPS_DEBE_f_f_x', 'unset', undefined],
    ['3AXPS.AMPS_DEBE_f_f_x', 'unset', undefined],
    ['3AMPS', 'unset', undefined],
  ])('Shopify writes %s for analytics %s', (value, expected, optOut) => {
    const [statement] = read({}, { _tracking_consent: value });
    expect(statement?.types.analytics_storage?.state ?? 'unset').toBe(expected);
    expect(statement?.problem === undefined ? (statement?.optOut ?? false) : undefined).toBe(optOut);
  });
});
