import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { type AdminTools, createAdmin } from '../../src/admin/server.ts';
import { Secret } from '../../src/model/secret.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { EventStory, Reader } from '../../src/store/ports.ts';

const story: EventStory = {
  offset: 7,
  event: {
    id: 'e-1',
    name: 'purchase',
    site: 'shop',
    receivedAtMs: 1_795_428_000_000,
    commerce: { transactionId: 'A-1' },
  },
  isProcessed: true,
  decisions: [{ stop: 'capture', reason: 'received' }],
  deliveries: [],
};

const reader: Reader = {
  find: (key) => (key === 'A-1' ? [story] : []),
  since: (offset, limit) => (offset < 7 ? [story].slice(0, limit) : []),
  lastOffset: () => 7,
  lag: () => 0,
  queues: () => [{ destination: 'hook"x', status: 'pending', count: 3, oldestAtMs: 1 }],
  deadLetters: () => [],
  losses: () => [],
  close: () => undefined,
};

function tools(changes: Partial<AdminTools> = {}): AdminTools {
  return {
    reader,
    metrics: createMetrics(),
    token: null,
    version: '1.2.3',
    unmatched: () => [
      { rule: 'orders', reason: 'rule_not_matched', falsePart: 'event.commerce.value > 100' },
    ],
    breakers: async () => ({ hook: { failures: 0, openUntilMs: 0 } }),
    erase: async ({ offsets }) => ({ events: offsets.length, queued: 0, states: 0 }),
    revive: async (destination, ids) => (destination === 'hook' ? 2 : (ids?.length ?? 0)),
    configVersion: () => 'abc',
    ...changes,
  };
}

describe('the admin port', () => {
  it('answers health checks', async () => {
    const app = createAdmin(tools());
    await request(app).get('/livez').expect(200, { ok: true });
    await request(app).get('/readyz').expect(200, { ok: true, config: 'abc', lag: 0 });
  });

  it('explains an event with the rules that did not match', async () => {
    const { body } = await request(createAdmin(tools()))
      .get('/api/explain')
      .query({ key: 'A-1' })
      .expect(200);
    expect(body.events[0].timeline.rows.at(-1)).toMatchObject({
      stop: 'rules',
      details: ['not true: event.commerce.value > 100'],
    });
  });

  it('lists events after an offset', async () => {
    const { body } = await request(createAdmin(tools())).get('/api/events?after=0').expect(200);
    expect(body.events.map(({ offset }: EventStory) => offset)).toEqual([7]);
  });

  it.each(['/api/events?after=-1', '/api/events?limit=9999', '/api/events?whatever=1', '/api/explain'])(
    'answers 400 with a reason to %s',
    async (path) => {
      const { body } = await request(createAdmin(tools())).get(path).expect(400);
      expect(body.error).toMatchObject({ code: 'bad_request', message: expect.stringMatching(/./) });
    },
  );

  it('retries dead letters of a destination or by id', async () => {
    const app = createAdmin(tools());
    await request(app)
      .post('/api/dead-letters/retry')
      .send({ destination: 'hook' })
      .expect(200, { revived: 2 });
    await request(app)
      .post('/api/dead-letters/retry')
      .send({ ids: [1, 2, 3] })
      .expect(200, { revived: 3 });
    await request(app)
      .post('/api/dead-letters/retry')
      .send({ ids: ['x'] })
      .expect(400);
    await request(app)
      .post('/api/dead-letters/retry')
      .set('content-type', 'application/json')
      .send('{')
      .expect(400);
  });

  it('writes metrics in the Prometheus text format, with labels escaped', async () => {
    const metrics = createMetrics();
    metrics.add([{ stop: 'capture', reason: 'received', subject: 'ga4', n: 2 }]);
    metrics.add([{ stop: 'capture', reason: 'received', subject: 'ga4', n: 3 }]);
    const { text } = await request(createAdmin(tools({ metrics })))
      .get('/metrics')
      .expect(200);
    expect(text).toContain('throughline_decisions_total{stop="capture",reason="received",subject="ga4"} 5');
    expect(text).toContain('throughline_outbox_items{destination="hook\\"x",status="pending"} 3');
  });

  it('refuses pages of other sites and foreign names for the loopback address', async () => {
    const app = createAdmin(tools());
    await request(app).get('/api/status').set('sec-fetch-site', 'cross-site').expect(403);
    await request(app)
      .post('/api/dead-letters/retry')
      .set('sec-fetch-site', 'same-site')
      .send({})
      .expect(403);
    await request(app).get('/api/status').set('host', 'attacker.example').expect(403);
    await request(app).get('/api/status').set('sec-fetch-site', 'same-origin').expect(200);
  });

  it('asks for its token where one is set, as Bearer or as a password, and not for health', async () => {
    const app = createAdmin(tools({ token: new Secret('sesame') }));
    await request(app).get('/livez').expect(200);
    await request(app).get('/api/status').expect(401).expect('www-authenticate', /Basic/);
    await request(app).get('/api/status').set('authorization', 'Bearer wrong').expect(401);
    await request(app).get('/api/status').set('authorization', 'Bearer sesame').expect(200);
    await request(app).get('/').auth('anyone', 'sesame').expect(200);
  });

  it('says what is there instead of nothing', async () => {
    await request(createAdmin(tools())).get('/nowhere').expect(404);
  });
});
