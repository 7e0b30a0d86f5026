import { describe, expect, it } from 'vitest';
import { parseVisitorCookie } from '../../src/visitor/identity.ts';
import { type Answer, accepted, ask, post, refused } from './client.ts';
import { clientOf, siteOf, startEdge, startMs } from './edge.ts';

/** The visitor cookie's parts, by lower-case name; undefined where none was set. */
function cookieOf({ headers }: Answer): ReadonlyMap<string, string> | undefined {
  const [cookie] = headers['set-cookie'] ?? [];
  if (cookie === undefined) return undefined;
  return new Map(
    cookie.split('; ').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.toLowerCase(), value] as const;
    }),
  );
}

const view = { name: 'page_view', page: { url: 'https://www.shop.example/' } };
const idle = '1.AAAAAAAAAAAAAAAAAAAAAA.1790000000';

describe('the visitor cookie', () => {
  it('is set with consent: hidden from scripts, Lax, on the registrable domain, for 400 days', async () => {
    const edge = await startEdge({ sites: { 'www.shop.example': siteOf() } });
    const cookie = cookieOf(await post(edge.port, view, { host: 'www.shop.example', cookie: accepted }));
    expect(Object.fromEntries(cookie ?? [])).toMatchObject({
      domain: 'shop.example',
      path: '/',
      samesite: 'Lax',
      'max-age': '34560000',
      httponly: '',
    });
    expect(cookie?.has('secure')).toBe(false);
    expect(parseVisitorCookie(cookie?.get('tl_visitor'))).toMatchObject({
      firstSeenSec: startMs / 1000,
      setSec: startMs / 1000,
    });
    expect(edge.log.records()[0]?.event.visitor?.key).toBe(parseVisitorCookie(cookie?.get('tl_visitor'))?.id);
  });

  it('is Secure where a trusted proxy says that the visitor came over https', async () => {
    const edge = await startEdge({ client: clientOf({ trustedProxies: ['loopback'] }) });
    for (const header of [
      { 'x-forwarded-proto': 'https' },
      { 'x-forwarded-proto': 'HTTPS, http' },
      { forwarded: 'for=1.2.3.4;proto=https' },
    ]) {
      expect(cookieOf(await post(edge.port, view, { cookie: accepted, ...header }))?.has('secure')).toBe(
        true,
      );
    }
  });

  it('is not Secure on the word of anybody else', async () => {
    const edge = await startEdge();
    expect(
      cookieOf(await post(edge.port, view, { cookie: accepted, 'x-forwarded-proto': 'https' }))?.has(
        'secure',
      ),
    ).toBe(false);
  });

  it.each([
    ['before the visitor has chosen', ''],
    ['with analytics refused', 'tl_consent=1.gdggggg'],
    ['with everything refused', refused],
    ['with consent that cannot be read', 'tl_consent=2.ggggggg'],
  ])('is not set %s', async (_title, cookie) => {
    const edge = await startEdge();
    const answer = await post(edge.port, view, { cookie });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(edge.log.records()[0]?.event).not.toHaveProperty('visitor');
  });

  it('expires once the visitor refuses, and is left alone while nobody has decided', async () => {
    const edge = await startEdge();
    const denied = cookieOf(
      await post(edge.port, view, { cookie: `${refused}; tl_visitor=${idle}.1795000000` }),
    );
    expect(Object.fromEntries(denied ?? [])).toMatchObject({
      tl_visitor: '',
      'max-age': '0',
      domain: 'shop.example',
    });
    expect(
      (await post(edge.port, view, { cookie: `tl_visitor=${idle}.1795000000` })).headers['set-cookie'],
    ).toBeUndefined();
    for (const { event } of edge.log.records()) expect(event).not.toHaveProperty('visitor');
  });

  it('is renewed a day after it was set, keeping the id and the first time', async () => {
    const edge = await startEdge();
    const nowSec = startMs / 1000;
    const fresh = await post(edge.port, view, {
      cookie: `${accepted}; tl_visitor=${idle}.${nowSec - 86_400}`,
    });
    expect(fresh.headers['set-cookie']).toBeUndefined();
    const stale = cookieOf(
      await post(edge.port, view, { cookie: `${accepted}; tl_visitor=${idle}.${nowSec - 86_401}` }),
    );
    expect(stale?.get('tl_visitor')).toBe(`${idle}.${nowSec}`);
    const keys = edge.log.records().map(({ event }) => event.visitor);
    expect(keys).toEqual([
      expect.objectContaining({
        key: 'AAAAAAAAAAAAAAAAAAAAAA',
        isNew: false,
        firstSeenAtMs: 1_790_000_000_000,
      }),
      expect.objectContaining({
        key: 'AAAAAAAAAAAAAAAAAAAAAA',
        isNew: false,
        firstSeenAtMs: 1_790_000_000_000,
      }),
    ]);
  });

  it.each([
    '1.short.1790000000.1790000000',
    '2.AAAAAAAAAAAAAAAAAAAAAA.1.1',
    '1.AAAAAAAAAAAAAAAAAAAA%3C.1790000000.1790000000',
    'x',
  ])('is replaced where it is not ours: %s', async (value) => {
    const edge = await startEdge();
    const cookie = cookieOf(await post(edge.port, view, { cookie: `${accepted}; tl_visitor=${value}` }));
    expect(parseVisitorCookie(cookie?.get('tl_visitor'))).not.toBeNull();
    expect(edge.log.records()[0]?.decisions).toContainEqual(
      expect.objectContaining({ reason: 'visitor_new' }),
    );
  });

  it('is host-only on a host that is an address', async () => {
    const edge = await startEdge({ sites: { '127.0.0.1': siteOf() } });
    const cookie = cookieOf(
      await post(edge.port, view, {
        host: '127.0.0.1:8080',
        origin: 'http://127.0.0.1:8080',
        cookie: accepted,
      }),
    );
    expect([cookie?.has('tl_visitor'), cookie?.has('domain')]).toEqual([true, false]);
  });
});

