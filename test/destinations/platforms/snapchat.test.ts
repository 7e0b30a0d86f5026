import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requestAtMs } from '../golden.ts';
import { type PlatformAnswer, platformOf, type Received } from './platform.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.string().regex(/^\d+\.\d{2,}$/);

/** Snap's Conversions API v3 as it is documented, every field it does not know refused. */
const eventSchema = z
  .strictObject({
    event_name: z.string().regex(/^[A-Z][A-Z_]*(?:_[1-5])?$/),
    event_time: z
      .int()
      .min(requestAtMs / 1000 - 37 * 86_400)
      .max(requestAtMs / 1000),
    event_id: z.string().min(1),
    action_source: z.enum(['WEB', 'MOBILE_APP', 'OFFLINE']),
    event_source_url: z.url().optional(),
    user_data: z.strictObject({
      em: z.array(hex).optional(),
      ph: z.array(hex).optional(),
      ...Object.fromEntries(
        ['fn', 'ln', 'ge', 'db', 'ct', 'st', 'zp', 'country', 'external_id'].map((key) => [
          key,
          hex.optional(),
        ]),
      ),
      client_ip_address: z.union([z.ipv4(), z.ipv6()]).optional(),
      client_user_agent: z.string().optional(),
      sc_click_id: z.string().optional(),
      sc_cookie1: z.uuid().optional(),
    }),
    custom_data: z
      .strictObject({
        currency: z.string().length(3).optional(),
        value: amount.optional(),
        order_id: z.string().optional(),
        num_items: z.string().regex(/^\d+$/).optional(),
        contents: z
          .array(
            z.strictObject({
              id: z.string(),
              quantity: z.string().regex(/^\d+$/),
              item_price: amount.optional(),
              brand: z.string().optional(),
            }),
          )
          .optional(),
        content_name: z.string().optional(),
        content_category: z.string().optional(),
        search_string: z.string().optional(),
        sign_up_method: z.string().optional(),
      })
      .optional(),
  })
  .refine(
    ({ action_source, event_source_url }) => action_source !== 'WEB' || event_source_url !== undefined,
    {
      path: ['event_source_url'],
    },
  )
  .refine(
    ({ user_data: user }) =>
      user.em ?? user.ph ?? (user.client_ip_address !== undefined && user.client_user_agent !== undefined),
    { path: ['user_data'] },
  );

const bodySchema = z.strictObject({
  data: z.array(eventSchema).min(1).max(2000),
  test_event_code: z.string().optional(),
});

function snap({ path, query, json }: Received): PlatformAnswer {
  if (query.get('access_token') !== 's3cr3t-token/+')
    return { status: 401, body: { request_status: 'ERROR' } };
  if (!/^\/v3\/0d1c2b3a-1111-4222-8333-444455556666\/events(?:\/validate)?$/.test(path))
    return { status: 404, body: {} };
  const checked = bodySchema.safeParse(json);
  if (checked.success)
    return { status: 200, body: { status: 'VALID', reason: 'Events have been processed successfully.' } };
  const [issue] = checked.error.issues;
  return {
    status: 400,
    body: { status: 'INVALID', reason: `"${issue?.path.slice(2).join('.')}" is invalid` },
  };
}

describe('a Conversions API that keeps to what Snap documents', () => {
  const platform = platformOf('snapchat', snap);

  it('takes every event that we build', async () => {
    expect(platform.payloads.length).toBeGreaterThan(8);
    for (const payload of platform.payloads) {
      expect(await platform.send([payload]), payload.eventId).toEqual([
        { kind: 'delivered', note: 'HTTP 200' },
      ]);
    }
  });

  it('takes them on the validation endpoint with a test code', async () => {
    const outcomes = await platform.send(platform.payloads.slice(0, 1), {
      validateOnly: true,
      testEventCode: 'T1',
    });
    expect(outcomes).toMatchObject([{ kind: 'delivered' }]);
    expect(platform.received.at(-1)?.path).toMatch(/\/validate$/);
  });

  it('refuses a tampered event, and its words are kept', async () => {
    const [payload] = platform.payloads;
    const tampered = {
      eventId: 'evt-1',
      occurredAtMs: 0,
      body: { ...payload?.body, event_time: 1_700_000_000 },
    };
    expect(await platform.send([tampered])).toEqual([
      { kind: 'rejected', message: 'HTTP 400: "event_time" is invalid' },
    ]);
  });

  it('pauses the destination on a wrong token', async () => {
    const outcomes = await platform.send(platform.payloads.slice(0, 1), { accessToken: 'wrong' });
    expect(outcomes).toEqual([{ kind: 'unauthorised', message: 'HTTP 401' }]);
  });

  it('refuses under 200', async () => {
    platform.answerOnce({ status: 200, body: { status: 'INVALID', reason: 'pixel is disabled' } });
    expect(await platform.send(platform.payloads.slice(0, 1))).toEqual([
      { kind: 'rejected', message: 'HTTP 200: pixel is disabled' },
    ]);
  });
});
