import { describe, expect, it } from 'vitest';
import { countNames, distinct, ga4Names, metaEvents, named, webhookEvents } from './support/received.ts';
import { answerBanner, buy, follow, open } from './support/shop-visit.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const landing = '/?utm_source=newsletter&utm_medium=email&gclid=TEST-GCLID';

const visitor = useVisitors();

describe('the consent banner', () => {
  it('refused: nothing leaves, and what is kept names nobody', async () => {
    const { gateway, receiver, archived, stored } = await startStack();
    const { page, context } = await visitor();
    await open(page, gateway.origin + landing);
    await answerBanner(page, 'refuse');
    const orderId = await buy(page, gateway.origin);
    await page.reload();
    await until('the page and its reload in the archive', () => named(archived(), 'page_view').length === 6);
    await gateway.settled();

    expect(receiver.received()).toEqual([]);
    expect((await context.cookies()).map(({ name }) => name).sort()).toEqual(['shop_session', 'tl_consent']);
    expect(countNames(archived().map(({ name }) => name))).toMatchObject({
      page_view: 6,
      view_item: 1,
      purchase: 1,
    });
    for (const event of archived()) {
      expect(event.visitor).toBeUndefined();
      expect(event.session).toBeUndefined();
      expect(event.user).toBeUndefined();
      expect(event.commerce?.transactionId).toBeUndefined();
      expect(event.campaign.touch?.clickIds ?? {}).toEqual({});
    }
    expect(stored().includes('page_view')).toBe(true);
    const canaries = ['TEST-GCLID', 'ada@example.com', orderId];
    expect(canaries.filter((canary) => stored().includes(canary))).toEqual([]);
  });

  it('only statistics: analytics gets the visit, advertising nothing, and no click id is kept', async () => {
    const { gateway, receiver, archived, stored } = await startStack();
    const { page } = await visitor();
    await open(page, gateway.origin + landing);
    await answerBanner(page, 'statistics');
    const orderId = await buy(page, gateway.origin);
    await until('the purchase', () => named(webhookEvents(receiver), 'purchase').length === 1);
    await until('the purchase in the archive', () => named(archived(), 'purchase').length === 1);
    await gateway.settled();

    const events = webhookEvents(receiver);
    const forAnalytics = { page_view: 5, view_item: 1, add_to_cart: 1, begin_checkout: 1, purchase: 1 };
    expect(countNames(events.map(({ name }) => name))).toMatchObject(forAnalytics);
    expect(countNames(ga4Names(receiver))).toEqual(forAnalytics);
    expect(metaEvents(receiver)).toEqual([]);
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(named(events, 'purchase')[0]).toMatchObject({
      commerce: { transactionId: orderId },
      campaign: { session: { source: 'newsletter', medium: 'email', clickIds: {} } },
    });
    expect(events.filter(({ visitor: who }) => who?.clientIds['fbp'] !== undefined)).toEqual([]);
    expect(events.filter(({ user }) => user !== undefined)).toEqual([]);
    expect(JSON.stringify(receiver.received())).not.toContain('TEST-GCLID');
    const canaries = ['TEST-GCLID', 'ada@example.com'];
    expect(canaries.filter((canary) => stored().includes(canary))).toEqual([]);
  });

  it('unanswered: everything waits; an answer on the second page releases what that page held, no more', async () => {
    const { gateway, receiver, archived } = await startStack();
    const { page, context } = await visitor();
    await open(page, gateway.origin + landing);
    await follow(page, 'product-tide-lamp');
    await until('both views in the archive', () => named(archived(), 'page_view').length === 2);
    await gateway.settled();
    expect(receiver.received()).toEqual([]);
    expect(await context.cookies()).toEqual([]);

    await answerBanner(page, 'accept');
    await until('the answer', () => named(webhookEvents(receiver), 'consent_update').length === 1);
    await gateway.settled();
    const events = webhookEvents(receiver);
    expect(countNames(events.map(({ name }) => name))).toEqual({
      page_view: 1,
      view_item: 1,
      consent_update: 1,
    });
    expect(distinct(events.map((event) => event.page?.url))).toEqual([
      `${gateway.origin}/products/tide-lamp`,
    ]);
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(distinct(events.map(({ session }) => session?.number))).toEqual([1]);
    expect(countNames(ga4Names(receiver))).toEqual({ page_view: 1, view_item: 1 });
    expect(countNames(metaEvents(receiver).map(({ event_name }) => event_name))).toEqual({
      PageView: 1,
      ViewContent: 1,
    });
  });
});
