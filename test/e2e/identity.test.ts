import { describe, expect, it } from 'vitest';
import { distinct, metaEvents, webhookEvents } from './support/received.ts';
import { buy, open, rememberConsent } from './support/shop-visit.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors();

/** Five trackers of one page that all start at once, before any cookie is there. */
const fiveAtOnce = `(() => {
  const own = (id) => fetch('/t/e', {
    method: 'POST', credentials: 'include',
    body: JSON.stringify({ id, name: 'page_view', page: { url: location.href } }),
  });
  const pixel = fetch('/t/e.gif?id=pixel&name=page_view&url=' + encodeURIComponent(location.href));
  const ga4 = fetch('/g/collect?v=2&tid=G-DEMO000001&cid=1.1700000000&en=page_view&dl=' + encodeURIComponent(location.href), { method: 'POST' });
  return Promise.all([own('one'), own('two'), own('three'), pixel, ga4]).then((all) => all.map(({ status }) => status));
})()`;

describe('who a visitor is', () => {
  it('stays one visitor, one session and one _fbp over five simultaneous first requests', async () => {
    const { gateway, receiver } = await startStack();
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    await page.goto(`${gateway.origin}/no-script`);
    expect(await page.evaluate(fiveAtOnce)).toEqual([204, 204, 204, 200, 204]);
    await until('all five', () => webhookEvents(receiver).length === 5 && metaEvents(receiver).length === 5);

    const events = webhookEvents(receiver);
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(distinct(events.map(({ session }) => session?.id))).toHaveLength(1);
    expect(distinct(events.map(({ session }) => session?.number))).toEqual([1]);
    expect(distinct(metaEvents(receiver).map(({ user_data }) => user_data['fbp']))).toEqual([
      expect.stringMatching(/^fb\.1\.\d{13}\.\d+$/),
    ]);
    const cookies = (await context.cookies()).filter(({ name }) => name === 'tl_visitor');
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Lax', domain: 'localhost', path: '/' }]);
    expect(cookies[0]?.value).toContain(`.${events[0]?.visitor?.key}.`);
  });

  it('is measured without any script where the gateway counts page views', async () => {
    const { gateway, receiver } = await startStack({ config: { 'sites.shop.pageViews': 'gateway' } });
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    await page.goto(`${gateway.origin}/no-script`);
    await page.goto(`${gateway.origin}/no-script?utm_source=printed-card&utm_medium=qr`);
    await page.getByTestId('no-script-again').click();
    await until('all three views', () => webhookEvents(receiver).length >= 3);
    await gateway.settled();

    const views = webhookEvents(receiver).toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
    const [first, second, third, ...more] = views;
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      name: 'page_view',
      sentBy: 'gateway',
      visitor: { isNew: true },
      session: { number: 1 },
    });
    expect(first?.page?.url).toBe(`${gateway.origin}/no-script`);
    expect(second).toMatchObject({
      sentBy: 'gateway',
      campaign: { touch: { source: 'printed-card', medium: 'qr' } },
    });
    expect(third?.page?.referrer).toBe(second?.page?.url);
    expect(distinct(views.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(distinct(views.map(({ session }) => session?.id))).toHaveLength(1);
    expect((await context.cookies()).map(({ name }) => name).sort()).toEqual(['tl_consent', 'tl_visitor']);
  });
});

/** Names by which blockers and people know third-party tracking. */
const thirdParties =
  /google|gtag|gtm\b|doubleclick|facebook|fbq|\bmeta\b|segment|tiktok|linkedin|pinterest|snapchat|hotjar|matomo|snowplow|amplitude|mixpanel|posthog|throughline|https?:\/\//i;

describe("what is the site's own", () => {
  it('names no third party in the script or its address', async () => {
    const { gateway } = await startStack();
    const { page } = await visitor();
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    await open(page, `${gateway.origin}/`);
    expect(requested).toContain(`${gateway.origin}/t/s.js`);
    const foreign = requested.filter((url) => /^https?:/.test(url) && !url.startsWith(`${gateway.origin}/`));
    expect(foreign).toEqual([]);
    expect(requested.filter((url) => thirdParties.test(url.slice(gateway.origin.length)))).toEqual([]);
    const script = await (await fetch(`${gateway.origin}/t/s.js`)).text();
    expect(script.length).toBeGreaterThan(1_000);
    expect(thirdParties.exec(script)?.[0]).toBeUndefined();
  });

  it('keeps its session cookie and Authorization header from every destination and from the disk', async () => {
    const { gateway, receiver, archived, stored } = await startStack();
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    await context.addCookies([
      { name: 'shop_session', value: 'CANARY-SESSION', url: gateway.origin, httpOnly: true },
    ]);
    await context.setExtraHTTPHeaders({ authorization: 'Bearer CANARY-TOKEN' });
    const upstream = await page.goto(`${gateway.origin}/headers`);
    expect(await upstream?.json()).toMatchObject({
      authorization: 'Bearer CANARY-TOKEN',
      cookie: expect.stringContaining('shop_session=CANARY-SESSION'),
    });
    await buy(page, gateway.origin);
    const isPurchase = ({ name }: { readonly name: string }) => name === 'purchase';
    await until(
      'the purchase',
      () => webhookEvents(receiver).some(isPurchase) && archived().some(isPurchase),
    );
    await gateway.settled();

    const received = JSON.stringify(receiver.received());
    expect(received).toContain('purchase');
    expect(received).not.toContain('CANARY');
    expect(stored().includes('purchase')).toBe(true);
    expect(stored().includes('CANARY')).toBe(false);
    expect(gateway.logged()).not.toContain('CANARY');
  });
});
