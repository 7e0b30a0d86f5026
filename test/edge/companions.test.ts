import type { OutgoingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type CompanionsConfig, compileCompanions } from '../../src/campaign/companions.ts';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import type { EdgeSite } from '../../src/edge/site.ts';
import { accepted as tcAccepted, writeTcString } from '../consent/tc-writer.ts';
import { type Answer, accepted, ask, browser, post, refused } from './client.ts';
import { clientOf, siteOf, startEdge, startMs, startProxy, startUpstream } from './edge.ts';

const navigation = { ...browser, accept: 'text/html', 'sec-fetch-dest': 'document' };
const landing = '/?gclid=Cj0KCQ-a_1&fbclid=IwAR2F4';
const startSec = startMs / 1000;
const visitorId = 'AAAAAAAAAAAAAAAAAAAAAA';
const known = `${accepted}; tl_visitor=1.${visitorId}.1790000000.${startSec - 60}`;

const googleAndMeta: CompanionsConfig = { google: 'set', meta: 'set' };
const companions = compileCompanions(googleAndMeta);

interface Upstream {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
}

async function startSite({ status = 200, headers = {} }: Upstream = {}, site: Partial<EdgeSite> = {}) {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'public, max-age=60', ...headers });
    res.end(status === 304 ? undefined : '<h1>Shop</h1>');
  });
  return startProxy(upstream.url, { site: { companions, ...site } });
}

/** Value by name of what an answer sets, and `(gone)` for what it takes away. */
function setBy({ headers }: Pick<Answer, 'headers'>): Readonly<Record<string, string>> {
  const pairs = (headers['set-cookie'] ?? []).map((cookie) => {
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/s);
    return [name, cookie.includes('Max-Age=0') ? '(gone)' : value] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== 'tl_visitor'));
}

const both = { _gcl_aw: `GCL.${startSec}.Cj0KCQ-a_1`, _fbc: `fb.1.${startMs}.IwAR2F4` };

