import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { countNames, distinct, ga4Requests, metaEvents, named, webhookEvents } from './support/received.ts';
import { rememberConsent } from './support/shop-visit.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors();

const messageSchema = z.object({ messageId: z.string(), type: z.string(), anonymousId: z.string() });

/** The published SDK and the pieces it loads from beside itself. */
function segmentAssets(): Record<string, string> {
  const folder = new URL('../../node_modules/@segment/analytics-next/dist/umd/', import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const pieces = readdirSync(folder).filter((name) => /\.bundle\.\w+\.js$/.test(name));
  return {
    '/assets/segment.js': read('index.js'),
    ...Object.fromEntries(pieces.map((name) => [`/assets/${name}`, read(name)])),
  };
}

describe("Segment's own SDK", () => {
  it('delivers page, track and identify once each under their message ids', async () => {
    const { gateway, receiver } = await startStack({ assets: segmentAssets() });
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    const sent: z.infer<typeof messageSchema>[] = [];
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      const { hostname, pathname } = new URL(request.url());
      if (hostname !== 'localhost') elsewhere.push(request.url());
      if (pathname.startsWith('/v1/')) sent.push(messageSchema.parse(request.postDataJSON()));
    });
    await page.goto(`${gateway.origin}/segment`);
    await page.getByTestId('segment-log').getByText('page').waitFor();
    await page.getByTestId('segment-track').click();
    await page.getByTestId('segment-log').getByText('track Order Completed').waitFor();
    await page.getByTestId('segment-identify').click();
    await page.getByTestId('segment-log').getByText('identify').waitFor();
    await until('all three', () => webhookEvents(receiver).length >= 3);
    await gateway.settled();

    const events = webhookEvents(receiver);
    expect(countNames(events.map(({ name }) => name))).toEqual({ page_view: 1, purchase: 1, identify: 1 });
    expect(sent.map(({ type }) => type)).toEqual(['page', 'track', 'identify']);
    expect(events.map(({ id }) => id).sort()).toEqual(sent.map(({ messageId }) => messageId).sort());
    expect(elsewhere).toEqual([]);
    expect(receiver.duplicates()).toBe(0);
    expect(distinct(events.map(({ protocol }) => protocol))).toEqual(['segment']);
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(distinct(events.map(({ visitor: who }) => who?.clientIds['segment']))).toEqual([
      sent[0]?.anonymousId,
    ]);
    expect(named(events, 'purchase')[0]?.commerce).toMatchObject({
      currency: 'EUR',
      items: [{ id: 'fog-mug', price: 18.5, quantity: 2 }],
      transactionId: expect.stringMatching(/^SEG-\d+$/),
    });
    expect(named(events, 'identify')[0]).toMatchObject({
      visitor: { userId: 'demo-user' },
      user: { emails: ['ada@example.com'] },
    });
  });
});

/** Presses a button of the page and waits until the gateway has answered. */
async function press(page: Page, testId: string, shown: string): Promise<void> {
  await page.getByTestId(testId).click();
  await page.getByTestId('ga4-log').getByText(`${shown} HTTP 204`).first().waitFor();
}

async function openGa4Page(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/ga4`);
  await page.getByTestId('ga4-log').getByText('page_view HTTP 204').waitFor();
}

describe("hits in GA4's wire format", () => {
  it('granted by gcs and gcd: they go on under the page’s own client id, the held view included', async () => {
    const { gateway, receiver } = await startStack();
    const { page, context } = await visitor();
    await openGa4Page(page, gateway.origin);
    await gateway.settled();
    expect(receiver.received()).toEqual([]);
    await press(page, 'ga4-grant', 'consent_update');
    await press(page, 'ga4-view-item', 'view_item');
    await press(page, 'ga4-batch', 'scroll, add_to_cart');
    await press(page, 'ga4-purchase', 'purchase');
    await until('the purchase', () => named(webhookEvents(receiver), 'purchase').length === 1);
    await gateway.settled();

    const events = webhookEvents(receiver);
    const ga = (await context.cookies()).find(({ name }) => name === '_ga')?.value.replace('GA1.1.', '');
    expect(countNames(events.map(({ name }) => name))).toEqual({
      page_view: 1,
      consent_update: 1,
      view_item: 1,
      scroll: 1,
      add_to_cart: 1,
      purchase: 1,
    });
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    expect(distinct(events.map(({ session }) => session?.id))).toHaveLength(1);
    expect(ga).toMatch(/^\d+\.\d+$/);
    expect(distinct(ga4Requests(receiver).map(({ client_id }) => client_id))).toEqual([ga]);
    expect(named(events, 'purchase')[0]?.commerce).toMatchObject({
      value: 37,
      currency: 'EUR',
      tax: 7.4,
      shipping: 4.9,
      transactionId: expect.stringMatching(/^GA-\d+$/),
      items: [{ id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2 }],
    });
    expect(metaEvents(receiver).filter(({ event_name }) => event_name === 'Purchase')).toHaveLength(1);
  });

  it('denied by gcs and gcd: nothing leaves, no cookie is set, and no client id is kept', async () => {
    const { gateway, receiver, archived, stored } = await startStack();
    const { page, context } = await visitor();
    const clientIds = new Set<string>();
    page.on('request', (request) => {
      const cid = new URL(request.url()).searchParams.get('cid');
      if (cid !== null) clientIds.add(cid);
    });
    await openGa4Page(page, gateway.origin);
    await press(page, 'ga4-deny', 'consent_update');
    await press(page, 'ga4-batch', 'scroll, add_to_cart');
    await press(page, 'ga4-purchase', 'purchase');
    await until('the purchase in the archive', () => named(archived(), 'purchase').length === 1);
    await gateway.settled();

    expect(receiver.received()).toEqual([]);
    expect(await context.cookies()).toEqual([]);
    expect(archived().map(({ name }) => name)).toEqual([
      'page_view',
      'consent_update',
      'scroll',
      'add_to_cart',
      'purchase',
    ]);
    expect(archived().filter(({ visitor: who, commerce }) => who ?? commerce?.transactionId)).toEqual([]);
    expect(clientIds.size).toBe(1);
    expect([...clientIds].filter((id) => stored().includes(id))).toEqual([]);
    expect(stored().includes('GA-')).toBe(false);
  });
});
