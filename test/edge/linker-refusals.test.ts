import { describe, expect, it } from 'vitest';
import { accepted, refused } from './client.ts';
import { clientOf, type RunningEdge, siteOf, startEdge } from './edge.ts';
import {
  askLink,
  id,
  land,
  landing,
  lastOf,
  linkedSite,
  own,
  reasonsOf,
  startLinked,
  visitorSet,
} from './links.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';
const keyOf = (edge: RunningEdge) => lastOf(edge)?.event.visitor?.key;

async function handedOver(edge: RunningEdge): Promise<string> {
  const { token } = await askLink(edge.port, { cookie: `${accepted}; ${own}` }, landing);
  return token;
}

/** Nothing of the link counts: somebody new, without its campaign. */
function expectRefused(edge: RunningEdge, reason: string): void {
  expect(reasonsOf(edge)).toEqual([reason, 'visitor_new']);
  expect(keyOf(edge)).not.toBe(id);
  expect(JSON.stringify(lastOf(edge)?.event.campaign)).not.toContain('TEST-GCLID');
}

describe('a hand-over is refused', () => {
  it('two minutes after it was made', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    edge.clock.nowMs += 122_000;
    await land(edge, token);
    expectRefused(edge, 'link_expired');
  });

  it('once a byte of it is another', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    await land(edge, token.slice(0, 10) + (token[10] === 'A' ? 'B' : 'A') + token.slice(11));
    expectRefused(edge, 'link_forged');
  });

  it('where it cannot be one', async () => {
    const edge = await startLinked();
    await land(edge, '1.<script>');
    expectRefused(edge, 'link_unreadable');
  });

  it('to another kind of browser', async () => {
    const edge = await startLinked();
    await land(edge, await handedOver(edge), { 'user-agent': firefox });
    expectRefused(edge, 'link_other_browser');
  });

  it('to another network where the site binds links to theirs, and only there', async () => {
    const client = clientOf({ trustedProxies: ['loopback'] });
    for (const bindNetwork of [true, false]) {
      const edge = await startLinked({ bindNetwork }, { client });
      const cookie = `${accepted}; ${own}`;
      const home = { cookie, 'x-forwarded-for': '203.0.113.7' };
      const { token } = await askLink(edge.port, home);
      await land(edge, token, { 'x-forwarded-for': '198.51.100.7' });
      expect(keyOf(edge) === id).toBe(!bindNetwork);
      edge.clock.nowMs += 10_000;
      const { token: second } = await askLink(edge.port, home);
      await land(edge, second, { 'x-forwarded-for': '203.0.113.99' });
      expect(keyOf(edge)).toBe(id);
    }
  });

  it('where it comes from a page that is not of the same site', async () => {
    const journey = linkedSite();
    const other = { ...linkedSite(), name: 'other', linker: journey.linker };
    const edge = await startEdge({
      sites: { 'shop.example': journey, 'checkout.test': other, 'evil.test': other },
    });
    const { token } = await askLink(edge.port, { host: 'evil.test', cookie: `${accepted}; ${own}` });
    await land(edge, token);
    expectRefused(edge, 'link_other_site');
  });

  it('to a second browser: a link that was copied does not make two people one', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    await land(edge, token, { 'accept-language': 'de' });
    expect(keyOf(edge)).toBe(id);
    await land(edge, token, { 'accept-language': 'en' });
    expect(reasonsOf(edge)).toEqual(['link_used', 'visitor_new']);
    expect(keyOf(edge)).not.toBe(id);
  });

  it('to a second browser that looks the same, a moment later', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    await land(edge, token);
    edge.clock.nowMs += 6_000;
    const answer = await land(edge, token);
    expect(reasonsOf(edge)).toEqual(['link_used', 'visitor_new']);
    expect(visitorSet(answer)).not.toContain(id);
  });

  it('where the linker is off, and the page is measured as ever', async () => {
    const edge = await startEdge({
      sites: { 'checkout.test': siteOf({ ownHosts: new Set(['checkout.test']) }) },
    });
    await land(edge, '1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    expect(reasonsOf(edge)).toEqual(['visitor_new']);
    expect(edge.log.lines.join()).not.toContain('1.AAAAAAAAAAAA');
  });
});

