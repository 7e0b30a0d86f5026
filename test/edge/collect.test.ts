import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { accepted, ask, browser, dial, exchange, head, open, post, readAll } from './client.ts';
import { createMemoryLog, siteOf, startEdge, startMs, startProxy, startUpstream } from './edge.ts';

const form = { ...browser, 'content-type': 'text/plain' };

describe('the site of a request', () => {
  it('is refused with 421 for a host that no site lists', async () => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { path: '/t/e', headers: { host: 'other.example' } });
    expect(answer.status).toBe(421);
    expect(answer.text).toContain('not configured');
    expect(edge.counts()).toEqual({ 'edge unknown_host': 1 });
  });

  it('is the fallback site for such a host where there is one', async () => {
    const edge = await startEdge({ fallback: siteOf({ name: 'rest' }) });
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/t/e',
      headers: { host: 'other.example' },
      body: '{"name":"ping"}',
    });
    expect(answer.status).toBe(204);
    expect(edge.log.records()[0]?.event.site).toBe('rest');
  });

  it('is chosen anew for every request, so that a reload takes effect between two of them', async () => {
    const edge = await startEdge();
    expect((await post(edge.port, { name: 'ping' })).status).toBe(204);
    edge.reload({ 'new.example': siteOf({ name: 'new' }) });
    expect((await post(edge.port, { name: 'ping' })).status).toBe(421);
    expect(
      (await post(edge.port, { name: 'ping' }, { host: 'new.example', origin: 'https://new.example' }))
        .status,
    ).toBe(204);
  });

  it('answers 404 to pages where it has no upstream', async () => {
    const edge = await startEdge();
    expect((await ask(edge.port)).status).toBe(404);
    expect(edge.counts()).toEqual({ 'edge no_upstream': 1 });
  });
});

