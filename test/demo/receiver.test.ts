import { Webhook } from 'standardwebhooks';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../src/demo/receiver.ts';

const secret = `whsec_${Buffer.from('a secret of thirty-two characters').toString('base64')}`;
const nowMs = Date.parse('2026-11-23T12:00:00Z');
let receiver: Receiver;
let origin: string;

beforeAll(async () => {
  receiver = await startReceiver({ port: 0, host: '127.0.0.1', secret, nowMs: () => nowMs });
  origin = `http://127.0.0.1:${receiver.port}`;
});
afterAll(() => receiver.close());
beforeEach(() => receiver.clear());

const body = JSON.stringify({
  type: 'event.purchase',
  timestamp: '2026-11-23T12:00:00Z',
  data: { id: 'e1' },
});

interface Signed {
  readonly id?: string;
  readonly atMs?: number;
  readonly secret?: string;
  readonly body?: string;
}

function postSigned(signed: Signed = {}) {
  const id = signed.id ?? 'e1';
  const at = new Date(signed.atMs ?? nowMs);
  const signature = new Webhook(signed.secret ?? secret).sign(id, at, signed.body ?? body);
  return supertest(origin)
    .post('/webhook')
    .type('application/json')
    .set('webhook-id', id)
    .set('webhook-timestamp', String(Math.floor(at.getTime() / 1000)))
    .set('webhook-signature', signature);
}

describe('webhook', () => {
  it('keeps a request that is signed as the specification says', async () => {
    await postSigned().send(body).expect(200);
    expect(receiver.received()).toMatchObject([
      { at: '2026-11-23T12:00:00.000Z', platform: 'webhook', path: '/webhook', body: { data: { id: 'e1' } } },
    ]);
  });

  it('accepts any right signature of a list, as secrets rotate', async () => {
    const right = new Webhook(secret).sign('e1', new Date(nowMs), body);
    await postSigned().set('webhook-signature', `v1,AAAA v1a,AAAA ${right}`).send(body).expect(200);
  });

  it.each<[string, Signed, string]>([
    ['another secret', { secret: `whsec_${btoa('something else')}` }, 'webhook-signature does not match'],
    ['another body', { body: '{}' }, 'webhook-signature does not match'],
    ['an old timestamp', { atMs: nowMs - 301_000 }, 'webhook-timestamp is more than 300 seconds away'],
    ['a timestamp ahead', { atMs: nowMs + 301_000 }, 'webhook-timestamp is more than 300 seconds away'],
  ])('refuses %s', async (_title, signed, error) => {
    const answer = await postSigned(signed).send(body).expect(401);
    expect(answer.body).toEqual({ error });
    expect(receiver.received()).toEqual([]);
  });

  it.each([
    ['webhook-id', '', 'webhook-id is missing'],
    ['webhook-timestamp', 'soon', 'webhook-timestamp is missing or not in seconds'],
    ['webhook-signature', '', 'webhook-signature does not match'],
  ])('refuses a request whose %s is "%s"', async (header, value, error) => {
    const answer = await postSigned().set(header, value).send(body).expect(401);
    expect(answer.body).toEqual({ error });
  });

  it('counts a replayed id as a duplicate and does not receive it twice', async () => {
    await postSigned().send(body).expect(200, { duplicate: false });
    await postSigned().send(body).expect(200, { duplicate: true });
    expect(receiver.received()).toHaveLength(1);
    expect(receiver.duplicates()).toBe(1);
  });
});

describe('Measurement Protocol', () => {
  it('answers 204 and keeps the query and the body', async () => {
    const hit = { client_id: '1.2', events: [{ name: 'purchase', params: { value: 37 } }] };
    await supertest(origin)
      .post('/mp/collect?measurement_id=G-DEMO&api_secret=x&__proto__=1')
      .send(hit)
      .expect(204);
    expect(receiver.received()).toMatchObject([
      { platform: 'ga4', query: { measurement_id: 'G-DEMO' }, body: hit },
    ]);
  });

  it('keeps a body that is not JSON as text, as the platform answers 204 to anything', async () => {
    await supertest(origin).post('/mp/collect').type('text/plain').send('not json').expect(204);
    expect(receiver.received()).toMatchObject([{ body: 'not json' }]);
  });
});

