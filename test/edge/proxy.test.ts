import { once } from 'node:events';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask, exchange, head, open, readAll } from './client.ts';
import { clientOf, startProxy, startUpstream } from './edge.ts';

/** Both lanes: pages go over undici, the rest over http-proxy-middleware. */
const lanes = [
  ['GET', undefined],
  ['POST', 'a=1'],
] as const;

/** Lets more time pass than the proxy waits for an upstream: a request that is never answered has run into 504. */
async function outlast(port: number, method: string): Promise<void> {
  expect((await ask(port, { method, path: '/never' })).status).toBe(504);
}

describe.each(lanes)('proxying %s', (method, body) => {
  const headers = body === undefined ? {} : { 'content-length': String(body.length) };

  it('passes the answer on as it comes: the first byte arrives before the last is sent', async () => {
    const finish = Promise.withResolvers<void>();
    const upstream = await startUpstream(async (_req, res) => {
      res.write('first');
      await finish.promise;
      res.end('last');
    });
    const { port } = await startProxy(upstream.url);
    const req = open(port, { method, headers });
    const answered = head(req);
    req.end(body);
    const res = await answered;
    const [first] = await once(res, 'data');
    expect(String(first)).toBe('first');
    finish.resolve();
    expect((await readAll(res)).text).toBe('last');
  });

  it('passes path, query, credentials and cookies on untouched', async () => {
    const upstream = await startUpstream(
      (req, res) => void res.end(JSON.stringify({ url: req.url, headers: req.headers })),
    );
    const { port } = await startProxy(upstream.url);
    const path = '/a%2Fb//../c?x=%F0&y=a+b&z="<>';
    const given = { ...headers, cookie: 'sid=canary', authorization: 'Bearer canary', 'x-own': 'a' };
    const { text } = await ask(port, { method, path, headers: given, ...(body !== undefined && { body }) });
    const seen = JSON.parse(text);
    expect(seen.url).toBe(path);
    expect(seen.headers).toMatchObject({
      cookie: 'sid=canary',
      authorization: 'Bearer canary',
      'x-own': 'a',
      host: upstream.url.host,
    });
  });

  it('puts the path of the upstream first', async () => {
    const upstream = await startUpstream((req, res) => void res.end(req.url));
    const { port } = await startProxy(new URL('/base/', upstream.url));
    expect(
      (await ask(port, { method, headers, path: '/cart?a=1', ...(body !== undefined && { body }) })).text,
    ).toBe('/base/cart?a=1');
  });

  it('says truthfully who asked, and takes no word of the client for it', async () => {
    const upstream = await startUpstream((req, res) => void res.end(JSON.stringify(req.headers)));
    const { port } = await startProxy(upstream.url);
    const forged = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'proxy-authorization': 'Basic eA==',
      connection: 'x-hop',
      'x-hop': '1',
    };
    const { text } = await ask(port, {
      method,
      headers: { ...headers, ...forged },
      ...(body !== undefined && { body }),
    });
    const seen = JSON.parse(text);
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '80',
      'x-real-ip': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=shop.example;proto=http',
    });
    expect(seen).not.toHaveProperty('proxy-authorization');
    expect(seen).not.toHaveProperty('x-hop');
  });

  it('does not let Expect smuggle forged headers past', async () => {
    const upstream = await startUpstream((req, res) => void res.end(JSON.stringify(req.headers)));
    const { port } = await startProxy(upstream.url);
    const req = open(port, {
      method,
      headers: { ...headers, expect: '100-continue', 'x-forwarded-for': '6.6.6.6' },
    });
    const answered = head(req);
    req.end(body);
    const { text, status } = await readAll(await answered);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ 'x-forwarded-for': '127.0.0.1', host: upstream.url.host });
  });

  it('extends the chain of a trusted proxy and believes its protocol', async () => {
    const upstream = await startUpstream((req, res) => {
      res.setHeader('location', `http://${req.headers.host}/next`);
      res.end(JSON.stringify(req.headers));
    });
    const { port } = await startProxy(upstream.url, { client: clientOf({ trustedProxies: ['loopback'] }) });
    const chain = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
    const answer = await ask(port, {
      method,
      headers: { ...headers, ...chain },
      ...(body !== undefined && { body }),
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    });
    expect(answer.headers.location).toBe('https://shop.example/next');
  });

  it('sends the Host header of the browser where the site wants it', async () => {
    const upstream = await startUpstream((req, res) => void res.end(req.headers.host));
    const { port } = await startProxy(upstream.url, { upstream: { keepHost: true } });
    const { text } = await ask(port, {
      method,
      headers: { ...headers, host: 'shop.example' },
      ...(body !== undefined && { body }),
    });
    expect(text).toBe('shop.example');
  });

  it('moves Location and cookies to the public host and keeps cookies apart', async () => {
    const upstream = await startUpstream((req, res) => {
      res.setHeader('set-cookie', [
        'sid=1; Domain=127.0.0.1; Path=/; HttpOnly',
        'theme=dark; Expires=Wed, 01 Jan 2031 00:00:00 GMT',
      ]);
      res.writeHead(302, { location: `http://${req.headers.host}/cart?gclid=A%20b` });
      res.end();
    });
    const { port } = await startProxy(upstream.url);
    const answer = await ask(port, {
      method,
      headers: { ...headers, host: 'shop.example' },
      ...(body !== undefined && { body }),
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe('http://shop.example/cart?gclid=A%20b');
    expect(answer.headers['set-cookie']).toEqual([
      'sid=1; Domain=shop.example; Path=/; HttpOnly',
      'theme=dark; Expires=Wed, 01 Jan 2031 00:00:00 GMT',
    ]);
  });

  it('passes compressed answers through and ends hop-by-hop headers', async () => {
    const packed = gzipSync('<h1>Shop</h1>');
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, {
        'content-encoding': 'gzip',
        connection: 'x-debug',
        'x-debug': '1',
        'keep-alive': 'timeout=1',
        etag: '"a"',
      });
      res.end(packed);
    });
    const { port } = await startProxy(upstream.url);
    const answer = await ask(port, { method, headers, ...(body !== undefined && { body }) });
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', etag: '"a"' });
    expect(answer.headers).not.toHaveProperty('x-debug');
    expect(gunzipSync(answer.body).toString()).toBe('<h1>Shop</h1>');
  });

  it('is not confused by early hints and strange header names', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' });
      res.setHeader('constructor', 'x');
      res.setHeader(
        'content-disposition',
        Buffer.from('attachment; filename="Größe.pdf"').toString('latin1'),
      );
      res.end('page');
    });
    const { port } = await startProxy(upstream.url);
    const answer = await ask(port, { method, headers, ...(body !== undefined && { body }) });
    expect(answer).toMatchObject({ status: 200, text: 'page' });
    expect(answer.headers['constructor']).toBe('x');
    expect(Buffer.from(String(answer.headers['content-disposition']), 'latin1').toString()).toContain(
      'Größe.pdf',
    );
  });

  it('reuses connections to the upstream', async () => {
    const upstream = await startUpstream((_req, res) => void res.end('ok'));
    const { port } = await startProxy(upstream.url);
    for (let n = 0; n < 5; n++) {
      expect(
        (
          await ask(port, {
            method,
            headers: { ...headers, connection: 'close' },
            ...(body !== undefined && { body }),
          })
        ).text,
      ).toBe('ok');
    }
    expect(upstream.connections()).toBe(1);
  });

  it('lets a slow reader slow the upstream down, however long it takes', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const total = 24 * 1024 * 1024;
    let written = 0;
    const upstream = await startUpstream(async (req, res) => {
      if (req.url === '/never') return;
      res.writeHead(200, { 'content-length': total });
      while (written < total) {
        written += chunk.length;
        if (!res.write(chunk)) await once(res, 'drain');
      }
      res.end();
    });
    const { port, failures } = await startProxy(upstream.url, { upstream: { timeoutMs: 150 } });
    const req = open(port, { method, headers });
    const answered = head(req);
    req.end(body);
    const res = await answered;
    // The reader pauses for longer than the proxy would wait for the upstream.
    await outlast(port, method);
    const stalledAt = written;
    await outlast(port, method);
    expect(written).toBe(stalledAt);
    expect(written).toBeLessThan(total);
    let read = 0;
    for await (const part of res) read += part.length;
    expect(read).toBe(total);
    expect(failures).toEqual(['upstream_timeout', 'upstream_timeout']);
  });
});

