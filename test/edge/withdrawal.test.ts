import { describe, expect, it } from 'vitest';
import { bitsOf, typesOf } from '../../src/model/withdrawal.ts';
import { accepted, ask, post, refused } from './client.ts';
import { siteOf, startEdge, startMs, startProxy, startUpstream } from './edge.ts';

const view = { name: 'page_view', page: { url: 'https://shop.example/' } };
const id = 'AAAAAAAAAAAAAAAAAAAAAA';
const known = `tl_visitor=1.${id}.1790000000.1795435100`;
/** Analytics granted, advertising refused. */
const statistics = 'tl_consent=1.dgddddd';
const refusable = [
  'ad_storage',
  'analytics_storage',
  'ad_user_data',
  'ad_personalization',
  'functionality_storage',
  'personalization_storage',
];

describe('a hit of a visitor who refuses now', () => {
  it('writes the withdrawal down and ends the visitor cookie as it was set', async () => {
    const edge = await startEdge();
    const { status, headers } = await post(edge.port, view, { cookie: `${refused}; ${known}` });
    expect(status).toBe(204);
    expect(edge.choices).toEqual([
      { site: 'shop', visitorKey: id, types: bitsOf(typesOf(63)), atMs: startMs },
    ]);
    expect(typesOf(edge.choices[0]?.types ?? 0)).toEqual(refusable);
    expect(headers['set-cookie']).toEqual([
      'tl_visitor=; Max-Age=0; Domain=shop.example; Path=/; HttpOnly; SameSite=Lax',
    ]);
  });

  it('stores nothing that names them', async () => {
    const edge = await startEdge();
    await post(edge.port, view, { cookie: `${refused}; ${known}` });
    expect(edge.log.lines.join('')).not.toContain(id);
  });

  it('ends the cookie of parked parameters too', async () => {
    const edge = await startEdge();
    const { headers } = await post(edge.port, view, { cookie: `${refused}; tl_trip=1.parked.signature` });
    expect(headers['set-cookie']).toEqual([
      'tl_trip=; Max-Age=0; Domain=shop.example; Path=/; HttpOnly; SameSite=Lax',
    ]);
  });

  it('is answered only once the withdrawal is written down, and asked to come again where it is not', async () => {
    const edge = await startEdge({
      saveChoices: async () => {
        throw new Error('the disk is full');
      },
    });
    const { status, headers } = await post(edge.port, view, { cookie: `${refused}; ${known}` });
    expect(status).toBe(503);
    expect(headers['set-cookie']).toBeUndefined();
    expect(edge.log.lines).toEqual([]);
  });

  it('is tried again with the next hit after a failure', async () => {
    let isBroken = true;
    const saved: number[] = [];
    const edge = await startEdge({
      saveChoices: async (choices) => {
        if (isBroken) throw new Error('the disk is full');
        saved.push(choices.length);
      },
    });
    await post(edge.port, view, { cookie: `${refused}; ${known}` });
    isBroken = false;
    expect((await post(edge.port, view, { cookie: `${refused}; ${known}` })).status).toBe(204);
    expect(saved).toEqual([1]);
  });

  it('withdraws one part, once, and again after it was granted in between', async () => {
    const edge = await startEdge();
    for (const consent of [statistics, statistics, accepted, statistics])
      await post(edge.port, view, { cookie: `${consent}; ${known}` });
    expect(edge.choices).toHaveLength(2);
    expect(typesOf(edge.choices[0]?.types ?? 0)).not.toContain('analytics_storage');
  });

  it('withdraws more where more is refused', async () => {
    const edge = await startEdge();
    for (const consent of [statistics, refused])
      await post(edge.port, view, { cookie: `${consent}; ${known}` });
    expect(edge.choices.map(({ types }) => typesOf(types).includes('analytics_storage'))).toEqual([
      false,
      true,
    ]);
  });

  it('withdraws by GPC that is newly on', async () => {
    const edge = await startEdge();
    await post(edge.port, view, { cookie: `${accepted}; ${known}` });
    await post(edge.port, view, { cookie: `${accepted}; ${known}`, 'sec-gpc': '1' });
    expect(edge.choices.map(({ types }) => typesOf(types))).toEqual([['ad_user_data', 'ad_personalization']]);
  });

  it('places the choice where it was made, not where it arrived', async () => {
    const edge = await startEdge();
    const sentAt = startMs + 86_400_000;
    const events = [{ name: 'consent_update', time: sentAt - 4_000 }];
    await post(edge.port, { v: 1, sentAt, events }, { cookie: `${refused}; ${known}` });
    expect(edge.choices.map(({ atMs }) => atMs)).toEqual([startMs - 4_000]);
  });
});