const visitorsOf = (edge: Awaited<ReturnType<typeof startEdge>>) =>
  edge.log.records().map(({ event }) => event.visitor);

/** What identifies a browser in the log and in the answers: every value must be one. */
function identitiesOf(edge: Awaited<ReturnType<typeof startEdge>>, answers: readonly Answer[]) {
  const visitors = visitorsOf(edge);
  return {
    stored: visitors.length,
    keys: new Set(visitors.map((visitor) => visitor?.key)).size,
    fbps: new Set(visitors.map((visitor) => visitor?.clientIds['fbp'])).size,
    cookies: new Set(answers.map((answer) => cookieOf(answer)?.get('tl_visitor'))).size,
  };
}

describe('simultaneous first requests', () => {
  it('of one page load end with one visitor', async () => {
    const edge = await startEdge();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        post(edge.port, { ...view, loadId: 'load-1', name: `event_${n}` }, { cookie: accepted }),
      ),
    );
    expect(identitiesOf(edge, answers)).toEqual({ stored: 8, keys: 1, fbps: 1, cookies: 1 });
    const reasons = edge.log
      .records()
      .map(({ decisions }) => decisions.find(({ stop }) => stop === 'visitor')?.reason);
    expect(reasons.filter((reason) => reason === 'visitor_new')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'visitor_joined')).toHaveLength(7);
  });

  it('of one network and browser without a page-load token end with one visitor', async () => {
    const edge = await startEdge();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(edge.port, view, { cookie: accepted })),
    );
    expect(identitiesOf(edge, answers)).toEqual({ stored: 8, keys: 1, fbps: 1, cookies: 1 });
  });

  it('of several trackers on one page end with one visitor', async () => {
    const edge = await startEdge();
    const headers = { ...browserOf('A'), cookie: accepted };
    const answers = await Promise.all([
      post(edge.port, { ...view, loadId: 'load-1' }, headers),
      ask(edge.port, { path: '/t/e.gif?name=view', headers }),
      ask(edge.port, {
        method: 'POST',
        path: '/g/collect?v=2&tid=G-1&cid=1.1790000000&_p=7&en=page_view',
        headers,
      }),
      post(edge.port, { ...view, loadId: 'load-1' }, headers),
    ]);
    expect(identitiesOf(edge, answers)).toMatchObject({ stored: 4, keys: 1, cookies: 1 });
  });

  it('of two browsers stay two, whatever tells them apart', async () => {
    const edge = await startEdge();
    const answers = await Promise.all([
      post(edge.port, view, { ...browserOf('A'), cookie: accepted }),
      post(edge.port, view, { ...browserOf('B'), cookie: accepted }),
    ]);
    expect(identitiesOf(edge, answers)).toEqual({ stored: 2, keys: 2, fbps: 2, cookies: 2 });
  });

  it('of two visitors behind one address with the same browser stay two, because their page loads are two', async () => {
    const edge = await startEdge();
    const answers = await Promise.all(
      ['load-1', 'load-2', 'load-1', 'load-2'].map((loadId) =>
        post(edge.port, { ...view, loadId }, { cookie: accepted }),
      ),
    );
    expect(identitiesOf(edge, answers)).toEqual({ stored: 4, keys: 2, fbps: 2, cookies: 2 });
  });

  it('are told from later ones: after five seconds a browser without cookie is a new one', async () => {
    const edge = await startEdge();
    const first = await post(edge.port, view, { cookie: accepted });
    edge.clock.nowMs += 5_000;
    const second = await post(edge.port, view, { cookie: accepted });
    expect(identitiesOf(edge, [first, second])).toMatchObject({ keys: 2, cookies: 2 });
  });

  it('agree on the derived id with the requests that bring the cookie', async () => {
    const edge = await startEdge();
    const first = await post(edge.port, view, { cookie: accepted });
    await post(edge.port, view, { cookie: `${accepted}; tl_visitor=${cookieOf(first)?.get('tl_visitor')}` });
    const [made, kept] = visitorsOf(edge);
    expect(kept).toMatchObject({ key: made?.key, clientIds: { fbp: made?.clientIds['fbp'] } });
    expect(made?.clientIds['fbp']).toMatch(/^fb\.1\.1795435200000\.\d{1,10}$/);
  });

  it('of a batch set one cookie', async () => {
    const edge = await startEdge();
    const answer = await post(edge.port, [view, { name: 'scroll' }, { name: 'click' }], { cookie: accepted });
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(identitiesOf(edge, [answer])).toMatchObject({ stored: 3, keys: 1 });
  });
});

