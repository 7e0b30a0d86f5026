import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Payload } from '../../../src/contract/destination.ts';
import { requestAtMs } from '../golden.ts';
import { type PlatformAnswer, platformOf, type Received } from './platform.ts';

/** What the schema finds wrong, by the place of the event in the request. */
function faultsOf(schema: z.ZodType, events: readonly unknown[]): ReadonlyMap<number, string> {
  const faults = new Map<number, string>();
  for (const [index, event] of events.entries()) {
    const issue = schema.safeParse(event).error?.issues[0];
    if (issue !== undefined) faults.set(index, issue.path.join('.'));
  }
  return faults;
}

function tampered(payload: Payload | undefined, change: Readonly<Record<string, string | number>>): Payload {
  return { eventId: 'evt-bad', occurredAtMs: 0, body: { ...payload?.body, ...change } };
}

const amplitudeEvent = z
  .looseObject({
    event_type: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^$[]/),
    user_id: z.string().min(1).optional(),
    device_id: z.string().min(1).optional(),
    time: z.int().positive(),
    insert_id: z.string().min(1),
    session_id: z.int().min(-1),
    event_properties: z.record(z.string(), z.json()),
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    revenue: z.number().optional(),
    price: z.undefined().optional(),
  })
  .refine(({ user_id, device_id }) => (user_id ?? device_id) !== undefined, { path: ['user_id'] });

/** HTTP V2: nothing of a request is taken where one event is bad, and the bad ones are named by their place. */
function amplitude({ path, text, json }: Received): PlatformAnswer {
  const body = z
    .strictObject({
      api_key: z.string(),
      events: z.array(z.json()),
      options: z.strictObject({ min_id_length: z.literal(1) }),
    })
    .safeParse(json).data;
  if (path !== '/2/httpapi' || body === undefined)
    return { status: 400, body: { code: 400, error: 'Invalid JSON' } };
  if (body.api_key !== 's3cr3t-key') return { status: 400, body: { code: 400, error: 'Invalid API key' } };
  if (body.events.length > 2000 || text.length > 1_000_000) return { status: 413, body: { code: 413 } };
  const faults = faultsOf(amplitudeEvent, body.events);
  if (faults.size === 0) return { status: 200, body: { code: 200, events_ingested: body.events.length } };
  const fields: Record<string, number[]> = {};
  for (const [index, field] of faults) fields[field] = [...(fields[field] ?? []), index];
  return { status: 400, body: { code: 400, error: 'bad events', events_with_invalid_fields: fields } };
}

describe('an Amplitude that keeps to what it documents', () => {
  const platform = platformOf('amplitude', amplitude);
  const { payloads } = platform;

  it('takes everything that we build in one request', async () => {
    expect(payloads.length).toBeGreaterThan(9);
    const outcomes = await platform.send(payloads);
    expect(outcomes).toEqual(payloads.map(() => ({ kind: 'delivered', note: 'HTTP 200' })));
  });

  it('refuses one bad event, and takes the others when they come again', async () => {
    const batch = [...payloads.slice(0, 2), tampered(payloads[0], { time: 'now' })];
    const outcomes = await platform.send(batch);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'rejected']);
    expect(outcomes[2]).toEqual({ kind: 'rejected', message: 'HTTP 400, invalid time' });
    const again = batch.filter((_, index) => outcomes[index]?.kind === 'retry');
    expect(await platform.send(again)).toEqual(again.map(() => ({ kind: 'delivered', note: 'HTTP 200' })));
  });

  it('pauses the destination on a wrong key', async () => {
    expect(await platform.send(payloads.slice(0, 1), { apiKey: 'wrong' })).toEqual([
      { kind: 'unauthorised', message: 'HTTP 400: Invalid API key' },
    ]);
  });
});

const mixpanelEvent = z.strictObject({
  event: z.string().min(1).max(255),
  properties: z
    .looseObject({
      time: z
        .int()
        .min(31_536_000_000)
        .max(requestAtMs + 3_600_000),
      distinct_id: z.string().regex(/^(?!anonymous$|null$|undefined$).+/),
      $insert_id: z.string().regex(/^[A-Za-z0-9-]{1,36}$/),
      $device_id: z.string().optional(),
      token: z.undefined().optional(),
    })
    .refine((properties) => Object.keys(properties).length < 255),
});