describe('a hit that takes nothing back', () => {
  it.each([
    ['of an undecided visitor', known],
    ['of a visitor who accepts', `${accepted}; ${known}`],
    ['of a stranger who refuses', refused],
    ['with a cookie that is not ours', `${refused}; tl_visitor=1.short.1.1`],
  ])('%s writes nothing', async (_who, cookie) => {
    const edge = await startEdge();
    expect((await post(edge.port, view, { cookie })).status).toBe(204);
    expect(edge.choices).toEqual([]);
  });

  it('of a visitor who is new and refuses a part writes nothing', async () => {
    const edge = await startEdge();
    const { headers } = await post(edge.port, view, { cookie: statistics });
    const [cookie = ''] = (headers['set-cookie'] ?? []).map((text) => text.split(';')[0] ?? '');
    await post(edge.port, view, { cookie: `${statistics}; ${cookie}` });
    expect(edge.choices).toEqual([]);
  });
});

describe('many withdrawals at once', () => {
  it('share a write', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const sizes: number[] = [];
    const edge = await startEdge({
      sites: { 'shop.example': siteOf() },
      saveChoices: async (choices) => {
        sizes.push(choices.length);
        await gate;
      },
    });
    const cookieOf = (n: number): string =>
      `${refused}; tl_visitor=1.${String(n).padStart(22, 'A')}.1790000000.1795435100`;
    const answers = Array.from({ length: 6 }, (_, n) => post(edge.port, view, { cookie: cookieOf(n) }));
    await ask(edge.port, { path: '/nothing' });
    await ask(edge.port, { path: '/nothing' });
    open();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(204);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(6);
    expect(sizes.length).toBeLessThan(6);
  });
});

describe('a page of a visitor who refuses now', () => {
  const page = { accept: 'text/html', 'sec-fetch-dest': 'document' };
  const startShop = async (site: NonNullable<Parameters<typeof siteOf>[0]>) => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'max-age=600' }).end('<p>shop</p>');
    });
    return startProxy(upstream.url, { site });
  };

  it.each(['script', 'gateway'] as const)(
    'ends the cookies and writes the withdrawal down, with page views by %s',
    async (pageViews) => {
      const edge = await startShop({ pageViews });
      const cookie = `${refused}; ${known}; tl_trip=1.parked.signature`;
      const { status, headers } = await ask(edge.port, { headers: { ...page, cookie } });
      expect(status).toBe(200);
      expect(headers['set-cookie']?.toSorted()).toEqual([
        'tl_trip=; Max-Age=0; Domain=shop.example; Path=/; HttpOnly; SameSite=Lax',
        'tl_visitor=; Max-Age=0; Domain=shop.example; Path=/; HttpOnly; SameSite=Lax',
      ]);
      expect(headers['cache-control']).toContain('private');
      expect(edge.choices.map(({ visitorKey }) => visitorKey)).toEqual([id]);
    },
  );

  it.each([
    ['a visitor who accepts', `${accepted}; ${known}`],
    ['an undecided visitor', known],
    ['a stranger who refuses', refused],
  ])('leaves the page of %s as it is', async (_who, cookie) => {
    const edge = await startShop({});
    const { headers } = await ask(edge.port, { headers: { ...page, cookie } });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['cache-control']).toBe('max-age=600');
    expect(edge.choices).toEqual([]);
  });
});
