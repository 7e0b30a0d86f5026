import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Request } from '../../src/contract/destination.ts';
import { createSender } from '../../src/delivery/send.ts';
import { answering, startReceiver } from './server.ts';

type HttpRequest = Extract<Request, { kind: 'http' }>;

function requestTo(url: string, changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    kind: 'http',
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: '{}',
    secrets: [],
    allowPrivate: true,
    timeoutMs: 5000,
    ...changes,
  };
}

function startSender() {
  const sender = createSender(() => 0);
  onTestFinished(() => sender.close());
  return sender;
}

describe('sending', () => {
  it('delivers method, headers and body, and brings status, headers and body back', async () => {
    const receiver = await startReceiver(
      (res) => void res.writeHead(202, { 'Retry-After': '3', 'X-A': 'b' }).end('ok'),
    );
    const answer = await startSender().send(
      requestTo(`${receiver.url}/in?a=1`, { body: '{"n":1}', headers: { 'x-key': 'k' } }),
    );
    expect(answer).toMatchObject({
      kind: 'answered',
      status: 202,
      headers: { 'retry-after': '3', 'x-a': 'b' },
      body: 'ok',
    });
    expect(receiver.received).toMatchObject([
      { method: 'POST', url: '/in?a=1', body: '{"n":1}', headers: { 'x-key': 'k' } },
    ]);
  });

  it('sends no body with GET', async () => {
    const receiver = await startReceiver(answering(204));
    await startSender().send(requestTo(receiver.url, { method: 'GET', body: 'ignored' }));
    expect(receiver.received).toMatchObject([{ method: 'GET', body: '' }]);
  });

  it('does not follow redirects', async () => {
    const target = await startReceiver(answering(200));
    const receiver = await startReceiver(answering(307, { location: target.url }));
    expect(await startSender().send(requestTo(receiver.url))).toMatchObject({
      kind: 'answered',
      status: 307,
    });
    expect(target.received).toEqual([]);
  });

  it('reads the beginning of an answer without end and lets go of it', async () => {
    const receiver = await startReceiver((res) => {
      const flood = (): void => {
        while (res.write('x'.repeat(65_536)));
      };
      res.on('drain', flood);
      res.writeHead(200);
      flood();
    });
    const answer = await startSender().send(requestTo(receiver.url));
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    if (answer.kind === 'answered') expect(answer.body).toHaveLength(65_536);
  });

  it.each([
    { title: 'that never begins', reply: () => undefined },
    { title: 'that never ends', reply: (res: { write(text: string): unknown }) => void res.write('a') },
  ])('gives up on an answer $title', async ({ reply }) => {
    const receiver = await startReceiver((res) => reply(res));
    expect(await startSender().send(requestTo(receiver.url, { timeoutMs: 150 }))).toMatchObject({
      kind: 'failed',
      error: 'timeout',
    });
  });

  it('answers a network error where nobody listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    probe.close();
    await once(probe, 'close');
    expect(await startSender().send(requestTo(`http://127.0.0.1:${port}/`))).toMatchObject({
      kind: 'failed',
      error: 'network',
    });
  });

  it('answers a network error where the connection breaks', async () => {
    const receiver = await startReceiver((res) => void res.destroy());
    expect(await startSender().send(requestTo(receiver.url))).toMatchObject({
      kind: 'failed',
      error: 'network',
    });
  });

  it.each(['not an address', 'http://', 'ftp://127.0.0.1/'])('fails on %j without throwing', async (url) => {
    expect(await startSender().send(requestTo(url))).toMatchObject({ kind: 'failed' });
  });

  it('masks secrets in errors and in what the receiver sent back', async () => {
    const secrets = ['s3cret-token', ''];
    const receiver = await startReceiver(
      (res, { headers }) => void res.writeHead(400).end(`bad key ${headers['x-key']}`),
    );
    const sender = startSender();
    const answer = await sender.send(
      requestTo(receiver.url, { secrets, headers: { 'x-key': 's3cret-token' } }),
    );
    expect(answer).toMatchObject({ status: 400, body: 'bad key ***' });
    const failed = await sender.send(requestTo('http://s3cret-token.invalid/', { secrets }));
    expect(failed).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(failed)).not.toContain('s3cret-token');
    const broken = await sender.send(
      requestTo(receiver.url, { secrets, headers: { 's3cret-token bad': 'x' } }),
    );
    expect(JSON.stringify(broken)).not.toContain('s3cret-token');
  });
});

describe('private addresses', () => {
  it.each([
    ['127.0.0.1'],
    ['127.1.2.3'],
    ['2130706433'],
    ['0x7f.1'],
    ['0177.0.0.1'],
    ['0.0.0.0'],
    ['10.0.0.1'],
    ['172.16.0.1'],
    ['192.168.1.1'],
    ['169.254.169.254'],
    ['100.64.0.1'],
    ['198.18.0.1'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['[::1]'],
    ['[::]'],
    ['[::ffff:127.0.0.1]'],
    ['[::ffff:a00:1]'],
    ['[::127.0.0.1]'],
    ['[64:ff9b::7f00:1]'],
    ['[2002:7f00:1::]'],
    ['[fe80::1]'],
    ['[fc00::1]'],
    ['[ff02::1]'],
    ['localhost'],
    ['LOCALHOST'],
    ['[::a00:1]'],
  ])('such as %s are refused', async (host) => {
    const answer = await startSender().send(requestTo(`http://${host}:9/`, { allowPrivate: false }));
    expect(answer).toMatchObject({ kind: 'failed', error: 'refused_address' });
  });

  it('are not even connected to, by address or by name', async () => {
    const receiver = await startReceiver(answering(200));
    const sender = startSender();
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      await sender.send(requestTo(`http://${host}:${receiver.port}/`, { allowPrivate: false }));
    }
    expect(receiver.connections()).toBe(0);
  });

  it('stay refused while another destination is allowed to reach them', async () => {
    const receiver = await startReceiver(answering(200));
    const sender = startSender();
    expect(await sender.send(requestTo(receiver.url))).toMatchObject({ status: 200 });
    expect(await sender.send(requestTo(receiver.url, { allowPrivate: false }))).toMatchObject({
      error: 'refused_address',
    });
    expect(await sender.send(requestTo(receiver.url))).toMatchObject({ status: 200 });
    expect(receiver.received).toHaveLength(2);
  });

  it('are named in the refusal, with what to do', async () => {
    const answer = await startSender().send(requestTo('http://127.0.0.1/', { allowPrivate: false }));
    expect(answer).toMatchObject({
      message: '127.0.0.1 is a private address; set allowPrivate: true on the destination if that is meant',
    });
  });
});
