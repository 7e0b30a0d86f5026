import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { compileRoundTrips } from '../../src/campaign/round-trip.ts';
import { roundTripsConfigSchema } from '../../src/campaign/round-trip-config.ts';
import { accepted, ask, browser, refused } from './client.ts';
import { clientOf, type RunningEdge, redirectPolicy, siteOf, startProxy, startUpstream } from './edge.ts';

const page = {
  ...browser,
  accept: 'text/html',
  'sec-fetch-dest': 'document',
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '203.0.113.9',
};
const state = 'c2lnbmVkLWFuZC11bmd1ZXNzYWJsZQ';

/** A shop with a sign-in elsewhere (OAuth and SAML), a payment elsewhere, and an account. */
const shop: RequestListener = (req, res) => {
  const { url = '' } = req;
  const callback = encodeURIComponent('https://shop.example/auth/callback');
  const targets: readonly (readonly [string, string])[] = [
    ['/login', `https://idp.example/authorize?client_id=1&redirect_uri=${callback}&state=${state}`],
    ['/saml/login', 'https://idp.example/sso?SAMLRequest=fZI'],
    ['/checkout/buy', 'https://www.paypal.com/checkoutnow?token=EC-60U79048BN7719609'],
    ['/auth/callback', '/account'],
    ['/saml/acs', '/account'],
  ];
  const target = targets.find(([path]) => url.split('?')[0] === path)?.[1];
  if (target !== undefined) res.writeHead(req.method === 'POST' ? 303 : 302, { location: target });
  else res.writeHead(200, { 'content-type': 'text/html' });
  res.end();
};

/** A browser with one cookie jar and the referrers that it would send. */
interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  post(path: string, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  readonly cookies: Map<string, string>;
}

interface Seen {
  readonly status: number;
  readonly location: string | undefined;
  readonly setCookie: readonly string[];
  readonly cacheControl: string | undefined;
}

function visitorOf(
  edge: RunningEdge,
  consent: string,
  given: Readonly<Record<string, string>> = {},
): Visitor {
  const [name = '', value = ''] = consent.split('=');
  const cookies = new Map(consent === '' ? [] : [[name, value]]);
  const send = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Seen> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await ask(edge.port, { method, path, headers: { ...page, cookie, ...given, ...headers } });
    const setCookie = answer.headers['set-cookie'] ?? [];
    for (const text of setCookie) {
      const [pair = ''] = text.split(';');
      const [key = '', content = ''] = pair.split('=');
      if (/max-age=0/i.test(text)) cookies.delete(key);
      else cookies.set(key, content);
    }
    const { location, 'cache-control': cacheControl } = answer.headers;
    return { status: answer.status, location, setCookie, cacheControl };
  };
  return {
    cookies,
    get: (path, headers = {}) => send('GET', path, headers),
    post: (path, headers = {}) => send('POST', path, headers),
  };
}

async function start(config: unknown = {}) {
  const upstream = await startUpstream(shop);
  const roundTrips = compileRoundTrips(
    roundTripsConfigSchema.parse(config),
    redirectPolicy,
    siteOf().touchContext.isIgnoredReferrer,
  );
  return startProxy(upstream.url, {
    client: clientOf({ trustedProxies: ['loopback'] }),
    site: { roundTrips, pageViews: 'gateway' },
  });
}

const landing = { referer: 'https://shop.example/?utm_source=news&gclid=A.b-C&page=2' };
const fromIdp = { referer: 'https://idp.example/', 'sec-fetch-site': 'cross-site' };

