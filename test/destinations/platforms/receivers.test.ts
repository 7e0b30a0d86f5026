import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Payload } from '../../../src/contract/destination.ts';
import { type PlatformAnswer, platformOf, type Received } from './platform.ts';

const messageSchema = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(40_000)
    .refine((text) => !/<[!@#]/.test(text)),
  unfurl_links: z.boolean(),
  unfurl_media: z.boolean(),
});

function slack({ path, json }: Received): PlatformAnswer {
  if (path !== '/hook/s3cr3t-path') return { status: 404, body: 'no_service' };
  return messageSchema.safeParse(json).success
    ? { status: 200, body: 'ok' }
    : { status: 400, body: 'invalid_payload' };
}

describe('a Slack that keeps to what it documents', () => {
  const platform = platformOf('slack', slack, 'url');

  it('posts every message that we build', async () => {
    expect(platform.payloads.length).toBeGreaterThan(7);
    for (const payload of platform.payloads) {
      expect(await platform.send([payload]), payload.eventId).toEqual([
        { kind: 'delivered', note: 'HTTP 200' },
      ]);
    }
  });

  it('refuses an empty message, and its word is kept', async () => {
    const empty: Payload = { eventId: 'evt-1', occurredAtMs: 0, body: { text: '' } };
    expect(await platform.send([empty])).toEqual([
      { kind: 'rejected', message: 'HTTP 400: invalid_payload' },
    ]);
  });

  it.each([
    [403, 'invalid_token'],
    [404, 'no_service'],
    [410, 'channel_is_archived'],
  ])('pauses the destination after %i %s', async (status, body) => {
    platform.answerOnce({ status, body });
    expect(await platform.send(platform.payloads.slice(0, 1))).toEqual([
      { kind: 'unauthorised', message: `HTTP ${status}: ${body}` },
    ]);
  });
});

const lineSchema = z.strictObject({ id: z.string(), type: z.string(), version: z.literal(2) }).loose();

/** A receiver of signed NDJSON that refuses a request as a whole, and does not say which line was bad. */
function receiver({ text, headers }: Received): PlatformAnswer {
  const signature = createHmac('sha256', 's3cr3t').update(text).digest('hex');
  if (headers['x-signature'] !== `sha256=${signature}`) return { status: 401, body: 'bad signature' };
  if (headers['content-type'] !== 'application/x-ndjson' || !text.endsWith('\n')) return { status: 415 };
  const lines = text.trim().split('\n');
  const isGood = lines.every((line) => lineSchema.safeParse(JSON.parse(line)).success);
  return isGood ? { status: 202 } : { status: 422, body: 'a line is bad' };
}

describe('a receiver of signed lines', () => {
  const platform = platformOf('http', receiver, 'url');
  const settings = { batch: { format: 'ndjson' }, auth: { type: 'hmac', secret: 's3cr3t' } };
  const { payloads } = platform;

  it('takes everything that we build in one request', async () => {
    expect(payloads.length).toBeGreaterThan(7);
    const outcomes = await platform.send(payloads, settings);
    expect(outcomes).toEqual(payloads.map(() => ({ kind: 'delivered', note: 'HTTP 202' })));
  });

  it('loses nothing but the bad line once the events come back one by one', async () => {
    const bad: Payload = { eventId: 'evt-bad', occurredAtMs: 0, body: { body: { id: 7 } } };
    const batch = [...payloads.slice(0, 2), bad];
    const together = await platform.send(batch, settings);
    expect(together.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry']);
    const apart = [];
    for (const payload of batch) apart.push(...(await platform.send([payload], settings)));
    expect(apart.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'rejected']);
    expect(apart[2]).toEqual({ kind: 'rejected', message: 'HTTP 422: a line is bad' });
  });

  it('pauses the destination on a wrong key', async () => {
    const wrong = { ...settings, auth: { type: 'hmac', secret: 'wrong' } };
    expect(await platform.send(payloads.slice(0, 1), wrong)).toEqual([
      { kind: 'unauthorised', message: 'HTTP 401' },
    ]);
  });
});