function browserOf(name: string): Readonly<Record<string, string>> {
  return {
    'user-agent': `Mozilla/5.0 (X11; Linux x86_64) ${name}/1.0`,
    'accept-language': 'en',
    origin: 'https://shop.example',
  };
}

describe('a server without cookies', () => {
  const consent = { analytics_storage: 'granted', ad_storage: 'granted' };
  const send = (port: number, event: object) =>
    ask(port, {
      method: 'POST',
      path: '/t/e',
      body: JSON.stringify({ name: 'purchase', consent, ...event }),
    });

  it('names the visitor by our key, and no browser id is made up for it', async () => {
    const edge = await startEdge();
    const answer = await send(edge.port, { clientId: 'AAAAAAAAAAAAAAAAAAAAAA' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    const [visitor] = visitorsOf(edge);
    expect(visitor).toMatchObject({ key: 'AAAAAAAAAAAAAAAAAAAAAA', isNew: false });
    expect(visitor?.clientIds).not.toHaveProperty('fbp');
  });

  it("names the visitor by a tool's id, the same each time", async () => {
    const edge = await startEdge();
    await send(edge.port, { clientIds: { ga: '1.2' } });
    await send(edge.port, { clientIds: { ga: '1.2' } });
    await send(edge.port, { clientIds: { ga: '1.3' } });
    const [first, second, other] = visitorsOf(edge).map((visitor) => visitor?.key);
    expect(first).toMatch(/^[\w-]{22}$/);
    expect([second === first, other === first]).toEqual([true, false]);
  });

  it('that names nobody makes no visitor', async () => {
    const edge = await startEdge();
    await send(edge.port, {});
    expect(edge.log.records()[0]?.decisions).toContainEqual({
      stop: 'visitor',
      reason: 'visitor_none',
      facts: { why: 'no client id' },
    });
  });
});
