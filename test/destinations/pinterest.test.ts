import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startReceiver } from '../delivery/server.ts';
import { connect, copies, deliver, goldenPayloads } from './platform.ts';

const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional();
const text = z.string().min(1).optional();
const amount = z
  .string()
  .regex(/^\d+(?:\.\d+)?$/)
  .optional();

/** One event as Pinterest's API description has it: a key that it does not know is an error. */
const eventSchema = z.strictObject({
  event_name: z.string().regex(/^[a-z_]+$/),
  action_source: z.enum(['web', 'app_android', 'app_ios', 'offline']),
  event_time: z.int().min(1_600_000_000).max(2_000_000_000),
  event_id: z.string().min(1),
  event_source_url: z.url().optional(),
  opt_out: z.boolean(),
  user_data: z
    .strictObject({
      ...{ em: hashes, ph: hashes, ge: hashes, db: hashes, ln: hashes, fn: hashes, ct: hashes, st: hashes },
      ...{ zp: hashes, country: hashes, external_id: hashes },
      ...{ client_ip_address: text, client_user_agent: text, click_id: text },
    })
    .refine(
      ({ em, client_ip_address: ip, client_user_agent: agent }) =>
        em !== undefined || (ip !== undefined && agent !== undefined),
    ),
  custom_data: z
    .strictObject({
      ...{ currency: text, value: amount, order_id: text, search_string: text, opt_out_type: text },
      ...{ content_name: text, content_category: text, content_brand: text },
      num_items: z.int().optional(),
      content_ids: z.array(z.string()).optional(),
      contents: z
        .array(
          z.strictObject({
            id: z.string(),
            item_price: amount,
            quantity: z.int().optional(),
            ...{ item_name: text, item_category: text, item_brand: text },
          }),
        )
        .optional(),
    })
    .optional(),
});
const requestSchema = z.strictObject({ data: z.array(z.unknown()).min(1).max(1000) });

/** A Pinterest that keeps the good events of a request and says of each what became of it. */
function startPinterest() {
  return startReceiver((res, { url, headers, body }) => {
    const answer = (status: number, json: object) => void res.writeHead(status).end(JSON.stringify(json));
    if (headers.authorization !== 'Bearer s3cr3t-pinterest') {
      return answer(401, { code: 2, message: 'Authentication failed.' });
    }
    if (!/^\/v5\/ad_accounts\/549755885175\/events(?:\?test=true)?$/.test(url))
      return answer(404, { code: 404 });
    const { data } = requestSchema.parse(JSON.parse(body));
    const events = data.map((event) => {
      const [issue] = eventSchema.safeParse(event).error?.issues ?? [];
      if (issue === undefined) return { status: 'processed', error_message: null, warning_message: null };
      return { status: 'failed', error_message: `${issue.path.join('.')} is invalid`, warning_message: null };
    });
    const failed = events.filter(({ status }) => status === 'failed').length;
    const result = { num_events_received: data.length, num_events_processed: data.length - failed, events };
    if (failed === 0) return answer(200, result);
    answer(422, { code: 4196, message: 'Not all events were processed', details: result });
  });
}

describe('against a Pinterest that enforces its description', () => {
  it('every golden payload is taken', async () => {
    const api = await startPinterest();
    const payloads = goldenPayloads('pinterest');
    expect(payloads.length).toBeGreaterThan(10);
    const verdicts = await deliver(connect('pinterest', { host: api.url }), payloads);
    expect(new Set(verdicts)).toEqual(new Set(['delivered: HTTP 200, processed']));
  });

  it('one event that failed is given up, and those that were processed are not sent again', async () => {
    const api = await startPinterest();
    const pinterest = connect('pinterest', { host: api.url });
    const good = pinterest.payload('evt-1');
    const bad = { ...good, body: { ...good.body, event_time: 'now' } };
    expect(await deliver(pinterest, [good, bad, good])).toEqual([
      'delivered: HTTP 422, processed',
      'dead: HTTP 422, failed: event_time is invalid',
      'delivered: HTTP 422, processed',
    ]);
    expect(api.received).toHaveLength(1);
  });

  it('a refusal without a list is halved down to the event', async () => {
    const api = await startReceiver((res, { body }) => {
      const { data } = requestSchema.parse(JSON.parse(body));
      const isBad = JSON.stringify(data).includes('evt-bad');
      const taken = JSON.stringify({ events: data.map(() => ({ status: 'processed' })) });
      res.writeHead(isBad ? 422 : 200).end(isBad ? '{"code":4196,"message":"Invalid"}' : taken);
    });
    const pinterest = connect('pinterest', { host: api.url });
    expect(await deliver(pinterest, [pinterest.payload('evt-1'), pinterest.payload('evt-bad')])).toEqual([
      'delivered: HTTP 200, processed',
      'dead: HTTP 422, code 4196: Invalid',
    ]);
  });

  it('a token of another account pauses the destination, and no event is lost', async () => {
    const api = await startPinterest();
    const pinterest = connect('pinterest', { host: api.url, accessToken: 'wrong' });
    expect(await deliver(pinterest, [pinterest.payload('evt-1')])).toEqual([
      'retry after 0 s: HTTP 401, code 2: Authentication failed.',
    ]);
  });

  it('the answer to a full batch of failures is read whole', async () => {
    const api = await startReceiver((res, { body }) => {
      const { data } = requestSchema.parse(JSON.parse(body));
      const events = data.map(() => ({
        status: 'failed',
        error_message: 'x'.repeat(400),
        warning_message: null,
      }));
      res.writeHead(422).end(JSON.stringify({ code: 4196, details: { events } }));
    });
    const pinterest = connect('pinterest', { host: api.url });
    const verdicts = await deliver(pinterest, copies(pinterest.payload('evt-1'), 100));
    expect(api.received).toHaveLength(1);
    expect(verdicts.every((verdict) => verdict.startsWith('dead: HTTP 422, failed'))).toBe(true);
  });
});
