import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startReceiver } from '../delivery/server.ts';
import { connect, copies, deliver, goldenPayloads } from './platform.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().min(1);

/** What TikTok's Events API 2.0 takes; one event that does not fit refuses the request. */
const requestSchema = z.strictObject({
  event_source: z.enum(['web', 'app', 'offline', 'crm']),
  event_source_id: text,
  test_event_code: text.optional(),
  data: z
    .array(
      z.strictObject({
        event: text,
        event_time: z.int().min(1_600_000_000).max(2_000_000_000),
        event_id: text,
        user: z.strictObject({
          ...{ email: sha256.optional(), phone: sha256.optional(), external_id: z.array(sha256).optional() },
          ...{ first_name: sha256.optional(), last_name: sha256.optional(), zip_code: sha256.optional() },
          city: z
            .string()
            .regex(/^[a-z0-9]+$/)
            .optional(),
          state: z
            .string()
            .regex(/^[a-z0-9]+$/)
            .optional(),
          country: z
            .string()
            .regex(/^[a-z]{2}$/)
            .optional(),
          ...{ ttclid: text.optional(), ttp: text.optional(), locale: text.optional() },
          ...{ ip: z.union([z.ipv4(), z.ipv6()]).optional(), user_agent: text.optional() },
        }),
        page: z.strictObject({ url: z.url().optional(), referrer: z.url().optional() }).optional(),
        properties: z
          .strictObject({
            contents: z
              .array(
                z.strictObject({
                  content_id: text,
                  content_type: z.enum(['product', 'product_group']),
                  content_name: text.optional(),
                  content_category: text.optional(),
                  brand: text.optional(),
                  price: z.number().optional(),
                  quantity: z.number().optional(),
                }),
              )
              .optional(),
            content_type: z.enum(['product', 'product_group']).optional(),
            currency: z.string().length(3).optional(),
            value: z.number().optional(),
            ...{ order_id: text.optional(), num_items: z.int().optional(), description: text.optional() },
            ...{ query: text.optional(), search_string: text.optional() },
          })
          .optional(),
        limited_data_use: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(1000),
});

/** A TikTok that takes `s3cr3t-tiktok`, answers HTTP 200 to everything and says the truth in `code`. */
function startTikTok() {
  return startReceiver((res, { url, headers, body }) => {
    // Without its last slash the address redirects, and the body is gone.
    if (!url.endsWith('/event/track/')) return void res.writeHead(301, { location: '/' }).end();
    const answer = (code: number, message: string) =>
      void res.writeHead(200).end(JSON.stringify({ code, message, request_id: 'r-1', data: {} }));
    if (headers['access-token'] !== 's3cr3t-tiktok')
      return answer(40105, 'Access token is incorrect or has been revoked.');
    const { data, error } = requestSchema.safeParse(JSON.parse(body));
    if (data === undefined) return answer(40002, error.issues.map(({ path }) => path.join('.')).join(', '));
    return answer(0, 'OK');
  });
}

describe('against a TikTok that enforces its field list', () => {
  it('every golden payload is taken', async () => {
    const api = await startTikTok();
    const payloads = goldenPayloads('tiktok');
    expect(payloads.length).toBeGreaterThan(10);
    const verdicts = await deliver(connect('tiktok', { host: api.url }), payloads);
    expect(new Set(verdicts)).toEqual(new Set(['delivered: HTTP 200, code 0, request_id r-1']));
  });

  it('one event that is refused is found, and the others are delivered', async () => {
    const api = await startTikTok();
    const tiktok = connect('tiktok', { host: api.url });
    const [first, second, third] = copies(tiktok.payload('evt-1'), 3);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three are needed');
    const bad = { ...second, body: { ...second.body, event_time: 'now' } };
    expect(await deliver(tiktok, [first, bad, third])).toEqual([
      'delivered: HTTP 200, code 0, request_id r-1',
      'dead: HTTP 200, code 40002, request_id r-1: data.0.event_time',
      'delivered: HTTP 200, code 0, request_id r-1',
    ]);
  });

  it('after a partial success the halves are sent again, for TikTok knows its event ids', async () => {
    const api = await startReceiver((res, { body }) => {
      const { data } = requestSchema.parse(JSON.parse(body));
      const code = data.length > 1 ? 20001 : 0;
      res.writeHead(200).end(JSON.stringify({ code, message: code === 0 ? 'OK' : 'Partial success' }));
    });
    const tiktok = connect('tiktok', { host: api.url });
    const verdicts = await deliver(tiktok, copies(tiktok.payload('evt-1'), 2));
    expect(verdicts).toEqual(['delivered: HTTP 200, code 0', 'delivered: HTTP 200, code 0']);
    expect(api.received).toHaveLength(3);
  });

  it('a wrong token pauses the destination, and no event is lost', async () => {
    const api = await startTikTok();
    const tiktok = connect('tiktok', { host: api.url, accessToken: 'wrong' });
    expect(await deliver(tiktok, [tiktok.payload('evt-1')])).toEqual([
      'retry after 0 s: HTTP 200, code 40105, request_id r-1: Access token is incorrect or has been revoked.',
    ]);
  });

  it('a thousand events go a hundred at a time', async () => {
    const api = await startTikTok();
    const tiktok = connect('tiktok', { host: api.url });
    await deliver(tiktok, copies(tiktok.payload('evt-1'), 1000));
    expect(api.received.map(({ body }) => requestSchema.parse(JSON.parse(body)).data.length)).toEqual(
      Array.from({ length: 10 }, () => 100),
    );
  });
});
