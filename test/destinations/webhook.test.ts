import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BoundDestination, Payload } from '../../src/contract/destination.ts';
import { destination } from '../../src/destinations/webhook.ts';

const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const previousSecret = 'whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=';
const settings = { url: 'https://hooks.example.com/events', secret };
const nowMs = 1_700_000_000_000;
const payload: Payload = {
  eventId: 'evt_2Yk3',
  occurredAtMs: 1_795_428_000_000,
  body: {
    type: 'order.completed',
    timestamp: '2026-11-23T10:00:00.000Z',
    data: { order_id: 'A-1', value: 10.5, name: 'José ✓' },
  },
};

function bind(rawSettings: object): BoundDestination {
  return destination.bind('webhook', rawSettings, { required: [], optional: [] });
}

function send(rawSettings: object, sent: Payload = payload, atMs = nowMs) {
  const request = bind(rawSettings).request([sent], { nowMs: atMs, number: 1 });
  if (request.kind !== 'http') throw new Error('a webhook is sent over http');
  return request;
}

// The published library reads the clock itself, and refuses signatures that are not of the last five minutes.
beforeEach(() => {
  vi.useFakeTimers({ now: nowMs });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a webhook signature', () => {
  it('is what Standard Webhooks signs', () => {
    expect(send(settings).headers['webhook-signature']).toBe(
      'v1,cch/RyKSvhclVMlnvLq3sZI7ponotD2wHjGwgLrx31w=',
    );
  });

  it('is accepted by the published library', () => {
    const { body, headers } = send(settings);
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual(payload.body);
  });

  it('is not accepted for another body', () => {
    const { body, headers } = send(settings);
    expect(() => new Webhook(secret).verify(`${body} `, { ...headers })).toThrow();
  });

  it('is accepted with either secret while they change over', () => {
    const { body, headers } = send({ ...settings, previousSecret });
    expect(headers['webhook-signature']).toBe(
      'v1,cch/RyKSvhclVMlnvLq3sZI7ponotD2wHjGwgLrx31w= v1,1u6CS1ET6C+f/qjAVXpZC6UwHN97qVjGdb8dHAQY7Tg=',
    );
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual(payload.body);
    expect(new Webhook(previousSecret).verify(body, { ...headers })).toEqual(payload.body);
  });

  it('is new on a retry, under the same id', () => {
    const first = send(settings);
    const again = send(settings, payload, nowMs + 300_000);
    expect(again.headers['webhook-signature']).toBe('v1,+w/pgil/gDbnU25o8flC/PpMyeND751S+uDYMrKOQWc=');
    expect(again.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(again.body).toBe(first.body);
  });

  it('does not need the prefix in front of the secret', () => {
    const bare = send({ ...settings, secret: secret.slice('whsec_'.length) });
    expect(bare.headers['webhook-signature']).toBe(send(settings).headers['webhook-signature']);
  });
});

describe('a webhook id', () => {
  it.each(['a.b', 'purchase 1', '', 'ü', 'x'.repeat(200)])(
    'is made of the event id "%s", always the same',
    (eventId) => {
      const { headers, body } = send(settings, { ...payload, eventId });
      expect(headers['webhook-id']).toMatch(/^evt_[0-9a-f]{32}$/);
      expect(send(settings, { ...payload, eventId }).headers['webhook-id']).toBe(headers['webhook-id']);
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual(payload.body);
    },
  );
});

describe('webhook headers', () => {
  it('carry what the settings add, masked wherever the request is shown', () => {
    const { headers, secrets } = send({ ...settings, headers: { 'X-Api-Key': 'k-123' } });
    expect(headers['x-api-key']).toBe('k-123');
    expect(secrets).toEqual(['k-123']);
  });
});

it('sends one event per request', () => {
  expect(() => bind(settings).request([payload, payload], { nowMs, number: 1 })).toThrow('one event');
});