describe('a hit', () => {
  it('is acknowledged with 204 only when it is stored', async () => {
    const log = createMemoryLog();
    const release = log.hold();
    const edge = await startEdge({ log });
    let isAnswered = false;
    const answered = post(edge.port, { name: 'page_view' }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    // Another request goes the whole way while the first one waits.
    await ask(edge.port, { path: '/t/s.js' });
    while (log.appends() === 0) await ask(edge.port, { path: '/t/s.js' });
    await ask(edge.port, { path: '/t/s.js' });
    expect([isAnswered, log.lines.length]).toEqual([false, 0]);
    release();
    expect((await answered).status).toBe(204);
    expect(log.records().map(({ event }) => event.name)).toEqual(['page_view']);
    expect(edge.counts()).toEqual({ 'capture received': 1 });
  });

  it('is answered 503 with a time to try again when the log fails, while pages still flow', async () => {
    const log = createMemoryLog();
    log.fail();
    const upstream = await startUpstream((_req, res) => void res.end('page'));
    const edge = await startProxy(upstream.url, { log });
    const answer = await post(edge.port, { name: 'page_view' }, { cookie: accepted });
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(JSON.parse(answer.text).error.code).toBe('refused_busy');
    expect((await ask(edge.port)).text).toBe('page');
    expect(edge.counts()).toEqual({ 'capture refused_busy': 1 });
  });

  it('may be a batch, gzipped, sent as plain text, of which every event is stored', async () => {
    const edge = await startEdge();
    const body = gzipSync(JSON.stringify({ events: [{ name: 'page_view' }, { name: 'scroll' }] }));
    expect((await ask(edge.port, { method: 'POST', path: '/t/e', headers: form, body })).status).toBe(204);
    expect(edge.log.records().map(({ event }) => event.name)).toEqual(['page_view', 'scroll']);
  });

  it('keeps the good events of a batch with a bad one, and says which was bad', async () => {
    const edge = await startEdge();
    const answer = await post(edge.port, [
      { name: 'page_view' },
      { name: 7 },
      { name: 'purchase', value: 'x' },
      { name: 'scroll' },
    ]);
    expect(answer.status).toBe(200);
    const { accepted: kept, rejected } = JSON.parse(answer.text);
    expect(kept).toBe(2);
    expect(rejected.map(({ at }: { at: string }) => at)).toEqual(['[1].name', '[2].value']);
    expect(edge.log.records().map(({ event }) => event.name)).toEqual(['page_view', 'scroll']);
    expect(edge.counts()).toEqual({ 'capture received': 2, 'capture refused_invalid': 2 });
  });

  it('is answered, and not stored, when the browser was only prefetching', async () => {
    const edge = await startEdge();
    for (const header of [
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
      { 'x-moz': 'prefetch' },
    ]) {
      expect((await post(edge.port, { name: 'page_view' }, header)).status).toBe(204);
    }
    expect(edge.log.appends()).toBe(0);
    expect(edge.counts()).toEqual({ 'capture ignored_prefetch': 3 });
  });

  it('keeps its own id, and gets one where it has none', async () => {
    const edge = await startEdge();
    await post(edge.port, [{ name: 'purchase', id: 'order-1' }, { name: 'scroll' }], { cookie: accepted });
    const [first, second] = edge.log.records();
    expect(first?.event.id).toBe('order-1');
    expect(second?.event.id).toMatch(/^[\w-]{22}$/);
  });

  it('reaches a server side SDK, GA4 and Segment at their own paths', async () => {
    const edge = await startEdge();
    const agent = supertest(`http://127.0.0.1:${edge.port}`);
    const host = { host: 'shop.example' };
    await agent
      .post('/v1/track')
      .set(host)
      .send({ type: 'track', event: 'Signed Up', anonymousId: 'a1' })
      .expect(200, { success: true });
    await agent
      .post('/g/collect?v=2&tid=G-1&cid=1.2')
      .set(host)
      .set(browser)
      .type('text')
      .send('en=page_view\nen=scroll')
      .expect(204);
    await agent.get('/g/collect?v=2&tid=G-1&cid=1.2&en=click').set(host).expect(204);
    await agent.get('/t/e.gif?name=view').set(host).expect(200).expect('content-type', 'image/gif');
    expect(edge.log.records().map(({ event }) => `${event.protocol} ${event.name}`)).toEqual([
      'segment Signed Up',
      'ga4 page_view',
      'ga4 scroll',
      'ga4 click',
      'throughline view',
    ]);
  });
});

describe('a bad hit', () => {
  it.each([
    ['no JSON at all', 'name=page_view', 400, 'refused_malformed'],
    ['JSON that stops', '{"name":', 400, 'refused_malformed'],
    ['nothing', '', 400, 'refused_malformed'],
    ['a number', '7', 400, 'refused_malformed'],
    ['an event without name', '{}', 400, 'refused_invalid'],
    ['a version that is not known', '{"v":9,"name":"x"}', 400, 'refused_unknown_version'],
    ['nesting without end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, 'refused_invalid'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 415, 'refused_encoding'],
    ['gzip that is none', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 415, 'refused_encoding'],
    ['a bomb', gzipSync(Buffer.alloc(20_000_000)), 413, 'refused_too_large'],
  ])('of %s is refused with a reason', async (_title, body, status, code) => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { method: 'POST', path: '/t/e', headers: form, body });
    expect(answer.status).toBe(status);
    const { error } = JSON.parse(answer.text);
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(5);
    expect(answer.headers['access-control-allow-origin']).toBe(browser.origin);
    expect(edge.counts()).toEqual({ [`capture ${code}`]: 1 });
    expect(edge.log.appends()).toBe(0);
  });

  it('with another method is refused with 405 and the methods that are allowed', async () => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { path: '/t/e' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  it('of ten megabytes is refused with 413, which its sender gets to read', async () => {
    const edge = await startEdge();
    const body = Buffer.alloc(10_000_000, 'x');
    for (const headers of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }]) {
      const answer = await ask(edge.port, {
        method: 'POST',
        path: '/t/e',
        headers: { ...browser, ...headers },
        body,
      });
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.text).error.code).toBe('refused_too_large');
      expect(answer.headers.connection).toBe('close');
    }
  });

  it('beyond the limit is answered for a sender that reads only once it has written everything', async () => {
    const edge = await startEdge();
    const socket = await dial(edge.port);
    socket.pause();
    const bytes = 10_000_000;
    socket.write(`POST /t/e HTTP/1.1\r\nhost: shop.example\r\ncontent-length: ${bytes}\r\n\r\n`);
    const failed = await new Promise((resolve) => socket.write(Buffer.alloc(bytes, 'x'), resolve));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    socket.resume();
    await once(socket, 'close');
    expect(failed).toBeFalsy();
    expect(String(Buffer.concat(chunks))).toMatch(/^HTTP\/1\.1 413 .*refused_too_large/s);
  });

  it('that never ends is given up, and answered', async () => {
    const edge = await startEdge({ limits: { hitTimeoutSeconds: 0.05 } });
    const req = open(edge.port, {
      method: 'POST',
      path: '/t/e',
      headers: { ...browser, 'content-length': '100' },
    });
    const answered = head(req);
    req.write('{"name":');
    const res = await answered;
    expect(res.statusCode).toBe(400);
    expect((await readAll(res)).text).toContain('took too long');
  });

  it('whose sender leaves is forgotten', async () => {
    const edge = await startEdge();
    const socket = await dial(edge.port);
    socket.write('POST /t/e HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 100\r\n\r\n{"name":');
    await ask(edge.port, { path: '/t/s.js' });
    socket.resetAndDestroy();
    while (edge.counts()['capture refused_malformed'] === undefined)
      await ask(edge.port, { path: '/t/s.js' });
    expect(edge.log.appends()).toBe(0);
    expect((await post(edge.port, { name: 'page_view' })).status).toBe(204);
  });

  it('with ten thousand query parameters is refused, in the way of each protocol', async () => {
    const edge = await startEdge({ limits: { headerBytes: 256 * 1024, queryBytes: 200 * 1024 } });
    const query = Array.from({ length: 10_000 }, (_, n) => `p${n}=1`).join('&');
    expect((await ask(edge.port, { method: 'POST', path: `/g/collect?v=2&${query}` })).status).toBe(204);
    const pixel = await ask(edge.port, { path: `/t/e.gif?name=x&${query}` });
    expect([pixel.status, pixel.headers['content-type']]).toEqual([200, 'image/gif']);
    expect(edge.log.appends()).toBe(0);
    expect(edge.counts()).toEqual({ 'capture refused_too_many': 2 });
  });

  it('with a query beyond the limit is refused before it is read', async () => {
    const edge = await startEdge();
    const path = `/t/e?x=${'y'.repeat(17_000)}`;
    expect(
      (await ask(edge.port, { method: 'POST', path, headers: browser, body: '{"name":"x"}' })).status,
    ).toBe(413);
    expect(edge.counts()).toEqual({ 'capture refused_too_large': 1 });
  });

  it('always shows its pixel', async () => {
    const edge = await startEdge();
    for (const path of ['/t/e.gif', '/t/e.gif?d=!!!', '/t/e.gif?name=', '/t/e.gif?%ff=%fe&name=x']) {
      const answer = await ask(edge.port, { path });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/gif']);
      expect(answer.body.subarray(0, 6).toString()).toBe('GIF89a');
    }
    expect((await ask(edge.port, { method: 'POST', path: '/t/e.gif', body: 'x' })).status).toBe(200);
  });

  it('cannot reach a prototype', async () => {
    const edge = await startEdge();
    const body =
      '{"name":"x","__proto__":{"polluted":1},"properties":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/t/e?__proto__=1&constructor=2',
      headers: { ...browser, cookie: `${accepted}; __proto__=x; constructor=y`, constructor: 'z' },
      body,
    });
    expect(answer.status).toBe(204);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    const properties = edge.log.records()[0]?.event.properties ?? {};
    expect('polluted' in properties).toBe(false);
  });

  it.each([
    ['the year 30000', 883_612_800_000_000, startMs],
    ['before 1970', -5, startMs],
    ['a week ago', startMs - 7 * 86_400_000, startMs],
    ['an hour ago', startMs - 3_600_000, startMs - 3_600_000],
  ])('that claims to be from %s is put where it can be', async (_title, time, occurredAtMs) => {
    const edge = await startEdge();
    await post(edge.port, { name: 'x', time });
    expect(edge.log.records()[0]?.event).toMatchObject({ occurredAtMs, receivedAtMs: startMs });
  });

  it('claims no more attention than a day has', async () => {
    const edge = await startEdge();
    await post(edge.port, { name: 'x', engagementMs: 1e300 });
    expect(edge.log.records()[0]?.event.engagementMs).toBe(86_400_000);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['junk', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'a head beyond the limit',
      `GET / HTTP/1.1\r\nhost: shop.example\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['a request without host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /t/e HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length beside chunks',
      'POST /t/e HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a broken chunk',
      'POST /t/e HTTP/1.1\r\nhost: shop.example\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ])('%s gets a clear answer', async (_title, bytes, expected) => {
    const edge = await startEdge();
    expect(await exchange(edge.port, bytes)).toMatch(expected);
    expect((await post(edge.port, { name: 'x' })).status).toBe(204);
  });

  it('never ends up in the middle of an answer that has begun', async () => {
    const upstream = await startUpstream((_req, res) => void res.write('half'));
    const { port } = await startProxy(upstream.url);
    const socket = await dial(port);
    const chunks: Buffer[] = [];
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const begun = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        chunks.push(Buffer.from(chunk));
        if (String(Buffer.concat(chunks)).includes('half')) resolve();
      });
    });
    socket.write('POST / HTTP/1.1\r\nhost: shop.example\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n');
    await begun;
    socket.write('zz\r\n');
    await closed;
    expect(String(Buffer.concat(chunks))).not.toContain('400 Bad Request');
  });
});
