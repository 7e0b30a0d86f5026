import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { destinations } from '../../src/destinations/index.ts';
import { goldenOf } from './golden.ts';

const jsonSchema = z.object({
  additionalProperties: z.literal(false),
  properties: z.record(z.string(), z.object({ description: z.string() })),
});

describe.each(destinations)('the settings of $name', ({ name, settings }) => {
  const { settings: valid } = goldenOf(name);

  it('do not take a misspelt key', () => {
    const result = settings.safeParse({ ...valid, allowPrivat: true });
    expect(result.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['allowPrivat'] }]);
  });

  it('describe every field, with an example and the default', () => {
    const { properties } = jsonSchema.parse(z.toJSONSchema(settings, { io: 'input' }));
    for (const [field, { description }] of Object.entries(properties)) {
      expect(description, field).toMatch(/Example: .*(Default: |No default\.)/);
    }
  });

  it('never print a secret', () => {
    const parsed = settings.parse(valid);
    for (const shown of [
      JSON.stringify(parsed),
      inspect(parsed, { depth: 5 }),
      `${Object.values(Object(parsed))}`,
    ]) {
      expect(shown).not.toMatch(/whsec_|s3cr3t|EAABtest/);
    }
  });
});

describe('settings that would send nothing, or to the wrong place, are refused', () => {
  it.each([
    ['snapchat', { pixelId: '../v2' }, 'pixelId'],
    ['snapchat', { version: '3' }, 'version'],
    ['snapchat', { actionSource: 'MOBILE_APP' }, 'actionSource'],
    ['snapchat', { host: 'http://tr.snapchat.com' }, 'host'],
    ['reddit', { pixelId: 'a/b' }, 'pixelId'],
    ['reddit', { version: 'v2.0' }, 'version'],
    ['reddit', { host: 'http://ads-api.reddit.com' }, 'host'],
    ['amplitude', { version: 'v2' }, 'version'],
    ['amplitude', { host: 'http://api2.amplitude.com' }, 'host'],
    ['mixpanel', { token: 's3cr3t' }, 'token'],
    ['mixpanel', { projectId: undefined }, 'projectId'],
    ['mixpanel', { projectId: 3_141_592 }, 'projectId'],
    ['mixpanel', { host: 'http://api.mixpanel.com' }, 'host'],
    ['posthog', { personProfiles: 'some' }, 'personProfiles'],
    ['posthog', { host: 'http://us.i.posthog.com' }, 'host'],
    ['slack', { url: 'hooks.slack.com' }, 'url'],
    ['slack', { url: 'http://hooks.slack.com/services/T/B/X' }, 'url'],
    ['slack', { text: '{{nmae}}' }, 'text'],
    ['slack', { text: '' }, 'text'],
    ['http', { url: 'http://api.example.com/' }, 'url'],
    ['http', { method: 'GET' }, 'body'],
    ['http', { body: { a: ['{{commerce.valeu}}'] } }, 'body'],
    ['http', { body: ['{{commerce.value}}'] }, 'body'],
    ['http', { query: { b: '{{nothing}}' } }, 'query'],
    ['http', { headers: { 'Content-Type': 'text/plain' } }, 'headers'],
    ['http', { auth: { type: 'bearer', token: 'a\r\nHost: b' } }, 'auth'],
    ['http', { auth: { type: 'hmac', secret: 's', header: 'Host' } }, 'auth'],
    ['http', { auth: { type: 'oauth' } }, 'auth'],
    ['http', { batch: { format: 'ndjson', key: 'events' } }, 'batch'],
    ['http', { batch: { format: 'array' }, query: { id: '{{id}}' } }, 'batch'],
    ['http', { batch: { format: 'array' }, idempotencyHeader: 'Idempotency-Key' }, 'batch'],
    ['http', { batch: { maxEvents: 0 } }, 'batch'],
    ['http', { answers: [{ status: '2xy', outcome: 'delivered' }] }, 'answers'],
    ['http', { answers: [{ status: 200, outcome: 'lost' }] }, 'answers'],
    ['x', { events: {} }, 'events'],
    ['x', { events: { purchase: 'tw-o8z6j' } }, 'events'],
    [
      'x',
      { oauth: { consumerKey: 'a', consumerSecret: 'b', accessToken: 'c', accessTokenSecret: 'd' } },
      'pixelToken',
    ],
    ['x', { version: 'v12' }, 'version'],
    ['x', { host: 'http://ads-api.x.com' }, 'host'],
    ['webhook', { url: 'http://hooks.example.com/' }, 'url'],
    ['webhook', { url: 'ftp://hooks.example.com/' }, 'url'],
    ['webhook', { url: 'https://user:secret@hooks.example.com/' }, 'url'],
    ['webhook', { secret: 'whsec_dG9vIHNob3J0' }, 'secret'],
    ['webhook', { secret: 'not base64 at all, but long enough to be a key' }, 'secret'],
    ['webhook', { headers: { Host: 'internal.example.com' } }, 'headers'],
    ['webhook', { headers: { 'Webhook-Id': 'mine' } }, 'headers'],
    ['webhook', { headers: { 'X-Api-Key': 'a\r\nHost: b' } }, 'headers'],
    ['webhook', { headers: { 'bad name': 'a' } }, 'headers'],
    ['webhook', { timeoutSeconds: 0 }, 'timeoutSeconds'],
    ['ndjson', { path: '' }, 'path'],
    ['ndjson', { maxBytes: 10 }, 'maxBytes'],
    ['ga4', { measurementId: 'UA-1234-1' }, 'measurementId'],
    ['ga4', { apiSecret: '' }, 'apiSecret'],
    ['ga4', { host: 'http://127.0.0.1:8080' }, 'host'],
    ['ga4', { host: 'https://www.google-analytics.com/?debug=1' }, 'host'],
    ['meta', { pixelId: 1_234_567_890_123_456 }, 'pixelId'],
    ['meta', { version: '26' }, 'version'],
    ['meta', { version: '../v26.0' }, 'version'],
    ['meta', { actionSource: 'web' }, 'actionSource'],
    ['meta', { host: 'http://graph.facebook.com' }, 'host'],
    ['google-ads', { customerId: '123-456-7890' }, 'customerId'],
    ['google-ads', { loginCustomerId: 1_234_567_890 }, 'loginCustomerId'],
    ['google-ads', { conversionActions: {} }, 'conversionActions'],
    ['google-ads', { conversionActions: { purchase: 'AW-1/abc' } }, 'conversionActions'],
    ['google-ads', { conversionActions: { refund: '1' } }, 'conversionActions'],
    ['google-ads', { conversionActions: { 'a b': '1' } }, 'conversionActions'],
    ['google-ads', { refunds: 'restate', conversionActions: { sign_up: '1' } }, 'refunds'],
    ['google-ads', { refreshToken: '' }, 'refreshToken'],
    ['google-ads', { host: 'http://datamanager.googleapis.com' }, 'host'],
    ['google-ads', { tokenUrl: 'http://oauth2.googleapis.com/token' }, 'tokenUrl'],
    ['google-ads', { merchant: { id: '1' } }, 'merchant'],
    ['tiktok', { pixelCode: 'C4A1/../x' }, 'pixelCode'],
    ['tiktok', { eventSource: 'app' }, 'eventSource'],
    ['tiktok', { version: 'v1.3/pixel' }, 'version'],
    ['tiktok', { host: 'http://business-api.tiktok.com' }, 'host'],
    ['microsoft', { tagId: 56_012_345 }, 'tagId'],
    ['microsoft', { version: '1' }, 'version'],
    ['microsoft', { host: 'http://capi.uet.microsoft.com' }, 'host'],
    ['linkedin', { version: '2026-07' }, 'version'],
    ['linkedin', { names: 'yes' }, 'names'],
    ['linkedin', { host: 'http://api.linkedin.com' }, 'host'],
    ['linkedin', { tokenUrl: 'http://www.linkedin.com/oauth/v2/accessToken' }, 'tokenUrl'],
    ['pinterest', { adAccountId: 'act_1' }, 'adAccountId'],
    ['pinterest', { actionSource: 'website' }, 'actionSource'],
    ['pinterest', { ownEvents: ['quiz done'] }, 'ownEvents'],
    ['pinterest', { host: 'http://api.pinterest.com' }, 'host'],
  ])('%s %j', (name, change, field) => {
    const { settings } = destinations.find((one) => one.name === name) ?? {};
    const result = settings?.safeParse({ ...goldenOf(name).settings, ...change });
    expect(result?.error?.issues.map(({ path }) => path[0])).toContain(field);
  });

  it('but a loopback host over plain http is fine where private addresses are allowed', () => {
    for (const [name, field] of [
      ['slack', 'url'],
      ['http', 'url'],
      ['snapchat', 'host'],
      ['reddit', 'host'],
      ['x', 'host'],
      ['amplitude', 'host'],
      ['mixpanel', 'host'],
      ['posthog', 'host'],
      ['ga4', 'host'],
      ['meta', 'host'],
      ['webhook', 'url'],
    ] as const) {
      const { settings } = destinations.find((one) => one.name === name) ?? {};
      const change = { [field]: 'http://127.0.0.1:8080', allowPrivate: true };
      expect(settings?.safeParse({ ...goldenOf(name).settings, ...change }).success, name).toBe(true);
    }
  });
});
