import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { requestAtMs } from '../golden.ts';
import { type PlatformAnswer, platformOf, type Received } from './platform.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.string().regex(/^\d+\.\d{2,}$/);

/** X's web conversions as they are documented, every field that X does not know refused. */
const conversionSchema = z.strictObject({
  conversion_time: z.iso
    .datetime({ precision: 3 })
    .refine((text) => Date.parse(text) > requestAtMs - 90 * 86_400_000),
  event_id: z.string().regex(/^(?:tw-o8z6j-)?[a-z0-9]{5}$/),
  conversion_id: z.string().min(1),
  identifiers: z
    .array(
      z.union([
        z.strictObject({ twclid: z.string() }),
        z.strictObject({ hashed_email: hex }),
        z.strictObject({ hashed_phone_number: hex }),
        z.strictObject({ ip_address: z.union([z.ipv4(), z.ipv6()]), user_agent: z.string() }),
      ]),
    )
    .min(1),
  value: amount.optional(),
  price_currency: z.string().length(3).optional(),
  number_items: z.int().positive().optional(),
  contents: z
    .array(
      z.strictObject({
        content_id: z.string(),
        content_name: z.string().optional(),
        content_type: z.string().optional(),
        content_price: amount.optional(),
        num_items: z.int().positive().optional(),
      }),
    )
    .optional(),
  search_string: z.string().optional(),
});

const bodySchema = z.strictObject({ conversions: z.array(conversionSchema).min(1).max(500) });
const consumerSecret = 'consumer s3cr3t';
const tokenSecret = 'token s3cr3t';

/** As RFC 5849 section 3.4 has a server do it, from the header alone. */
function isSigned({ method, path, headers }: Received): boolean {
  const fields = new Map(
    [...(headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      decodeURIComponent(value),
    ]),
  );
  const signature = fields.get('oauth_signature');
  fields.delete('oauth_signature');
  const parameters = [...fields].sort().map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const base = [method, `http://${headers.host}${path}`, parameters.join('&')]
    .map(encodeURIComponent)
    .join('&');
  const key = [consumerSecret, tokenSecret].map(encodeURIComponent).join('&');
  return (
    fields.get('oauth_timestamp') === String(Math.floor(requestAtMs / 1000)) &&
    createHmac('sha1', key).update(base).digest('base64') === signature
  );
}

function x(request: Received): PlatformAnswer {
  const isKnown = request.headers['x-pixel-token'] === 's3cr3t-token' || isSigned(request);
  if (!isKnown) return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED_ACCESS', message: 'no' }] } };
  if (request.path !== '/12/measurement/conversions/o8z6j') return { status: 404, body: {} };
  const checked = bodySchema.safeParse(request.json);
  if (checked.success) {
    const conversions_processed = checked.data.conversions.length;
    return { status: 200, body: { request: {}, data: { conversions_processed, debug_id: 'cb5fe3c3-d2b9' } } };
  }
  const parameter = String(checked.error.issues[0]?.path[2]);
  return {
    status: 400,
    body: { errors: [{ code: 'INVALID_PARAMETER', message: `bad value for ${parameter}`, parameter }] },
  };
}

describe('a Conversions API that keeps to what X documents', () => {
  const platform = platformOf('x', x);
  const delivered = { kind: 'delivered', note: 'HTTP 200, conversions_processed 1, debug_id cb5fe3c3-d2b9' };

  it('takes every event that we build', async () => {
    expect(platform.payloads.length).toBeGreaterThan(7);
    for (const payload of platform.payloads) {
      expect(await platform.send([payload]), payload.eventId).toEqual([delivered]);
    }
  });

  it('refuses a tampered conversion, and its words are kept', async () => {
    const [payload] = platform.payloads;
    const body = { ...payload?.body, identifiers: [{ hashed_email: 'jane@example.com' }] };
    expect(await platform.send([{ eventId: 'evt-1', occurredAtMs: 0, body }])).toEqual([
      { kind: 'rejected', message: 'HTTP 400: INVALID_PARAMETER: bad value for identifiers' },
    ]);
  });

  it('takes a request that is signed with OAuth 1.0a, and no other', async () => {
    const keys = {
      consumerKey: 'consumer key',
      consumerSecret,
      accessToken: 'a+b/c=',
      accessTokenSecret: tokenSecret,
    };
    const signed = { pixelToken: undefined, oauth: keys };
    const wrong = { pixelToken: undefined, oauth: { ...keys, accessTokenSecret: 'another s3cr3t' } };
    const some = platform.payloads.slice(0, 1);
    expect(await platform.send(some, signed)).toEqual([delivered]);
    expect(await platform.send(some, wrong)).toEqual([{ kind: 'unauthorised', message: 'HTTP 401' }]);
  });

  it('pauses the destination on a wrong token', async () => {
    expect(await platform.send(platform.payloads.slice(0, 1), { pixelToken: 'wrong' })).toEqual([
      { kind: 'unauthorised', message: 'HTTP 401' },
    ]);
  });

  it('waits until the end of the window where it names one', async () => {
    const resetSec = Math.floor(Date.now() / 1000) + 600;
    platform.answerOnce({
      status: 429,
      headers: {
        'x-rate-limit-reset': String(resetSec),
        date: new Date((resetSec - 600) * 1000).toUTCString(),
      },
      body: { errors: [{ code: 'TOO_MANY_REQUESTS' }] },
    });
    expect(await platform.send(platform.payloads.slice(0, 1))).toEqual([
      { kind: 'retry', message: 'HTTP 429', afterMs: 600_000 },
    ]);
  });
});