describe('proxying pages', () => {
  it('answers HEAD with the headers alone', async () => {
    const upstream = await startUpstream((req, res) => {
      res.writeHead(200, { 'content-length': 5, 'x-method': req.method });
      res.end('hello');
    });
    const { port } = await startProxy(upstream.url);
    const answer = await ask(port, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({ 'content-length': '5', 'x-method': 'HEAD' });
  });

  it.each([
    [304, { etag: '"a"' }],
    [204, {}],
    [404, {}],
    [500, {}],
  ])('passes the status %i on', async (status, given) => {
    const upstream = await startUpstream((_req, res) => void res.writeHead(status, given).end());
    const { port, failures } = await startProxy(upstream.url);
    const answer = await ask(port, { headers: { 'if-none-match': '"a"' } });
    expect(answer).toMatchObject({ status, text: '' });
    expect(answer.headers).toMatchObject(given);
    expect(failures).toEqual([]);
  });

  it('passes a GET with an empty body on', async () => {
    const upstream = await startUpstream((req, res) => void res.end(req.method));
    const { port } = await startProxy(upstream.url);
    expect((await ask(port, { headers: { 'content-length': '0' } })).text).toBe('GET');
  });

  it('serves a client of HTTP/1.0 that names no host, where a fallback site answers', async () => {
    const upstream = await startUpstream((req, res) => {
      res.setHeader('location', `http://${req.headers.host}/next`);
      res.end(`host ${req.headers['x-forwarded-host']}`);
    });
    const { port } = await startProxy(upstream.url, { isFallback: true });
    const answer = await exchange(port, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer).toContain('host undefined');
    expect(answer).toContain('location: /next');
  });

  it('takes the absolute form of a request target, and believes it over the Host header', async () => {
    const upstream = await startUpstream(
      (req, res) => void res.end(`${req.url} ${req.headers['x-forwarded-host']}`),
    );
    const { port } = await startProxy(upstream.url);
    const head = 'GET http://shop.example?a=1 HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n';
    expect(await exchange(port, head)).toContain('/?a=1 shop.example');
  });

  it.each(['OPTIONS *', 'GET evil', 'GET ftp://shop.example/'])(
    'refuses the request target of %s',
    async (line) => {
      const upstream = await startUpstream((_req, res) => void res.end('reached'));
      const { port } = await startProxy(upstream.url);
      const answer = await exchange(
        port,
        `${line} HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(upstream.connections()).toBe(0);
    },
  );

  it('knows the host with a port, in capitals and with the dot of a full name', async () => {
    const upstream = await startUpstream((_req, res) => void res.end('ok'));
    const { port } = await startProxy(upstream.url);
    for (const host of ['shop.example:8080', 'SHOP.example', 'shop.example.', 'shop.example.:80']) {
      expect((await ask(port, { headers: { host } })).text).toBe('ok');
    }
  });

  it('goes on with a plain request where a client offers HTTP/2 in passing', async () => {
    const upstream = await startUpstream((req, res) => void res.end(JSON.stringify(req.headers)));
    const { port } = await startProxy(upstream.url);
    const offer =
      'connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';
    const answer = await exchange(port, `GET / HTTP/1.1\r\nhost: shop.example\r\n${offer}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toContain('AAMAAABk');
  });
});

describe('proxying uploads', () => {
  it('streams five megabytes of unknown length up while they come', async () => {
    let received = 0;
    const begun = Promise.withResolvers<void>();
    const upstream = await startUpstream(async (req, res) => {
      for await (const chunk of req) {
        received += chunk.length;
        begun.resolve();
      }
      res.end(String(received));
    });
    const { port } = await startProxy(upstream.url);
    const req = open(port, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    const answered = head(req);
    req.write(Buffer.alloc(1024 * 1024, 'a'));
    await begun.promise;
    for (let n = 0; n < 4; n++) req.write(Buffer.alloc(1024 * 1024, 'b'));
    req.end();
    expect((await readAll(await answered)).text).toBe(String(5 * 1024 * 1024));
  });

  it('streams five megabytes of known length up', async () => {
    const upstream = await startUpstream(async (req, res) => {
      let received = 0;
      for await (const chunk of req) received += chunk.length;
      res.end(`${received} ${req.headers['content-length']}`);
    });
    const { port } = await startProxy(upstream.url);
    const body = Buffer.alloc(5 * 1024 * 1024, 'a');
    const { text } = await ask(port, {
      method: 'PUT',
      headers: { 'content-length': String(body.length) },
      body,
    });
    expect(text).toBe(`${body.length} ${body.length}`);
  });

  it.each(['DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('passes %s on', async (method) => {
    const upstream = await startUpstream(
      (req, res) => void res.end(`${req.method} ${req.headers['transfer-encoding'] ?? 'plain'}`),
    );
    const { port } = await startProxy(upstream.url);
    expect((await ask(port, { method })).text).toBe(`${method} plain`);
  });

  it('passes a GET with a body on', async () => {
    const upstream = await startUpstream(async (req, res) => {
      for await (const chunk of req) res.write(chunk);
      res.end();
    });
    const { port } = await startProxy(upstream.url);
    expect((await ask(port, { headers: { 'content-length': '5' }, body: 'query' })).text).toBe('query');
  });

  it('waits for a slow sender', async () => {
    const upstream = await startUpstream(async (req, res) => {
      if (req.url === '/never') return;
      for await (const chunk of req) res.write(chunk);
      res.end();
    });
    const { port } = await startProxy(upstream.url, { upstream: { timeoutMs: 100 } });
    const req = open(port, { method: 'POST', headers: { 'content-length': '6' } });
    const answered = head(req);
    req.write('abc');
    for (let n = 0; n < 2; n++) await outlast(port, 'POST');
    req.end('def');
    expect((await readAll(await answered)).text).toBe('abcdef');
  });

  it('refuses a path that cannot be read instead of leaving the client without an answer', async () => {
    const upstream = await startUpstream((_req, res) => void res.end('reached'));
    const { port } = await startProxy(upstream.url);
    expect((await ask(port, { method: 'POST', path: '//', body: 'a' })).status).toBe(400);
  });
});
