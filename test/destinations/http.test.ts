import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BoundDestination, Payload } from '../../src/contract/destination.ts';
import { destination } from '../../src/destinations/http.ts';
import { buildOf, goldenOf } from './golden.ts';

const url = 'https://api.example.com/events';
const first: Payload = { eventId: 'evt-1', occurredAtMs: 0, body: { body: { a: 1 } } };
const second: Payload = { eventId: 'evt-2', occurredAtMs: 0, body: { body: { a: 'é' } } };

function bind(settings: object): BoundDestination {
  return destination.bind('http', { url, ...settings }, { required: [], optional: [] });
}

function send(settings: object, ...payloads: readonly Payload[]) {
  const request = bind(settings).request(payloads, { nowMs: 0, number: 1 });
  if (request.kind !== 'http') throw new Error('it is sent over http');
  return request;
}

describe('an HMAC signature', () => {
  const body = {
    type: 'order.completed',
    timestamp: '2026-11-23T10:00:00.000Z',
    data: { order_id: 'A-1', value: 10.5, name: 'José ✓' },
  };
  const payload: Payload = { eventId: 'evt-1', occurredAtMs: 0, body: { body } };

  it('is the one that receivers of signed hooks expect', () => {
    const { headers } = send({ auth: { type: 'hmac', secret: 's3cret' } }, payload);
    expect(headers['x-signature']).toBe(
      'sha256=051bc14cca648f3b7d48270a3e607befa3d98383eb572282289afaea687725f9',
    );
  });

  it('takes another header, prefix and encoding, and is made of the bytes that are sent', () => {
    const auth = { type: 'hmac', secret: 'ключ', header: 'X-Hub-Signature', prefix: '', encoding: 'base64' };
    const request = send({ auth, batch: { format: 'ndjson' } }, first, second);
    expect(request.headers['x-hub-signature']).toBe(
      createHmac('sha256', 'ключ').update(request.body).digest('base64'),
    );
  });
});

describe('several events in one request', () => {
  it.each([
    ['an array', { format: 'array' }, '[{"a":1},{"a":"é"}]'],
    ['an array under a key', { format: 'array', key: 'events' }, '{"events":[{"a":1},{"a":"é"}]}'],
    ['lines', { format: 'ndjson' }, '{"a":1}\n{"a":"é"}\n'],
  ])('are %s', (_form, batch, body) => {
    expect(send({ batch }, first, second).body).toBe(body);
  });

  it('are as many as the settings say, and one without them', () => {
    expect(bind({}).batch.maxEvents).toBe(1);
    expect(bind({ batch: { format: 'array', maxEvents: 7 } }).batch.maxEvents).toBe(7);
    expect(() => send({}, first, second).body).not.toThrow();
  });

  it('go again one by one where the receiver refuses them together', () => {
    const bound = bind({ batch: { format: 'array' } });
    const refused = { kind: 'answered', status: 400, headers: {}, body: '' } as const;
    expect(bound.judge(refused, [first, second]).map(({ kind }) => kind)).toEqual(['retry', 'retry']);
    expect(bound.judge(refused, [first]).map(({ kind }) => kind)).toEqual(['rejected']);
  });
});

describe('a GET', () => {
  it('is not sent for an event that has none of the fields', () => {
    const bound = bind({ method: 'GET', query: { cid: '{{campaign.session.clickIds.awc.value}}' } });
    const purchase = goldenOf('http').cases.flatMap((one) => ('event' in one ? [one.event] : []))[0];
    expect(purchase && buildOf(bound, purchase)).toMatchObject({ refused: 'build_refused' });
  });

  it('has no body, and its parameters in the address', () => {
    const payload: Payload = {
      eventId: 'evt-1',
      occurredAtMs: 0,
      body: { query: { cid: 'a&b', v: '42.5' } },
    };
    const request = send({ method: 'GET', query: { cid: '{{id}}', v: '{{commerce.value}}' } }, payload);
    expect(request).toMatchObject({ method: 'GET', url: `${url}?cid=a%26b&v=42.5`, body: '', headers: {} });
  });
});
