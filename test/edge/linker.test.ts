import { describe, expect, it } from 'vitest';
import { accepted, ask, browser, post } from './client.ts';
import { siteOf, startEdge, startMs } from './edge.ts';
import {
  askLink,
  firstSeenSec,
  id,
  land,
  landing,
  lastOf,
  own,
  reasonsOf,
  startLinked,
  visitorSet,
} from './links.ts';

describe('asking for a hand-over', () => {
  it('gives a token, the parameter and the hosts that share no cookies with the page', async () => {
    const edge = await startLinked();
    const answer = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    expect(answer).toMatchObject({ isNamed: true, parameter: 'tl', hosts: ['checkout.test'] });
    const back = await askLink(edge.port, { host: 'checkout.test' });
    expect(back).toMatchObject({ isNamed: false, hosts: ['shop.example', 'www.shop.example'] });
  });

  it('is never cached, and answers only pages of the site', async () => {
    const edge = await startLinked();
    const path = '/t/link';
    const mine = await ask(edge.port, { path, headers: browser });
    expect(mine.headers).toMatchObject({
      'cache-control': 'no-store',
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
    });
    const foreign = await ask(edge.port, { path, headers: { ...browser, origin: 'https://evil.example' } });
    expect([foreign.status, foreign.text]).toEqual([403, '']);
    expect((await ask(edge.port, { method: 'POST', path, headers: browser })).status).toBe(405);
    expect((await ask(edge.port, { method: 'OPTIONS', path, headers: browser })).status).toBe(204);
  });

  it('is made known with the script, whose tag needs no attribute', async () => {
    const edge = await startLinked();
    const linked = await ask(edge.port, { path: '/t/s.js' });
    expect(linked.text).toContain('"tl /t/link shop.example www.shop.example checkout.test"');
    const { etag = '' } = linked.headers;
    const again = await ask(edge.port, { path: '/t/s.js', headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    edge.reload({ 'shop.example': siteOf() });
    const plain = await ask(edge.port, { path: '/t/s.js', headers: { 'if-none-match': etag } });
    expect([plain.status, plain.text.includes('dataset')]).toEqual([200, false]);
  });

  it('is not there where all hosts of a site share their cookies', async () => {
    const edge = await startEdge({ sites: { 'shop.example': siteOf() } });
    expect((await ask(edge.port, { path: '/t/link' })).status).toBe(404);
  });
});

describe('a hand-over that comes with a hit', () => {
  it('makes one visitor of the two domains', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    edge.clock.nowMs += 20_000;
    const answer = await land(edge, token);
    expect(visitorSet(answer)).toBe(`1.${id}.${firstSeenSec}.${edge.clock.nowMs / 1000}`);
    expect(lastOf(edge)?.event.visitor).toMatchObject({
      key: id,
      isNew: false,
      firstSeenAtMs: firstSeenSec * 1000,
    });
    expect(reasonsOf(edge)).toEqual(['visitor_linked']);
  });

  it('brings the campaign along, click ids with the consent for them', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` }, landing);
    await land(edge, token);
    expect(lastOf(edge)?.event.campaign.touch).toMatchObject({
      kind: 'campaign',
      source: 'newsletter',
      medium: 'email',
      landingPage: 'https://checkout.test/pay',
      clickIds: { gclid: { value: 'TEST-GCLID-1234' } },
    });
  });

  it('gives way to a campaign of the page itself', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: accepted }, landing);
    const url = 'https://checkout.test/?utm_source=partner&utm_medium=affiliate';
    const headers = { host: 'checkout.test', origin: 'https://checkout.test', cookie: accepted };
    await post(edge.port, { name: 'page_view', page: { url, link: token } }, headers);
    expect(lastOf(edge)?.event.campaign.touch).toMatchObject({
      source: 'partner',
      medium: 'affiliate',
      clickIds: {},
    });
  });

  it('is taken out of the page and its referrer, wherever a tracker puts it', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` }, landing);
    const url = `https://checkout.test/pay?a=1&tl=${token}&_gl=1*abc*_ga*MTIz#x`;
    const referrer = `https://checkout.test/?tl=${token}`;
    const headers = { host: 'checkout.test', origin: 'https://checkout.test', cookie: accepted };
    await post(edge.port, { name: 'page_view', page: { url, referrer } }, headers);
    const ga4 = `/g/collect?v=2&tid=G-1&cid=1.1790000000&en=page_view&dl=${encodeURIComponent(url)}`;
    await ask(edge.port, { method: 'POST', path: ga4, headers: { ...browser, ...headers } });
    const [first, second] = edge.log.records();
    expect(first?.event.page).toEqual({
      url: 'https://checkout.test/pay?a=1&_gl=1*abc*_ga*MTIz#x',
      referrer: 'https://checkout.test/',
    });
    expect(second?.event.visitor?.key).toBe(id);
    expect(edge.log.lines.join()).not.toContain(token.slice(-22));
  });

  it('is taken out of the properties of an event, at any depth', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` }, landing);
    const followed = `https://checkout.test/pay?a=1&tl=${token}#x`;
    const properties = { link_url: followed, list: ['b', { deep: followed }], plain: 'tl=en' };
    await post(edge.port, { name: 'click', properties }, { cookie: accepted });
    expect(lastOf(edge)?.event.properties).toMatchObject({
      link_url: 'https://checkout.test/pay?a=1#x',
      list: ['b', { deep: 'https://checkout.test/pay?a=1#x' }],
      plain: 'tl=en',
    });
  });

  it('comes once more with the next hits without harm', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    const cookie = visitorSet(await land(edge, token));
    edge.clock.nowMs += 30_000;
    const again = await land(edge, token, { cookie: `${accepted}; tl_visitor=${cookie}` });
    expect(visitorSet(again)).toBeUndefined();
    expect(lastOf(edge)?.event.visitor?.key).toBe(id);
    expect(reasonsOf(edge)).toEqual(['visitor_linked']);
  });

  it('counts for hits that leave together with it', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    await Promise.all([land(edge, token), land(edge, token), land(edge, token)]);
    const headers = { host: 'checkout.test', origin: 'https://checkout.test', cookie: accepted };
    await post(edge.port, { name: 'scroll' }, headers);
    expect(new Set(edge.log.records().map(({ event }) => event.visitor?.key))).toEqual(new Set([id]));
  });

  it('never joins a browser that has had a visitor of its own', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    const other = `1.BBBBBBBBBBBBBBBBBBBBBB.${firstSeenSec}.${startMs / 1000}`;
    await land(edge, token, { cookie: `${accepted}; tl_visitor=${other}` });
    expect(lastOf(edge)?.event.visitor?.key).toBe('BBBBBBBBBBBBBBBBBBBBBB');
    expect(reasonsOf(edge)).toEqual(['link_kept_own', 'visitor_known']);
  });

  it('replaces a visitor that was made on the way here', async () => {
    const edge = await startLinked();
    const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` });
    const young = `1.BBBBBBBBBBBBBBBBBBBBBB.${startMs / 1000 - 5}.${startMs / 1000 - 5}`;
    const answer = await land(edge, token, { cookie: `${accepted}; tl_visitor=${young}` });
    expect(visitorSet(answer)).toContain(id);
    expect(lastOf(edge)?.event.visitor?.key).toBe(id);
  });
});