describe('Conversions API', () => {
  it('answers with the number of events it took', async () => {
    const data = [{ event_name: 'Purchase' }, { event_name: 'PageView' }];
    const answer = await supertest(origin).post('/v26.0/1234567890/events').send({ data }).expect(200);
    expect(answer.body).toEqual({
      events_received: 2,
      messages: [],
      fbtrace_id: expect.stringMatching(/^[\w-]+$/),
    });
    expect(receiver.received()).toMatchObject([{ platform: 'meta', path: '/v26.0/1234567890/events' }]);
  });

  it.each([[{}], [{ data: [] }], [{ data: 'x' }], [[]]])('refuses %j with code 100', async (payload) => {
    const answer = await supertest(origin).post('/v26.0/1/events').send(payload).expect(400);
    expect(answer.body).toMatchObject({ error: { code: 100 } });
    expect(receiver.received()).toEqual([]);
  });
});

describe('failNext', () => {
  it('fails as often as told, on any platform, and recovers', async () => {
    receiver.failNext(2, 503);
    await supertest(origin).post('/mp/collect').send({}).expect(503);
    await postSigned().send(body).expect(503);
    await postSigned().send(body).expect(200, { duplicate: false });
    expect(receiver.received()).toHaveLength(1);
    expect(receiver.duplicates()).toBe(0);
  });
});

describe('bounds', () => {
  it('refuses a body larger than 1 MiB', async () => {
    await supertest(origin)
      .post('/mp/collect')
      .type('text/plain')
      .send('x'.repeat(1024 * 1024 + 1))
      .expect(413);
    expect(receiver.received()).toEqual([]);
  });

  it('keeps the last 1,000 requests', async () => {
    for (let number = 1; number <= 1002; number++) {
      await fetch(`${origin}/mp/collect?n=${number}`, { method: 'POST', body: '{}' });
    }
    const kept = receiver.received();
    expect(kept).toHaveLength(1000);
    expect(kept[0]?.query['n']).toBe('3');
    expect(kept.at(-1)?.query['n']).toBe('1002');
  });

  it.each([
    ['POST', '/elsewhere', 404],
    ['POST', '/v26.0/../webhook/events', 404],
    ['GET', '/elsewhere', 404],
    ['PUT', '/webhook', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const response = await fetch(`${origin}${path}`, { method });
    expect(response.status).toBe(status);
  });
});

describe('the page', () => {
  it('allows nothing inline and nothing from elsewhere', async () => {
    const { text, headers } = await supertest(origin).get('/').expect(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(text).not.toMatch(/<script>|<style>|\son\w+=|style=/);
    for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/[^"]*)"/g)) {
      await supertest(origin).get(path).expect(200);
    }
  });

  it('gives everything received as JSON', async () => {
    await postSigned().send(body);
    await postSigned().send(body);
    const { body: answer } = await supertest(origin).get('/received.json').expect(200);
    expect(answer).toMatchObject({ duplicates: 1, received: [{ platform: 'webhook' }] });
  });

  it('streams what was received before, then each request as it comes', async () => {
    await postSigned({ id: 'before' }).send(body);
    const messages = openMessages(await fetch(`${origin}/stream`));
    expect(await messages.next()).toMatchObject({ event: 'snapshot', data: { entries: [{}] } });
    await postSigned({ id: 'after' }).send(body);
    expect(await messages.next()).toMatchObject({
      event: 'received',
      data: { rows: [{ name: 'event.purchase' }], received: { headers: { 'webhook-id': 'after' } } },
    });
    receiver.clear();
    expect(await messages.next()).toEqual({ event: 'snapshot', data: { entries: [] } });
    await messages.close();
  });
});

/** Reads server-sent events one at a time. */
function openMessages(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    close: () => reader?.cancel(),
    async next() {
      while (!text.includes('\n\n')) {
        const read = await reader?.read();
        if (read === undefined || read.done) throw new Error('the stream ended');
        text += read.value;
      }
      const end = text.indexOf('\n\n');
      const [event, data] = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      return { event: event?.slice('event: '.length), data: JSON.parse(data?.slice('data: '.length) ?? '') };
    },
  };
}