describe('companion cookies with a page', () => {
  it('are set on the registrable domain, for scripts to read', async () => {
    const edge = await startSite();
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: accepted } });
    expect(answer.headers['set-cookie']).toEqual([
      `_gcl_aw=${both._gcl_aw}; Max-Age=7776000; Domain=shop.example; Path=/; SameSite=Lax`,
      `_fbc=${both._fbc}; Max-Age=7776000; Domain=shop.example; Path=/; SameSite=Lax`,
    ]);
    expect(answer.text).toBe('<h1>Shop</h1>');
    expect(edge.counts()).toEqual({ 'companions set': 1 });
  });

  it('are Secure where the browser came by https', async () => {
    const upstream = await startUpstream((_req, res) => void res.end());
    const client = clientOf({ trustedProxies: ['127.0.0.1'] });
    const edge = await startProxy(upstream.url, { site: { companions }, client });
    const headers = { ...navigation, cookie: accepted, 'x-forwarded-proto': 'https' };
    const answer = await ask(edge.port, { path: '/?gclid=a', headers });
    expect(answer.headers['set-cookie']).toEqual([expect.stringContaining('; Secure; SameSite=Lax')]);
  });

  it('keep the answer from every shared cache, and leave it to the browser', async () => {
    const edge = await startSite({
      headers: {
        'cache-control': 'public, max-age=60, s-maxage=600',
        'surrogate-control': 'max-age=600',
        'cdn-cache-control': 'max-age=600',
        etag: '"a"',
      },
    });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: accepted } });
    expect(answer.headers['cache-control']).toBe('private, max-age=60');
    expect(answer.headers).not.toHaveProperty('surrogate-control');
    expect(answer.headers).not.toHaveProperty('cdn-cache-control');
    expect(answer.headers.etag).toBe('"a"');
  });

  it('leave an answer alone where there is nothing new to set', async () => {
    const edge = await startSite();
    const cookie = `${accepted}; _fbp=fb.1.1758745331539.1633593819; _gcl_aw=GCL.${startSec - 60}.Cj0KCQ-a_1`;
    const answer = await ask(edge.port, { path: '/?gclid=Cj0KCQ-a_1', headers: { ...navigation, cookie } });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
  });

  it("are given their whole life again on a known visitor's first page of the day", async () => {
    const edge = await startSite();
    const yesterday = `tl_visitor=1.${visitorId}.1790000000.${startSec - 90_000}`;
    const cookie = `${accepted}; ${yesterday}; _fbp=fb.1.1758745331539.16; _gcl_au=1.1.13.1790256103`;
    const answer = await ask(edge.port, { headers: { ...navigation, cookie } });
    expect(setBy(answer)).toEqual({ _fbp: 'fb.1.1758745331539.16', _gcl_au: '1.1.13.1790256103' });
    expect(answer.headers['cache-control']).toBe('private, max-age=60');
  });

  it('are made for a known visitor, and the same again where they were lost', async () => {
    const edge = await startSite();
    const first = setBy(await ask(edge.port, { headers: { ...navigation, cookie: known } }));
    edge.clock.nowMs += 30 * 86_400_000;
    const later = setBy(await ask(edge.port, { headers: { ...navigation, cookie: known } }));
    expect(first).toEqual({
      _gcl_au: expect.stringMatching(/^1\.1\.\d{1,10}\.1790000000$/),
      _fbp: expect.stringMatching(/^fb\.1\.1790000000000\.\d{1,10}$/),
    });
    expect(later).toEqual(first);
  });

  it("give way to the upstream's own", async () => {
    const edge = await startSite({ headers: { 'set-cookie': ['_fbc=fb.1.1.own; Path=/', 'sid=1'] } });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: accepted } });
    expect(setBy(answer)).toEqual({ _fbc: 'fb.1.1.own', sid: '1', _gcl_aw: both._gcl_aw });
  });

  it.each([
    [200, both],
    [204, both],
    [302, both],
    [304, both],
    [404, {}],
    [500, {}],
  ])('go with the status %i: %o', async (status, expected) => {
    const edge = await startSite({ status, headers: { location: '/de/' } });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: accepted } });
    expect(answer.status).toBe(status);
    expect(setBy(answer)).toEqual(expected);
  });

  const others: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 'GET'],
    ['a prerendering', { 'sec-purpose': 'prefetch;prerender' }, 'GET'],
    ['an older prefetch', { 'x-moz': 'prefetch' }, 'GET'],
    ['a frame', { 'sec-fetch-dest': 'iframe' }, 'GET'],
    ['an image', { 'sec-fetch-dest': 'image' }, 'GET'],
    ['what a script fetches', { 'sec-fetch-dest': 'empty' }, 'GET'],
    ['HEAD', {}, 'HEAD'],
    ['a posted form', {}, 'POST'],
  ];
  it.each(others)('are not set with %s', async (_title, given, method) => {
    const edge = await startSite();
    const headers = { ...navigation, cookie: known, ...given };
    const answer = await ask(edge.port, { method, path: landing, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
  });

  it('are nothing to a site that names no platform', async () => {
    const edge = await startSite({}, { companions: null });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: known } });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('go to the page view that the gateway counts, too', async () => {
    const edge = await startSite({}, { pageViews: 'gateway' });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: known } });
    const made = setBy(answer);
    expect(made).toMatchObject(both);
    expect(edge.log.records()[0]?.event.visitor?.clientIds).toEqual({ fbc: both._fbc, fbp: made['_fbp'] });
    const cookie = [known, ...Object.entries(made).map(([name, value]) => `${name}=${value}`)].join('; ');
    const next = await ask(edge.port, { path: '/cart', headers: { ...navigation, cookie } });
    expect(next.headers).not.toHaveProperty('set-cookie');
    expect(edge.log.records()[1]?.event.visitor?.clientIds).toEqual({ fbc: both._fbc, fbp: made['_fbp'] });
  });

  it('go with the redirect of a landing where the gateway counts page views', async () => {
    const edge = await startSite({ status: 302, headers: { location: '/de/' } }, { pageViews: 'gateway' });
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, cookie: accepted } });
    expect(setBy(answer)).toEqual(both);
    expect(answer.headers.location).toContain('gclid=Cj0KCQ-a_1');
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(edge.log.lines).toEqual([]);
  });
});

