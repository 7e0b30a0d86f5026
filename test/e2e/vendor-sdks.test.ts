import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { consentTypes } from '../../src/model/consent.ts';
import type { Event } from '../../src/model/event.ts';
import { distinct, named } from './support/received.ts';
import { rememberConsent } from './support/shop-visit.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

// A browser without a window names itself in the hints of requests that outlive their page, and would count as a bot.
const visitor = useVisitors(['--disable-features=UserAgentClientHint']);

/** One published SDK, driven as its documentation says, with nothing changed but the address. */
interface Sdk {
  readonly name: string;
  readonly protocol: string;
  readonly prefix: string;
  /** Module code; `origin` is the gateway's address. */
  readonly script: string;
  /** Names of the events that must arrive, sorted. */
  readonly events: readonly string[];
  /** The key of the SDK's own id of the browser; absent: it has none. */
  readonly clientId?: string;
  /** Whether the SDK can say who the visitor is. */
  readonly knowsUsers: boolean;
  /** What of the order its API can state. */
  readonly commerce: object;
}

const items = [{ item_id: 'fog-mug', item_name: 'Fog mug', price: 18.5, quantity: 2 }];
const product = { product_id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2 };
const order = {
  value: 37,
  currency: 'EUR',
  transactionId: 'V-1',
  items: [{ id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2 }],
};
const asGa4 = `{ value: 37, currency: 'EUR', transaction_id: 'V-1', items: ${JSON.stringify(items)} }`;
const asSegment = `{ revenue: 37, currency: 'EUR', order_id: 'V-1', products: [${JSON.stringify(product)}] }`;

const sdks: readonly Sdk[] = [
  {
    name: 'posthog-js',
    protocol: 'posthog',
    prefix: '/ph',
    script: `
      import posthog from 'posthog-js';
      posthog.init('phc_test', { api_host: origin + '/ph', ui_host: 'https://eu.posthog.com', capture_pageview: true,
        autocapture: false, capture_pageleave: false, disable_session_recording: true, advanced_disable_flags: true,
        disable_external_dependency_loading: true, opt_out_useragent_filter: true, request_queue_config: { flush_interval_ms: 250 } });
      posthog.identify('u1', { email: 'ada@example.com' });
      posthog.capture('purchase', ${asGa4});`,
    events: ['identify', 'page_view', 'purchase'],
    clientId: 'posthog',
    knowsUsers: true,
    commerce: order,
  },
  {
    name: 'mixpanel-browser',
    protocol: 'mixpanel',
    prefix: '/mp',
    script: `
      import mixpanel from 'mixpanel-browser';
      mixpanel.init('token', { api_host: origin + '/mp', track_pageview: true, batch_flush_interval_ms: 250, autocapture: false });
      mixpanel.identify('u1');
      mixpanel.people.set({ $email: 'ada@example.com' });
      mixpanel.track('purchase', ${asGa4});`,
    // The event itself, and what is set once and always of the profile.
    events: ['identify', 'identify', 'identify', 'page_view', 'purchase'],
    clientId: 'mixpanel',
    knowsUsers: true,
    commerce: order,
  },
  {
    name: '@amplitude/analytics-browser',
    protocol: 'amplitude',
    prefix: '/a',
    script: `
      import * as amplitude from '@amplitude/analytics-browser';
      amplitude.init('0123456789abcdef0123456789abcdef', { serverUrl: origin + '/a/2/httpapi', fetchRemoteConfig: false,
        flushIntervalMillis: 250, userId: 'u1', autocapture: { attribution: false, pageViews: true, sessions: false,
        formInteractions: false, fileDownloads: false, elementInteractions: false } });
      amplitude.identify(new amplitude.Identify().set('email', 'ada@example.com'));
      amplitude.track('purchase', ${asGa4});`,
    events: ['identify', 'page_view', 'purchase'],
    clientId: 'amplitude',
    knowsUsers: true,
    commerce: order,
  },
  {
    name: '@plausible-analytics/tracker',
    protocol: 'plausible',
    prefix: '/p',
    script: `
      import { init, track } from '@plausible-analytics/tracker';
      window.__plausible = true;
      init({ domain: 'shop.example', endpoint: origin + '/p/api/event', captureOnLocalhost: true });
      track('purchase', { props: { plan: 'gold' }, revenue: { amount: 37, currency: 'EUR' } });`,
    events: ['page_view', 'purchase'],
    knowsUsers: false,
    commerce: { value: 37, currency: 'EUR' },
  },
  {
    name: '@jitsu/js',
    protocol: 'jitsu',
    prefix: '/j',
    script: `
      import { jitsuAnalytics } from '@jitsu/js';
      const jitsu = jitsuAnalytics({ host: origin + '/j', writeKey: 'id:secret' });
      await jitsu.page();
      await jitsu.identify('u1', { email: 'ada@example.com' });
      await jitsu.track('Order Completed', ${asSegment});`,
    events: ['identify', 'page_view', 'purchase'],
    clientId: 'jitsu',
    knowsUsers: true,
    commerce: order,
  },
  {
    name: '@rudderstack/analytics-js',
    protocol: 'rudderstack',
    prefix: '/r',
    script: `
      import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';
      const rudder = new RudderAnalytics();
      rudder.load('key', origin + '/r', { configUrl: origin + '/r', loadIntegration: false });
      rudder.page();
      rudder.identify('u1', { email: 'ada@example.com' });
      rudder.track('Order Completed', ${asSegment});`,
    events: ['identify', 'page_view', 'purchase'],
    clientId: 'rudderstack',
    knowsUsers: true,
    commerce: order,
  },
  {
    name: '@snowplow/browser-tracker',
    protocol: 'snowplow',
    prefix: '/sp',
    script: `
      import { newTracker, setUserId, trackPageView, trackSelfDescribingEvent } from '@snowplow/browser-tracker';
      newTracker('sp', origin + '/sp', { appId: 'shop' });
      setUserId('u1');
      trackPageView();
      const shop = (name) => 'iglu:com.snowplowanalytics.snowplow.ecommerce/' + name + '/jsonschema/1-0-0';
      trackSelfDescribingEvent({ event: { schema: shop('snowplow_ecommerce_action'), data: { type: 'transaction' } }, context: [
        { schema: shop('transaction'), data: { transaction_id: 'V-1', revenue: 37, currency: 'EUR', payment_method: 'card', total_quantity: 2 } },
        { schema: shop('product'), data: { id: 'fog-mug', name: 'Fog mug', category: 'mugs', price: 18.5, quantity: 2, currency: 'EUR' } },
        { schema: shop('user'), data: { id: 'u1', email: 'ada@example.com' } },
      ] });`,
    events: ['page_view', 'purchase'],
    clientId: 'snowplow',
    knowsUsers: true,
    commerce: {
      ...order,
      items: [{ id: 'fog-mug', name: 'Fog mug', category: 'mugs', price: 18.5, quantity: 2 }],
    },
  },
];

