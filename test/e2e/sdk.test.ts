import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Receiver } from '../../src/demo/receiver.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import { getJson } from './support/gateway.ts';
import {
  countNames,
  distinct,
  ga4Names,
  ga4Requests,
  metaEvents,
  named,
  webhookEvents,
} from './support/received.ts';
import {
  answerBanner,
  buy,
  follow,
  lookAround,
  open,
  placeOrder,
  putIntoCart,
  rememberConsent,
} from './support/shop-visit.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const landing = '/?utm_source=newsletter&utm_medium=email&gclid=TEST-GCLID';
const newsletter = {
  source: 'newsletter',
  medium: 'email',
  channel: 'Email',
  clickIds: { gclid: { value: 'TEST-GCLID' } },
};
const storySchema = z.object({
  name: z.string(),
  rows: z.array(z.object({ stop: z.string(), mark: z.string(), text: z.string() })),
});
const eventsSchema = z.object({ events: z.array(z.object({ event: eventSchema })) });

const visitor = useVisitors();

const pathOf = ({ page }: Event) => URL.parse(page?.url ?? '')?.pathname;

/** The whole journey came to each destination, everything once. */
function expectWholeJourney(receiver: Receiver): void {
  const journey = { page_view: 5, view_item: 1, add_to_cart: 1, begin_checkout: 1, purchase: 1 };
  const names = webhookEvents(receiver).map(({ name }) => name);
  expect(countNames(names)).toMatchObject({ ...journey, consent_update: 1 });
  expect(countNames(ga4Names(receiver))).toEqual(journey);
  expect(countNames(metaEvents(receiver).map(({ event_name }) => event_name))).toEqual({
    PageView: 5,
    ViewContent: 1,
    AddToCart: 1,
    InitiateCheckout: 1,
    Purchase: 1,
  });
  expect(receiver.duplicates()).toBe(0);
}

/** One visitor with one session, the first, under one client id. */
function expectOneSession(receiver: Receiver): void {
  const events = webhookEvents(receiver);
  expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
  expect(distinct(events.map(({ session }) => session?.id))).toHaveLength(1);
  expect(distinct(events.map(({ session }) => session?.number))).toEqual([1]);
  expect(distinct(ga4Requests(receiver).map(({ client_id }) => client_id))).toHaveLength(1);
}

async function expectExplained({ run }: Stack, orderId: string): Promise<void> {
  const told = await run('explain', orderId);
  expect(told.code).toBe(0);
  for (const destination of ['receiver', 'archive', 'ga4', 'meta']) {
    expect(told.output).toMatch(new RegExp(`✓ delivery +${destination}: `));
  }
  const { output } = await run('explain', orderId, '--json');
  const stories = output.split('\n').filter(Boolean);
  const [story] = stories.map((line) => storySchema.parse(JSON.parse(line)));
  expect(stories).toHaveLength(1);
  expect(story?.name).toBe('purchase');
  expect(story?.rows.filter(({ stop, mark }) => stop === 'delivery' && mark === 'ok')).toHaveLength(4);
}

