import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, dial, head, open, readAll } from './client.ts';
import { createMemoryLog, startProxy, startUpstream } from './edge.ts';

/** Both lanes: pages go over undici, the rest over http-proxy-middleware. */
const lanes = [
  ['GET', undefined],
  ['POST', 'a=1'],
] as const;

/** An address where nobody listens. */
async function deadUrl(): Promise<URL> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
}

describe.each(lanes)('a %s whose upstream fails', (method, body) => {
  const asked = {
    method,
    ...(body !== undefined && { body, headers: { 'content-length': String(body.length) } }),
  };

  it('gets a clean 502 where nobody listens, and it is counted', async () => {
    const { port, failures } = await startProxy(await deadUrl());
    const answer = await ask(port, asked);
    expect(answer).toMatchObject({ status: 502, text: '502 The site cannot be reached.\n' });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(failures).toEqual(['upstream_unreachable']);
  });

  it('gets a clean 502 where the upstream hangs up without a word', async () => {
    const upstream = await startUpstream((_req, res) => void res.destroy());
    const { port, failures } = await startProxy(upstream.url);
    expect((await ask(port, asked)).status).toBe(502);
    expect(failures).toEqual(['upstream_broken']);
  });

  it('gets a clean 502 where the upstream speaks something else', async () => {
    const upstream = await startUpstream((_req, res) => void res.end());
    upstream.server.on('connection', (socket) => socket.write('220 mail.example ESMTP\r\n'));
    const { port, failures } = await startProxy(upstream.url);
    expect((await ask(port, asked)).status).toBe(502);
    expect(failures).toEqual(['upstream_broken']);
  });

  it('gets a clean 502 where the upstream is found under no name', async () => {
    const { port, failures } = await startProxy(new URL('http://upstream.invalid'));
    expect((await ask(port, asked)).status).toBe(502);
    expect(failures).toEqual(['upstream_unreachable']);
  });

  it('gets a 504 where the upstream does not begin to answer in time', async () => {
    const upstream = await startUpstream(() => undefined);
    const { port, failures } = await startProxy(upstream.url, { upstream: { timeoutMs: 100 } });
    expect(await ask(port, asked)).toMatchObject({
      status: 504,
      text: '504 The site took too long to answer.\n',
    });
    expect(failures).toEqual(['upstream_timeout']);
  });

  it('sees the connection cut where the upstream stops in the middle', async () => {
    const upstream = await startUpstream((_req, res) => void res.write('half'));
    const { port, failures } = await startProxy(upstream.url, { upstream: { timeoutMs: 100 } });
    await expect(ask(port, asked)).rejects.toThrow();
    expect(failures).toEqual(['upstream_timeout']);
  });

  it.each([{ 'content-length': '100' }, {}])(
    'sees the connection cut where the upstream dies in the middle of %j',
    async (headers) => {
      const upstream = await startUpstream((_req, res) => {
        res.writeHead(200, headers);
        res.write('half', () => res.destroy());
      });
      const { port, failures } = await startProxy(upstream.url);
      await expect(ask(port, asked)).rejects.toThrow();
      expect(failures).toEqual(['upstream_broken']);
    },
  );

  it('aborts the upstream when the client leaves before the answer, which is no failure', async () => {
    const reached = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const upstream = await startUpstream((_req, res) => {
      res.on('close', aborted.resolve);
      reached.resolve();
    });
    const { port, failures } = await startProxy(upstream.url);
    const req = open(port, asked);
    req.end(body);
    await reached.promise;
    req.destroy();
    await aborted.promise;
    expect(failures).toEqual([]);
  });

  it('aborts the upstream when the client leaves in the middle of the answer, which is no failure', async () => {
    const aborted = Promise.withResolvers<void>();
    const upstream = await startUpstream((_req, res) => {
      res.on('close', aborted.resolve);
      res.write('half');
    });
    const { port, failures } = await startProxy(upstream.url);
    const req = open(port, asked);
    const answered = head(req);
    req.end(body);
    const res = await answered;
    res.on('error', () => undefined);
    await once(res, 'data');
    req.destroy();
    await aborted.promise;
    expect(failures).toEqual([]);
  });

  it('goes on with the next request', async () => {
    let n = 0;
    const upstream = await startUpstream((_req, res) => {
      n += 1;
      if (n === 1) res.destroy();
      else res.end('ok');
    });
    const { port } = await startProxy(upstream.url);
    expect((await ask(port, asked)).status).toBe(502);
    expect((await ask(port, asked)).text).toBe('ok');
  });
});

describe('an upload that is cut', () => {
  it('aborts the upstream when the client leaves in the middle of the upload', async () => {
    const aborted = Promise.withResolvers<void>();
    const upstream = await startUpstream((req) => {
      req.on('error', () => aborted.resolve());
      req.resume();
    });
    const { port, failures } = await startProxy(upstream.url);
    const req = open(port, { method: 'POST', headers: { 'content-length': '100' } });
    req.write('half');
    await once(upstream.server, 'request');
    req.destroy();
    await aborted.promise;
    expect(failures).toEqual([]);
  });

  it('lets the client read an answer that comes before its upload is through', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(413, { connection: 'close' });
      res.end('too large');
    });
    const { port } = await startProxy(upstream.url);
    const req = open(port, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    const answered = head(req);
    req.write('begin');
    const res = await answered;
    expect(res.statusCode).toBe(413);
    req.end('end');
    expect((await readAll(res)).text).toBe('too large');
  });
});

describe('a broken log', () => {
  it('does not keep pages from flowing where the gateway counts them itself', async () => {
    const log = createMemoryLog();
    log.fail();
    const upstream = await startUpstream(
      (_req, res) => void res.setHeader('content-type', 'text/html').end('<h1>Shop</h1>'),
    );
    const edge = await startProxy(upstream.url, { log, site: { pageViews: 'gateway' } });
    expect(await ask(edge.port, { headers: { accept: 'text/html' } })).toMatchObject({
      status: 200,
      text: '<h1>Shop</h1>',
    });
    expect(log.appends()).toBe(1);
    expect(edge.counts()).toEqual({ 'capture refused_busy': 1 });
  });

  it('does not keep pages waiting either', async () => {
    const log = createMemoryLog();
    const release = log.hold();
    const upstream = await startUpstream(
      (_req, res) => void res.setHeader('content-type', 'text/html').end('<h1>Shop</h1>'),
    );
    const edge = await startProxy(upstream.url, { log, site: { pageViews: 'gateway' } });
    expect((await ask(edge.port, { headers: { accept: 'text/html' } })).status).toBe(200);
    expect(log.lines).toEqual([]);
    release();
  });
});

describe('a connection that is never made', () => {
  it.each(lanes)('ends in a 504 for %s', async (method, body) => {
    const { port, failures } = await startProxy(await silentUrl(), { upstream: { connectTimeoutMs: 200 } });
    expect((await ask(port, { method, ...(body !== undefined && { body }) })).status).toBe(504);
    expect(failures).toEqual(['upstream_timeout']);
  });
});

/** A port that listens and never accepts: with its queue full, further attempts go unanswered, as behind a firewall. */
async function silentUrl(): Promise<URL> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  onTestFinished(() => void worker.terminate());
  const [port] = await once(worker, 'message');
  await dial(port);
  await dial(port);
  return new URL(`http://127.0.0.1:${port}`);
}