async function bundle(script: string, origin: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `const origin = ${JSON.stringify(origin)};\n${script}`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? expect.fail('no bundle');
}

/** A page of the shop's with nothing on it but the SDK; everything else of the origin is the gateway's. */
async function openWith(page: Page, origin: string, code: string): Promise<void> {
  await page.route(`${origin}/with-sdk*`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><title>Mugs</title><script type="module" src="/sdk-under-test.js"></script>',
    }),
  );
  await page.route(`${origin}/sdk-under-test.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: code }),
  );
  await page.goto(`${origin}/with-sdk?utm_source=mail&utm_medium=email&gclid=G1`);
}

function expectOrder(events: readonly Event[], sdk: Sdk): void {
  expect(named(events, 'purchase').map(({ commerce }) => commerce)).toEqual([sdk.commerce]);
  expect(distinct(events.map(({ protocol }) => protocol))).toEqual([sdk.protocol]);
  // One id each, also where a page view is made by the SDK itself.
  expect(distinct(events.map(({ id }) => id))).toHaveLength(sdk.events.length);
}

describe.each(sdks)('the published $name', (sdk) => {
  // Now and then (4 of some 60 visits seen) one waits in vain for its last event, whichever the SDK; why is not known yet.
  it('reports page, person and purchase through the gateway, and asks no other host for anything', {
    retry: 2,
  }, async () => {
    const { gateway, archived } = await startStack({
      config: {
        [`capture.${sdk.protocol}`]: { enabled: true, prefix: sdk.prefix },
        'destinations.archive.needs': { required: [], optional: consentTypes },
      },
    });
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== gateway.origin) elsewhere.push(request.url());
    });
    await openWith(page, gateway.origin, await bundle(sdk.script, gateway.origin));
    await until('every event', () => archived().length >= sdk.events.length);
    await gateway.settled();

    const events = archived();
    expect(events.map(({ name }) => name).sort()).toEqual(sdk.events);
    expectOrder(events, sdk);
    expect(elsewhere.filter((url) => !url.startsWith('data:'))).toEqual([]);
    const [view] = named(events, 'page_view');
    expect(view?.page).toMatchObject({ url: expect.stringMatching(/\/with-sdk\?utm_source=mail/) });
    expect(view?.campaign.touch).toMatchObject({ source: 'mail', medium: 'email' });
    expect(distinct(events.map(({ visitor: who }) => who?.key))).toHaveLength(1);
    if (sdk.clientId !== undefined) {
      expect(view?.visitor?.clientIds[sdk.clientId]).toEqual(expect.stringMatching(/^[\w-]{20,}$/));
    }
    if (sdk.knowsUsers) {
      expect(named(events, 'purchase')[0]?.visitor?.userId).toBe('u1');
      const emails = events.flatMap(({ user }) => user?.emails ?? []);
      expect(distinct(emails)).toEqual(['ada@example.com']);
    }
  });
});