/** `/import?strict=1`: the good records of a request are in, the bad ones are listed. */
function mixpanel({ path, query, headers, json }: Received): PlatformAnswer {
  const credentials = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
  const isAccount = credentials === 'svc.user.mp:s3cr3t' && query.get('project_id') === '3141592';
  if (!isAccount && credentials !== 's3cr3t-token:')
    return { status: 401, body: { code: 401, error: 'Unauthorized' } };
  const records = z.array(z.json()).max(2000).safeParse(json).data;
  if (path !== '/import' || query.get('strict') !== '1' || records === undefined) {
    return { status: 400, body: { code: 400, error: 'malformed request' } };
  }
  const faults = faultsOf(mixpanelEvent, records);
  if (faults.size === 0)
    return { status: 200, body: { code: 200, num_records_imported: records.length, status: 'OK' } };
  const failed_records = [...faults].map(([index, field]) => ({
    index,
    field,
    message: `${field} is invalid`,
  }));
  const num_records_imported = records.length - faults.size;
  return {
    status: 400,
    body: { code: 400, error: 'some data points failed', num_records_imported, failed_records },
  };
}

describe('a Mixpanel that keeps to what it documents', () => {
  const platform = platformOf('mixpanel', mixpanel);
  const { payloads } = platform;

  it('takes everything that we build in one request', async () => {
    expect(payloads.length).toBeGreaterThan(9);
    const outcomes = await platform.send(payloads);
    expect(outcomes).toEqual(payloads.map(() => ({ kind: 'delivered', note: 'HTTP 200' })));
  });

  it('takes the project token instead of a service account', async () => {
    const outcomes = await platform.send(payloads.slice(0, 1), {
      serviceAccount: undefined,
      token: 's3cr3t-token',
    });
    expect(outcomes).toMatchObject([{ kind: 'delivered' }]);
  });

  it('takes the good records of a request, and refuses the bad one for good', async () => {
    const bad = tampered(payloads[0], { event: '' });
    expect(await platform.send([...payloads.slice(0, 1), bad])).toEqual([
      { kind: 'delivered', note: 'HTTP 400 for other events of the request' },
      { kind: 'rejected', message: 'HTTP 400: event is invalid' },
    ]);
  });

  it('pauses the destination on wrong credentials', async () => {
    const serviceAccount = { username: 'svc.user.mp', secret: 'wrong' };
    expect(await platform.send(payloads.slice(0, 1), { serviceAccount })).toEqual([
      { kind: 'unauthorised', message: 'HTTP 401' },
    ]);
  });
});

const posthogEvent = z.looseObject({
  event: z.string().min(1).max(200),
  distinct_id: z.string().min(1).max(200),
  timestamp: z.iso.datetime(),
  uuid: z.uuid(),
  properties: z
    .looseObject({
      $session_id: z.uuid({ version: 'v7' }).optional(),
      $ip: z.union([z.ipv4(), z.ipv6()]).optional(),
      $geoip_disable: z.literal(true).optional(),
      $process_person_profile: z.boolean(),
    })
    .refine(({ $ip, $geoip_disable }) => ($ip === undefined) === ($geoip_disable === true)),
});

describe('a PostHog that keeps to what it documents', () => {
  let dropped = 0;
  const platform = platformOf('posthog', ({ path, json }: Received): PlatformAnswer => {
    const body = z
      .strictObject({
        api_key: z.string(),
        historical_migration: z.literal(true).optional(),
        batch: z.array(z.json()).min(1),
      })
      .safeParse(json).data;
    if (path !== '/batch/' || body === undefined) return { status: 400, body: 'failed to parse request' };
    if (body.api_key !== 'phc_s3cr3t') return { status: 401, body: { detail: 'API key invalid' } };
    // What PostHog does with bad events: 200, and they are nowhere.
    dropped += faultsOf(posthogEvent, body.batch).size;
    return { status: 200, body: { status: 'Ok' } };
  });
  const { payloads } = platform;

  it('takes everything that we build in one request, and drops nothing in silence', async () => {
    expect(payloads.length).toBeGreaterThan(8);
    const outcomes = await platform.send(payloads, { historical: true });
    expect(outcomes).toEqual(payloads.map(() => ({ kind: 'delivered', note: 'HTTP 200' })));
    expect(dropped).toBe(0);
  });

  it('pauses the destination on a wrong key', async () => {
    expect(await platform.send(payloads.slice(0, 1), { apiKey: 'phc_wrong' })).toEqual([
      { kind: 'unauthorised', message: 'HTTP 401' },
    ]);
  });

  it('waits for an hour where the quota is used up', async () => {
    platform.answerOnce({ status: 200, body: { status: 1, quota_limited: ['events'] } });
    expect(await platform.send(payloads.slice(0, 1))).toMatchObject([{ kind: 'retry', afterMs: 3_600_000 }]);
  });
});