describe('a visit of the shop with the browser SDK', () => {
  it('reaches every destination once, from the held landing to the purchase', async () => {
    const stack = await startStack();
    const { gateway, receiver } = stack;
    const { page } = await visitor();
    await open(page, gateway.origin + landing);
    await gateway.settled();
    expect(receiver.received()).toEqual([]);
    await answerBanner(page, 'accept');
    const orderId = await buy(page, gateway.origin);
    const purchase = await until('the purchase', () => named(webhookEvents(receiver), 'purchase')[0]);
    await gateway.settled();

    expectWholeJourney(receiver);
    expectOneSession(receiver);
    const [landed] = webhookEvents(receiver).filter((event) => pathOf(event) === '/');
    expect(landed).toMatchObject({
      name: 'page_view',
      page: { url: gateway.origin + landing },
      campaign: { touch: newsletter },
    });
    const [item] = purchase.commerce?.items ?? [];
    expect(item).toMatchObject({ id: 'tide-lamp', quantity: 1, price: expect.any(Number) });
    expect(purchase).toMatchObject({
      id: `purchase-${orderId}`,
      commerce: { transactionId: orderId, currency: 'EUR', value: item?.price },
      campaign: { session: newsletter },
      user: { emails: ['ada@example.com'] },
    });
    await expectExplained(stack, orderId);
  });

  it('counts a purchase once when the thank-you page is reloaded', async () => {
    const { gateway, receiver, run } = await startStack();
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    const orderId = await buy(page, gateway.origin);
    const again = page.waitForResponse(
      (response) => response.request().postData()?.includes(`"purchase-${orderId}"`) === true,
    );
    await page.reload();
    expect((await again).status()).toBe(204);
    await until('the second view of the page', () => {
      const views = named(webhookEvents(receiver), 'page_view');
      return views.filter((event) => pathOf(event) === '/thank-you').length === 2;
    });
    await gateway.settled();
    expect(named(webhookEvents(receiver), 'purchase')).toHaveLength(1);
    expect(ga4Names(receiver).filter((name) => name === 'purchase')).toHaveLength(1);
    expect(metaEvents(receiver).filter(({ event_name }) => event_name === 'Purchase')).toHaveLength(1);
    const told = await run('explain', `purchase-${orderId}`);
    expect(told.output).toContain('An event with this id was already taken in.');
  });

  it('sees each view of a single-page application, its true referrer, and the time it was looked at', async () => {
    const { gateway, receiver } = await startStack();
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    const seen = (count: number) =>
      until(`${count} views`, () => named(webhookEvents(receiver), 'page_view').length === count);
    await open(page, `${gateway.origin}/spa`);
    await seen(1);
    await page.getByTestId('spa-spa-brass').click();
    await seen(2);
    await page.getByTestId('spa-spa-wool').click();
    await seen(3);
    await page.goBack();
    await seen(4);
    await lookAround(page);
    await page.goto(`${gateway.origin}/no-script`);
    // From the log: a beacon of a page that has ended may name a browser without a window, which goes no further.
    const engaged = await until('user_engagement in the log', async () => {
      const { events } = eventsSchema.parse(await getJson(`${gateway.adminUrl}api/events`));
      return events.map(({ event }) => event).find(({ name }) => name === 'user_engagement');
    });
    await gateway.settled();

    const at = (path: string) => `${gateway.origin}${path}`;
    const views = named(webhookEvents(receiver), 'page_view').toSorted(
      (a, b) => a.occurredAtMs - b.occurredAtMs,
    );
    expect(
      views.map((view) => [view.page?.url, view.page?.referrer ?? '', view.page?.title?.split(' · ')[0]]),
    ).toEqual([
      [at('/spa'), '', 'Journal'],
      [at('/spa/brass'), at('/spa'), 'Why brass'],
      [at('/spa/wool'), at('/spa/brass'), 'Why undyed wool'],
      [at('/spa/brass'), at('/spa/wool'), 'Why brass'],
    ]);
    expect(engaged.engagementMs).toBeGreaterThanOrEqual(100);
    expect(engaged.page?.url).toBe(at('/spa/brass'));
    expect(distinct(views.map(({ session }) => session?.id))).toHaveLength(1);
    expect(distinct(views.map(({ visitor: who }) => who?.key))).toEqual([engaged.visitor?.key]);
  });

  it('measures the checkout on a second host as the same site, not as a referral', async () => {
    const { gateway, receiver } = await startStack();
    const { page } = await visitor();
    const secondOrigin = gateway.origin.replace('//localhost', '//checkout.localhost');
    await open(page, gateway.origin + landing);
    await answerBanner(page, 'accept');
    await putIntoCart(page, gateway.origin);
    await follow(page, 'pay-elsewhere');
    expect(new URL(page.url()).origin).toBe(secondOrigin);
    await answerBanner(page, 'accept');
    const orderId = await placeOrder(page);
    const purchase = await until('the purchase', () => named(webhookEvents(receiver), 'purchase')[0]);
    await gateway.settled();

    const events = webhookEvents(receiver);
    expect(distinct(events.map(({ site }) => site))).toEqual(['shop']);
    expect(new URL(purchase.page?.url ?? '').origin).toBe(secondOrigin);
    expect(purchase.commerce?.transactionId).toBe(orderId);
    expect(named(events, 'begin_checkout')).toHaveLength(1);
    const touches = events.flatMap(({ campaign: { touch, session, first } }) => [touch, session, first]);
    expect(touches.filter((touch) => touch?.kind === 'referral' || touch?.channel === 'Referral')).toEqual(
      [],
    );
  });
});
