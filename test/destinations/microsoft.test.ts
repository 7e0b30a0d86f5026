import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startReceiver } from '../delivery/server.ts';
import { connect, copies, deliver, goldenPayloads } from './platform.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().min(1);

/** One event as Microsoft's guide to the UET Conversions API has it. */
const eventSchema = z.strictObject({
  eventType: z.enum(['pageLoad', 'custom']),
  eventName: text.optional(),
  eventId: text,
  eventTime: z.int().min(1_600_000_000).max(2_000_000_000),
  ...{ eventSourceUrl: z.url().optional(), referrerUrl: z.url().optional(), pageTitle: text.optional() },
  adStorageConsent: z.enum(['G', 'D']),
  userData: z
    .strictObject({
      em: sha256.optional(),
      ph: sha256.optional(),
      msclkid: z
        .string()
        .regex(/^[0-9a-f]{32}$/)
        .optional(),
      anonymousId: z
        .string()
        .regex(/^[0-9a-f]{32}$/)
        .optional(),
      externalId: text.optional(),
      clientIpAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
      clientUserAgent: text.optional(),
    })
    .refine((user) => Object.keys(user).length > 0),
  customData: z
    .strictObject({
      ...{
        value: z.number().optional(),
        currency: z.string().length(3).optional(),
        transactionId: text.optional(),
      },
      ...{
        searchTerm: text.optional(),
        ecommTotalValue: z.number().optional(),
        ecommCategory: text.optional(),
      },
      pageType: z
        .enum(['home', 'searchresults', 'category', 'product', 'cart', 'purchase', 'other'])
        .optional(),
      itemIds: z.array(text).optional(),
      items: z
        .array(
          z.strictObject({
            id: text,
            name: text.optional(),
            quantity: z.number(),
            price: z.number().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
const requestSchema = z.strictObject({
  data: z.array(z.unknown()).min(1).max(1000),
  continueOnValidationError: z.literal(true),
});

/** A UET endpoint that takes the valid events of a request and names the others. */
function startUet() {
  return startReceiver((res, { url, headers, body }) => {
    const answer = (status: number, json: object) => void res.writeHead(status).end(JSON.stringify(json));
    if (headers.authorization !== 'Bearer s3cr3t-uet')
      return answer(401, { error: { message: 'Unauthorized' } });
    if (url !== '/v1/56012345/events') return answer(404, { error: { message: 'Not Found' } });
    if (Buffer.byteLength(body) > 1_000_000) return answer(413, {});
    const { data } = requestSchema.parse(JSON.parse(body));
    const details = data.flatMap((event, index) => {
      const { error } = eventSchema.safeParse(event);
      const [issue] = error?.issues ?? [];
      return issue === undefined
        ? []
        : [
            {
              index,
              propertyName: issue.path.join('.'),
              attemptedValue: 'jane@example.com',
              errorMessage: 'is invalid',
            },
          ];
    });
    const received = { eventsReceived: data.length - details.length, traceId: 't-1' };
    answer(200, details.length === 0 ? received : { ...received, error: { code: 'Invalid', details } });
  });
}

describe('against a UET endpoint that enforces its field list', () => {
  it('every golden payload is taken', async () => {
    const api = await startUet();
    const payloads = goldenPayloads('microsoft');
    expect(payloads.length).toBeGreaterThan(8);
    const verdicts = await deliver(connect('microsoft', { host: api.url }), payloads);
    expect(new Set(verdicts)).toEqual(
      new Set([`delivered: HTTP 200, traceId t-1, eventsReceived ${payloads.length}`]),
    );
  });

  it('one event that is refused is given up, without the value that was tried; the others are delivered', async () => {
    const api = await startUet();
    const microsoft = connect('microsoft', { host: api.url });
    const good = microsoft.payload('evt-1');
    const bad = { ...good, body: { ...good.body, eventTime: 'now' } };
    expect(await deliver(microsoft, [good, bad, good])).toEqual([
      'delivered: HTTP 200, traceId t-1',
      'dead: HTTP 200, traceId t-1: eventTime: is invalid',
      'delivered: HTTP 200, traceId t-1',
    ]);
    expect(api.received).toHaveLength(1);
  });

  it('where it takes fewer than were sent and names none, the halves tell', async () => {
    const api = await startReceiver((res, { body }) => {
      const { data } = requestSchema.parse(JSON.parse(body));
      const taken = data.filter((event) => JSON.stringify(event).includes('"evt-bad"') === false);
      res.writeHead(200).end(JSON.stringify({ eventsReceived: taken.length }));
    });
    const microsoft = connect('microsoft', { host: api.url });
    const verdicts = await deliver(microsoft, [microsoft.payload('evt-1'), microsoft.payload('evt-bad')]);
    expect(verdicts).toEqual(['delivered: HTTP 200, eventsReceived 1', 'dead: HTTP 200, eventsReceived 0']);
  });

  it('a token of another tag pauses the destination, and no event is lost', async () => {
    const api = await startUet();
    const microsoft = connect('microsoft', { host: api.url, accessToken: 'wrong' });
    expect(await deliver(microsoft, [microsoft.payload('evt-1')])).toEqual([
      'retry after 0 s: HTTP 401: Unauthorized',
    ]);
  });

  it('a thousand events stay within its limits', async () => {
    const api = await startUet();
    const microsoft = connect('microsoft', { host: api.url });
    await deliver(microsoft, copies(microsoft.payload('evt-1'), 1000));
    expect(api.received.map(({ body }) => requestSchema.parse(JSON.parse(body)).data.length)).toEqual(
      Array.from({ length: 5 }, () => 200),
    );
  });
});
