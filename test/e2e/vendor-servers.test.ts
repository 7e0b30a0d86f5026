import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { consentTypes } from '../../src/model/consent.ts';
import { distinct, named } from './support/received.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../', import.meta.url));

const items = [{ item_id: 'fog-mug', item_name: 'Fog mug', price: 18.5, quantity: 2 }];
const order = {
  value: 37,
  currency: 'EUR',
  transactionId: 'V-1',
  items: [{ id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2 }],
};
const asGa4 = `{ value: 37, currency: 'EUR', transaction_id: 'V-1', items: ${JSON.stringify(items)} }`;

/** Server libraries as published, each in a process of its own, as a shop's back end runs them. */
const libraries = [
  {
    name: '@segment/analytics-node',
    protocol: 'segment',
    prefix: '',
    script: `
      import { Analytics } from '@segment/analytics-node';
      const analytics = new Analytics({ writeKey: 'key', host: origin });
      analytics.track({ userId: 'u1', event: 'purchase', properties: { revenue: 37, currency: 'EUR', order_id: 'V-1',
        products: [{ product_id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2 }] } });
      await analytics.closeAndFlush();`,
    commerce: order,
  },
  {
    name: 'posthog-node',
    protocol: 'posthog',
    prefix: '/ph',
    script: `
      import { PostHog } from 'posthog-node';
      const posthog = new PostHog('phc_test', { host: origin + '/ph', flushAt: 1 });
      posthog.capture({ distinctId: 'u1', event: 'purchase', properties: ${asGa4} });
      await posthog.shutdown();`,
    commerce: order,
  },
  {
    name: 'mixpanel',
    protocol: 'mixpanel',
    prefix: '',
    script: `
      import mixpanel from 'mixpanel';
      const client = mixpanel.init('token', { host: new URL(origin).host, protocol: 'http' });
      await new Promise((done, failed) =>
        client.track('purchase', { distinct_id: 'u1', ...${asGa4} }, (error) => (error ? failed(error) : done())));`,
    commerce: order,
  },
  {
    name: '@amplitude/analytics-node',
    protocol: 'amplitude',
    prefix: '/a',
    script: `
      import * as amplitude from '@amplitude/analytics-node';
      await amplitude.init('0123456789abcdef0123456789abcdef', { serverUrl: origin + '/a/2/httpapi', flushIntervalMillis: 100 }).promise;
      await amplitude.track('purchase', ${asGa4}, { user_id: 'u1' }).promise;`,
    commerce: order,
  },
  {
    name: 'matomo-tracker',
    protocol: 'matomo',
    prefix: '/m',
    script: `
      import MatomoTracker from 'matomo-tracker';
      const matomo = new MatomoTracker(1, origin + '/m/matomo.php', true);
      matomo.on('error', (error) => { throw new Error(String(error)); });
      matomo.track({ url: 'https://shop.example/thanks', uid: 'u1', idgoal: 0, ec_id: 'V-1', revenue: 37,
        ec_items: JSON.stringify([['fog-mug', 'Fog mug', 'mugs', 18.5, 2]]) });
      // The library never reads the answer, which would keep the process alive.
      setTimeout(() => process.exit(), 1000);`,
    commerce: {
      value: 37,
      transactionId: 'V-1',
      items: [{ id: 'fog-mug', name: 'Fog mug', category: 'mugs', price: 18.5, quantity: 2 }],
    },
  },
  {
    name: '@snowplow/node-tracker',
    protocol: 'snowplow',
    prefix: '/sp',
    script: `
      import { buildSelfDescribingEvent, newTracker } from '@snowplow/node-tracker';
      const tracker = newTracker({ namespace: 'sp', appId: 'shop' }, { endpoint: origin + '/sp', bufferSize: 1 });
      tracker.setUserId('u1');
      const shop = (name) => 'iglu:com.snowplowanalytics.snowplow.ecommerce/' + name + '/jsonschema/1-0-0';
      tracker.track(
        buildSelfDescribingEvent({ event: { schema: shop('snowplow_ecommerce_action'), data: { type: 'transaction' } } }),
        [
          { schema: shop('transaction'), data: { transaction_id: 'V-1', revenue: 37, currency: 'EUR', payment_method: 'card', total_quantity: 2 } },
          { schema: shop('product'), data: { id: 'fog-mug', name: 'Fog mug', price: 18.5, quantity: 2, category: 'mugs', currency: 'EUR' } },
        ]);`,
    commerce: {
      ...order,
      items: [{ id: 'fog-mug', name: 'Fog mug', category: 'mugs', price: 18.5, quantity: 2 }],
    },
  },
  {
    name: 'request of the Measurement Protocol',
    protocol: 'ga4-mp',
    prefix: '/gmp',
    script: `
      await fetch(origin + '/gmp/mp/collect?measurement_id=G-TEST&api_secret=secret', {
        method: 'POST',
        body: JSON.stringify({ client_id: '1.2', user_id: 'u1', events: [{ name: 'purchase', params: ${asGa4} }] }),
      });`,
    commerce: order,
  },
] as const;

describe.each(libraries)('the published $name', ({ protocol, prefix, script, commerce }) => {
  it('reports an order through the gateway, once and whole', async () => {
    const { gateway, archived } = await startStack({
      config: {
        [`capture.${protocol}`]: { enabled: true, prefix },
        'destinations.archive.needs': { required: [], optional: consentTypes },
        // These libraries state no consent: where people may opt out, an order counts until they do.
        'geo.overrides': [
          { network: '127.0.0.0/8', country: 'US' },
          { network: '::1/128', country: 'US' },
        ],
      },
    });
    const code = `const origin = ${JSON.stringify(gateway.origin)};\n${script}`;
    await run(process.execPath, ['--input-type=module', '-e', code], { cwd: repository, timeout: 20_000 });
    await until('the order', () => archived().length > 0);
    await gateway.settled();

    const events = archived();
    expect(events.map(({ name }) => name)).toEqual(['purchase']);
    expect(distinct(events.map((event) => event.protocol))).toEqual([protocol]);
    expect(events[0]).toMatchObject({ sentBy: 'server', commerce });
    expect(named(events, 'purchase')[0]?.commerce).toEqual(commerce);
  });
});
