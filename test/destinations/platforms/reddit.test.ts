import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requestAtMs } from '../golden.ts';
import { type PlatformAnswer, platformOf, type Received } from './platform.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const types = [
  'PAGE_VISIT',
  'VIEW_CONTENT',
  'SEARCH',
  'ADD_TO_CART',
  'ADD_TO_WISHLIST',
  'PURCHASE',
  'LEAD',
  'SIGN_UP',
];

/** Reddit's Conversions API v3 as it is documented, every field it does not know refused. */
const eventSchema = z
  .strictObject({
    event_at: z
      .int()
      .min(requestAtMs - 168 * 3_600_000)
      .max(requestAtMs + 300_000),
    action_source: z.enum(['WEBSITE', 'APP', 'PHYSICAL_STORE', 'OTHER']),
    event_source_url: z.url().optional(),
    type: z.union([
      z.strictObject({ tracking_type: z.enum(types) }),
      z.strictObject({ tracking_type: z.literal('CUSTOM'), custom_event_name: z.string().min(1) }),
    ]),
    click_id: z.string().optional(),
    user: z
      .strictObject({
        email: hex.optional(),
        phone_number: hex.optional(),
        external_id: hex.optional(),
        ip_address: z.union([z.ipv4(), z.ipv6()]).optional(),
        user_agent: z.string().optional(),
        uuid: z.uuid().optional(),
        screen_dimensions: z.strictObject({ width: z.int(), height: z.int() }).optional(),
        data_processing_options: z
          .strictObject({ modes: z.array(z.literal('LDU')), country: z.string(), region: z.string() })
          .optional(),
      })
      .optional(),
    metadata: z.strictObject({
      conversion_id: z.string(),
      value: z.number().optional(),
      currency: z.string().length(3).optional(),
      item_count: z.int().positive().optional(),
      products: z
        .array(
          z.strictObject({
            id: z.string(),
            name: z.string().optional(),
            category: z.string().optional(),
            quantity: z.int().positive().optional(),
            item_price: z.number().optional(),
          }),
        )
        .optional(),
    }),
  })
  .refine(
    ({ type, metadata }) =>
      !['PAGE_VISIT', 'VIEW_CONTENT', 'SEARCH'].includes(type.tracking_type) || metadata.value === undefined,
    { path: ['metadata', 'value'] },
  )
  .refine(({ click_id, user }) => click_id !== undefined || Object.keys(user ?? {}).length > 0, {
    path: ['user'],
  });

const bodySchema = z.strictObject({
  data: z.strictObject({ test_id: z.string().optional(), events: z.array(eventSchema).min(1).max(1000) }),
});

function reddit({ path, headers, json }: Received): PlatformAnswer {
  if (headers.authorization !== 'Bearer s3cr3t-token') {
    return { status: 401, body: { error: { code: 401, reason: 'UNAUTHORIZED' } } };
  }
  if (path !== '/api/v3/pixels/a2_abcdefghij/conversion_events') return { status: 404, body: {} };
  const checked = bodySchema.safeParse(json);
  if (checked.success)
    return { status: 200, body: { data: { message: 'Successfully processed 1 conversion events.' } } };
  const [issue] = checked.error.issues;
  const message = `unexpected ${issue?.path.slice(3).join('.')}`;
  return { status: 400, body: { error: { code: 400, reason: 'BAD_REQUEST', message } } };
}

describe('a Conversions API that keeps to what Reddit documents', () => {
  const platform = platformOf('reddit', reddit);

  it('takes every event that we build', async () => {
    expect(platform.payloads.length).toBeGreaterThan(8);
    for (const payload of platform.payloads) {
      expect(await platform.send([payload]), payload.eventId).toEqual([
        { kind: 'delivered', note: 'HTTP 200' },
      ]);
    }
  });

  it('takes them as a test', async () => {
    expect(await platform.send(platform.payloads.slice(0, 1), { testId: 't2_2m1qdv5' })).toMatchObject([
      { kind: 'delivered' },
    ]);
    expect(platform.received.at(-1)?.json).toMatchObject({ data: { test_id: 't2_2m1qdv5' } });
  });

  it('refuses a tampered event, and its words are kept', async () => {
    const [payload] = platform.payloads;
    const tampered = {
      eventId: 'evt-1',
      occurredAtMs: 0,
      body: { ...payload?.body, event_at: 1_700_000_000 },
    };
    expect(await platform.send([tampered])).toEqual([
      { kind: 'rejected', message: 'HTTP 400: unexpected event_at' },
    ]);
  });

  it('names an invalid event under 200', async () => {
    platform.answerOnce({
      status: 200,
      body: { invalid_events: [{ error_message: 'event is a duplicate', event: {} }] },
    });
    expect(await platform.send(platform.payloads.slice(0, 1))).toEqual([
      { kind: 'rejected', message: 'HTTP 200: event is a duplicate' },
    ]);
  });

  it('pauses the destination on a wrong token', async () => {
    expect(await platform.send(platform.payloads.slice(0, 1), { accessToken: 'wrong' })).toEqual([
      { kind: 'unauthorised', message: 'HTTP 401' },
    ]);
  });
});