const here = '_fbp=fb.1.1758745331539.16; _gcl_aw=GCL.1795000000.Older; ttclid=x';
const matrix: readonly (readonly [
  title: string,
  cookie: string,
  headers: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
])[] = [
  ['granted', `${accepted}; ${here}`, {}, { ...both, _fbp: 'fb.1.1758745331539.16' }],
  ['undecided', here, {}, {}],
  ['denied', `${refused}; ${here}`, {}, { _fbp: '(gone)', _gcl_aw: '(gone)' }],
  ['denied without any', refused, {}, {}],
  ['granted but for ad_user_data', `tl_consent=1.ggdgggg; ${here}`, {}, {}],
  ['granted but for ad_storage', `tl_consent=1.dgggggg; ${here}`, {}, { _fbp: '(gone)', _gcl_aw: '(gone)' }],
  ['granted, and opted out by GPC', `${accepted}; ${here}`, { 'sec-gpc': '1' }, {}],
  ['unreadable', `tl_consent=2.x; ${here}`, {}, {}],
];

describe('consent and companion cookies', () => {
  it.each(matrix)('%s: with a page', async (_title, cookie, given, expected) => {
    const edge = await startSite();
    const answer = await ask(edge.port, { path: landing, headers: { ...navigation, ...given, cookie } });
    expect(setBy(answer)).toEqual(expected);
  });

  it.each(matrix)("%s: with a hit's reply", async (_title, cookie, given, expected) => {
    const edge = await startEdge({ sites: { 'shop.example': siteOf({ companions }) } });
    const hit = { name: 'page_view', page: { url: `https://shop.example${landing}` } };
    const { _gcl_au, ...found } = setBy(await post(edge.port, hit, { ...given, cookie }));
    expect(found).toEqual(expected);
    expect(_gcl_au !== undefined).toBe(expected['_fbc'] !== undefined);
  });

  it('asks nothing of a region that has an opt-out, until there is one', async () => {
    const consentPolicy = compileConsentPolicy(consentConfigSchema.parse({ unknown: 'opt_out' }));
    const edge = await startSite({}, { consentPolicy });
    expect(setBy(await ask(edge.port, { path: landing, headers: navigation }))).toEqual(both);
    const optedOut = { ...navigation, 'sec-gpc': '1' };
    expect(setBy(await ask(edge.port, { path: landing, headers: optedOut }))).toEqual({});
  });

  it("is a platform's own where a TC string names platforms", async () => {
    const consentPolicy = compileConsentPolicy(consentConfigSchema.parse({}), [{ tcf: 755 }]);
    const edge = await startSite({}, { consentPolicy });
    const cookieOf = (text: string) => ({ ...navigation, cookie: `euconsent-v2=${text}; _fbc=${both._fbc}` });
    const named = await ask(edge.port, { path: landing, headers: cookieOf(writeTcString(tcAccepted)) });
    expect(setBy(named)).toEqual({ _gcl_aw: both._gcl_aw });
    // Everything accepted in the banner, Google alone refused in the string.
    const refusing = `${accepted}; euconsent-v2=${writeTcString({ ...tcAccepted, vendors: [91] })}`;
    const cookie = `${refusing}; _gcl_aw=${both._gcl_aw}`;
    const taken = await ask(edge.port, { path: landing, headers: { ...navigation, cookie } });
    expect(setBy(taken)).toEqual({ _gcl_aw: '(gone)', _fbc: both._fbc });
  });

  it('is not believed from the address of a page', async () => {
    const edge = await startSite();
    const path = `${landing}&gcs=G111&gcd=13r3r3r3r5&tl_consent=1.ggggggg`;
    expect(setBy(await ask(edge.port, { path, headers: navigation }))).toEqual({});
  });
});