describe('a sign-in elsewhere', () => {
  it('ends on the account page with the parameters that the landing had', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, accepted);
    const leaving = await visitor.get('/login', landing);
    expect(leaving.location).toBe(
      `https://idp.example/authorize?client_id=1&redirect_uri=https%3A%2F%2Fshop.example%2Fauth%2Fcallback&state=${state}`,
    );
    expect(leaving.setCookie).toEqual([
      expect.stringMatching(
        /^tl_trip=1\.[\w-]+\.[\w-]{22}; Max-Age=1800; Domain=shop\.example; Path=\/; HttpOnly; Secure; SameSite=None$/,
      ),
    ]);
    expect(leaving.cacheControl).toBe('private, no-store');
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back).toMatchObject({ status: 302, location: '/account?utm_source=news&gclid=A.b-C' });
    expect(back.cacheControl).toBe('private, no-store');
    expect(visitor.cookies.has('tl_trip')).toBe(false);
    await visitor.get('/account?utm_source=news&gclid=A.b-C', fromIdp);
    expect(edge.log.records().at(-1)?.event.campaign.touch).toMatchObject({
      source: 'news',
      clickIds: { gclid: { value: 'A.b-C' } },
    });
    expect(edge.counts()).toMatchObject({ 'round_trip parked': 1, 'round_trip restored': 1 });
  });

  it('is restored again when the callback is loaded again', async () => {
    const visitor = visitorOf(await start(), accepted);
    await visitor.get('/login', landing);
    for (const _ of [1, 2]) {
      const { location } = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
      expect(location).toBe('/account?utm_source=news&gclid=A.b-C');
    }
  });

  it('comes back by a SAML form that browsers send no Lax cookie with', async () => {
    const visitor = visitorOf(await start(), accepted);
    await visitor.get('/saml/login?utm_source=news&gclid=A');
    const back = await visitor.post('/saml/acs', { ...fromIdp, origin: 'https://idp.example' });
    expect(back).toMatchObject({ status: 303, location: '/account?utm_source=news&gclid=A' });
  });

  it('parks labels in memory alone where the visitor refused', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, refused);
    expect((await visitor.get('/login', landing)).setCookie).toEqual([]);
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back).toMatchObject({ location: '/account?utm_source=news', setCookie: [] });
    expect(edge.log.lines).toEqual([]);
  });

  it('treats a visitor who has not decided like one who refused', async () => {
    const visitor = visitorOf(await start(), '');
    expect((await visitor.get('/login', landing)).setCookie).toEqual([]);
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back.location).toBe('/account?utm_source=news');
  });

  it('gives nothing away that consent no longer allows on the return', async () => {
    const visitor = visitorOf(await start(), accepted);
    await visitor.get('/login', landing);
    visitor.cookies.set('tl_consent', '1.ddddddd');
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back.location).toBe('/account?utm_source=news');
  });

  it('gives nothing to another browser that comes with the same state', async () => {
    const edge = await start();
    await visitorOf(edge, refused).get('/login', landing);
    for (const other of [{ 'user-agent': 'Other/1.0' }, { 'x-forwarded-for': '198.51.100.1' }]) {
      const back = await visitorOf(edge, accepted, other).get(
        `/auth/callback?code=1&state=${state}`,
        fromIdp,
      );
      expect(back.location).toBe('/account');
    }
  });

  it('is forgotten after its time', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, accepted);
    await visitor.get('/login', landing);
    edge.clock.nowMs += 30 * 60_000;
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back.location).toBe('/account');
  });

  it('believes no forged cookie', async () => {
    const visitor = visitorOf(await start(), accepted);
    const trip = Buffer.from('{"q":"utm_source=evil","h":"idp.example","u":9999999999999}').toString(
      'base64url',
    );
    visitor.cookies.set('tl_trip', `1.${trip}.AAAAAAAAAAAAAAAAAAAAAA`);
    expect((await visitor.get('/auth/callback?code=1', fromIdp)).location).toBe('/account');
  });

  it('is not mixed with a campaign that the visitor comes back by', async () => {
    const visitor = visitorOf(await start(), accepted);
    await visitor.get('/login', landing);
    const back = await visitor.get('/auth/callback?utm_source=ad', { 'sec-fetch-site': 'cross-site' });
    expect(back.location).toBe('/account?utm_source=ad');
  });

  it('is not taken for one where a search leads back to the site', async () => {
    const visitor = visitorOf(await start(), accepted);
    await visitor.get('/login', landing);
    const search = { referer: 'https://www.google.com/', 'sec-fetch-site': 'cross-site' };
    expect(await visitor.get('/', search)).toMatchObject({ status: 200, location: undefined });
  });

  it('parks nothing for a visitor without a campaign, or for what is no page', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, accepted);
    expect((await visitor.get('/login', { referer: 'https://shop.example/' })).setCookie).toEqual([]);
    const script = { ...landing, 'sec-fetch-dest': 'empty' };
    expect((await visitor.get('/login', script)).setCookie).toEqual([]);
    expect(edge.counts()['round_trip parked']).toBeUndefined();
  });
});

describe('a payment elsewhere', () => {
  const fromPayPal = { referer: 'https://www.paypal.com/', 'sec-fetch-site': 'cross-site' };

  it('comes back to an address that stays as it is, and the event has the campaign', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, accepted);
    await visitor.get('/checkout/buy?utm_source=news&gclid=A');
    const path = '/checkout/done?token=EC-60U79048BN7719609&PayerID=7';
    expect((await visitor.get(path, fromPayPal)).status).toBe(200);
    const record = edge.log.records().at(-1);
    expect(record?.event.page?.url).toBe(`https://shop.example${path}`);
    expect(record?.event.campaign.touch).toMatchObject({
      source: 'news',
      clickIds: { gclid: { value: 'A' } },
    });
    expect(record?.decisions.find(({ stop }) => stop === 'campaign')?.facts).toMatchObject({
      restored: 'parked while the visitor was away',
    });
  });

  it('gives an event its labels where the visitor refused and the order comes back', async () => {
    const edge = await start();
    const visitor = visitorOf(edge, refused);
    await visitor.get('/checkout/buy?utm_source=news&gclid=A');
    await visitor.get('/checkout/done?token=EC-60U79048BN7719609', fromPayPal);
    expect(edge.log.records().at(-1)?.event.campaign.touch).toMatchObject({ source: 'news', clickIds: {} });
    expect(edge.log.lines.join()).not.toContain('gclid');
  });

  const routes = [{ leave: '/checkout/pay*', return: '/checkout/return*' }];

  it('comes back to the whole address where the site names the path', async () => {
    const visitor = visitorOf(await start({ routes }), accepted);
    expect((await visitor.get('/checkout/pay', landing)).status).toBe(200);
    const back = await visitor.get('/checkout/return?order=7', { 'sec-fetch-site': 'cross-site' });
    expect(back).toMatchObject({
      status: 302,
      location: '//shop.example/checkout/return?order=7&utm_source=news&gclid=A.b-C',
      cacheControl: 'private, no-store',
    });
    const again = await visitor.get('/checkout/return?order=7', { 'sec-fetch-site': 'cross-site' });
    expect(again.status).toBe(200);
  });

  it('takes its parameters on where one departure leads into another', async () => {
    const visitor = visitorOf(await start({ routes }), accepted);
    await visitor.get('/checkout/buy?utm_source=news');
    await visitor.get('/login?next=1', fromPayPal);
    const back = await visitor.get(`/auth/callback?code=1&state=${state}`, fromIdp);
    expect(back.location).toBe('/account?utm_source=news');
  });
});