describe('consent and the hand-over', () => {
  const consentOf = (analytics: 'g' | 'd', ads: 'g' | 'd') => `tl_consent=1.${ads}${analytics}ddddg`;

  it.each([
    ['granted', 'granted', { visitor: true, clickId: true }],
    ['granted', 'denied', { visitor: true, clickId: false }],
    ['denied', 'granted', { visitor: false, clickId: true }],
    ['denied', 'denied', { visitor: false, clickId: false }],
  ] as const)('writing: analytics %s, ads %s', async (analytics, ads, expected) => {
    const edge = await startLinked();
    const cookie = consentOf(analytics === 'granted' ? 'g' : 'd', ads === 'granted' ? 'g' : 'd');
    const { token } = await askLink(edge.port, { cookie: `${cookie}; ${own}` }, landing);
    const bytes = Buffer.from(token.slice(2), 'base64url');
    expect(bytes.includes('newsletter')).toBe(true);
    expect(bytes.includes('TEST-GCLID')).toBe(expected.clickId);
    expect(bytes.includes(Buffer.from(id, 'base64url'))).toBe(expected.visitor);
    await land(edge, token);
    expect(keyOf(edge) === id).toBe(expected.visitor);
    expect(lastOf(edge)?.event.campaign.touch?.source).toBe('newsletter');
  });

  it.each([
    ['granted', 'granted', { visitor: true, clickId: true }],
    ['granted', 'denied', { visitor: true, clickId: false }],
    ['denied', 'granted', { visitor: false, clickId: true }],
    ['denied', 'denied', { visitor: false, clickId: false }],
  ] as const)('reading: analytics %s, ads %s', async (analytics, ads, expected) => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    const cookie = consentOf(analytics === 'granted' ? 'g' : 'd', ads === 'granted' ? 'g' : 'd');
    const answer = await land(edge, token, { cookie });
    expect(keyOf(edge) === id).toBe(expected.visitor);
    expect(visitorSet(answer) !== undefined).toBe(expected.visitor);
    const touch = lastOf(edge)?.event.campaign.touch;
    expect(touch?.source).toBe('newsletter');
    expect(touch?.clickIds['gclid'] !== undefined).toBe(expected.clickId);
    if (!expected.visitor) expect(edge.log.lines.join()).not.toContain(id);
  });

  it('waits for the choice: who grants on the second domain is known there from then on', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    expect(visitorSet(await land(edge, token, { cookie: '' }))).toBeUndefined();
    expect(keyOf(edge)).toBeUndefined();
    edge.clock.nowMs += 30_000;
    const granted = await land(edge, token, { cookie: accepted });
    expect(visitorSet(granted)).toContain(id);
  });

  it('keeps it, while undecided, for the page load that it came with: a copy of the link names nobody', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    await land(edge, token, { cookie: '' }, { loadId: 'first' });
    edge.clock.nowMs += 30_000;
    await land(edge, token, {}, { loadId: 'second' });
    expect(reasonsOf(edge)).toEqual(['link_used', 'visitor_new']);
    await land(edge, token);
    expect(keyOf(edge)).not.toBe(id);
    const granted = await land(edge, token, {}, { loadId: 'first' });
    expect(visitorSet(granted)).toContain(id);
    expect(reasonsOf(edge)).toEqual(['visitor_linked']);
  });

  it('tells two page loads apart that look the same in every other way', async () => {
    const edge = await startLinked();
    const token = await handedOver(edge);
    await land(edge, token, {}, { loadId: 'first' });
    await land(edge, token, {}, { loadId: 'second' });
    expect(reasonsOf(edge)).toContain('link_used');
  });

  it('asked for without consent never reads the visitor cookie', async () => {
    const edge = await startLinked();
    for (const cookie of [`${refused}; ${own}`, own]) {
      const { token } = await askLink(edge.port, { cookie });
      expect(Buffer.from(token.slice(2), 'base64url').includes(Buffer.from(id, 'base64url'))).toBe(false);
    }
  });
});