describe("companion cookies with a hit's reply", () => {
  const start = () => startEdge({ sites: { 'shop.example': siteOf({ companions }) } });

  it('are set by the hit that grants consent after the landing, and its event has their ids', async () => {
    const edge = await start();
    const page = { url: `https://shop.example${landing}` };
    expect(setBy(await post(edge.port, { name: 'page_view', page }))).toEqual({});
    const answer = await post(edge.port, { name: 'consent_update', page }, { cookie: accepted });
    const set = setBy(answer);
    expect(set).toEqual({
      ...both,
      _gcl_au: expect.stringMatching(/^1\.1\.\d+\.\d+$/),
      _fbp: expect.stringMatching(/^fb\.1\.\d{13}\.\d+$/),
    });
    const [, event] = edge.log.records();
    expect(event?.event.visitor?.clientIds).toEqual({ fbc: both._fbc, fbp: set['_fbp'] });
    expect(event?.decisions.find(({ stop }) => stop === 'visitor')?.facts).toEqual({
      cookiesSet: ['_gcl_aw', '_gcl_au', '_fbc', '_fbp'],
    });
  });

  it('are named in the story of the event that took them away', async () => {
    const edge = await start();
    await post(edge.port, { name: 'consent_update' }, { cookie: `${refused}; _fbp=fb.1.1758745331539.16` });
    const [record] = edge.log.records();
    expect(record?.decisions.find(({ stop }) => stop === 'visitor')?.facts).toEqual({
      cookiesExpired: ['_fbp'],
    });
  });

  it('are one for each name over all events of a batch, the landing before what came from elsewhere', async () => {
    const edge = await start();
    const batch = [
      { name: 'scroll', page: { url: 'https://shop.example/?gclid=Stale' } },
      { name: 'page_view', page: { url: 'https://shop.example/?gclid=Newest' } },
      { name: 'scroll', page: { url: 'https://shop.example/?gclid=Stale' } },
    ];
    const cookie = `${known}; _gcl_aw=GCL.1795000000.Older`;
    const answer = await post(edge.port, { events: batch }, { cookie });
    expect(answer.status).toBe(204);
    const named = (answer.headers['set-cookie'] ?? []).map((line) => line.split('=')[0]).sort();
    expect(named).toEqual(['_fbp', '_gcl_au', '_gcl_aw']);
    expect(setBy(answer)['_gcl_aw']).toBe(`GCL.${startSec}.Newest`);
  });

  it('stay what a page has written, to the byte', async () => {
    const edge = await startEdge({
      sites: { 'shop.example': siteOf({ companions: compileCompanions({ pinterest: 'refresh' }) }) },
    });
    const cookie = `${known}; _pin_unauth=dWlkPVpEVTBP%3D%20; _epik=dj0y`;
    expect(setBy(await post(edge.port, { name: 'scroll' }, { cookie }))).toEqual({
      _pin_unauth: 'dWlkPVpEVTBP%3D%20',
    });
  });

  it("are not for another site's page, where no browser would take them", async () => {
    const edge = await start();
    const answer = await post(
      edge.port,
      { name: 'page_view' },
      { cookie: known, 'sec-fetch-site': 'cross-site' },
    );
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('are not for a server that sends events', async () => {
    const edge = await start();
    const body = { messageId: 'm1', type: 'page', anonymousId: 'a1', writeKey: 'k' };
    const { origin: _, ...headers } = browser;
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/v1/page',
      headers: { ...headers, 'content-type': 'application/json', cookie: accepted },
      body: JSON.stringify({ ...body, context: { library: { name: 'analytics-node', version: '2' } } }),
    });
    expect(answer.status).toBe(200);
    expect(setBy(answer)).toEqual({});
  });
});
