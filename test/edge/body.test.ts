import { createServer } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../src/edge/body.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { ask, dial, exchange, open } from './client.ts';
import { listen } from './edge.ts';

const maxBytes = 1_000;
const text = '{"name":"page_view"}';

/** A server that reads bodies; `next` is what became of the next one. */
async function startReader(timeoutMs = 5_000) {
  let settle = Promise.withResolvers<string>();
  const server = createServer((req, res) => {
    void readBody(req, maxBytes, timeoutMs).then((read) => {
      const outcome = isRefusal(read) ? `${read.refused}: ${read.message}` : Buffer.from(read).toString();
      settle.resolve(outcome);
      res.end(outcome);
      req.resume();
    });
  });
  const port = await listen(server);
  return {
    port,
    next() {
      settle = Promise.withResolvers<string>();
      return settle.promise;
    },
    read: async (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
      (await ask(port, { method: 'POST', headers, body })).text,
  };
}

describe('readBody', () => {
  it.each([
    ['identity', Buffer.from(text)],
    ['', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    [' GZIP ', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
  ])('reads a body with Content-Encoding %j', async (encoding, body) => {
    const reader = await startReader();
    expect(await reader.read(body, { 'content-encoding': encoding })).toBe(text);
  });

  it('knows gzip by its magic bytes where an SDK sends it as plain text', async () => {
    const reader = await startReader();
    expect(await reader.read(gzipSync(text), { 'content-type': 'text/plain' })).toBe(text);
  });

  it('believes the named encoding where its bytes look like gzip', async () => {
    const reader = await startReader();
    expect(await reader.read(Buffer.from([0x1f, 0x8b, 0, 0]), { 'content-encoding': 'br' })).toBe(
      'refused_encoding: the body is not valid br',
    );
  });

  it('reads a body without length in chunks, and no body as an empty one', async () => {
    const reader = await startReader();
    const req = open(reader.port, { method: 'POST' });
    const outcome = reader.next();
    req.write(text.slice(0, 5));
    req.end(text.slice(5));
    expect(await outcome).toBe(text);
    expect(await reader.read('')).toBe('');
  });

  it.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['zstd', zstdCompressSync(text)],
  ])('refuses %s that is cut short or is none', async (encoding, whole) => {
    const reader = await startReader();
    const refusal = `refused_encoding: the body is not valid ${encoding}`;
    expect(await reader.read(whole.subarray(0, -3), { 'content-encoding': encoding })).toBe(refusal);
    expect(await reader.read(text, { 'content-encoding': encoding })).toBe(refusal);
  });

  it.each([
    ['aws-chunked', 'aws-chunked'],
    ['gzip, gzip', 'gzip, gzip'],
    ['__proto__', '__proto__'],
    ['x'.repeat(200), 'x'.repeat(40)],
  ])('refuses the unknown encoding %j', async (encoding, shown) => {
    const reader = await startReader();
    const refusal = `refused_encoding: Content-Encoding ${shown} is not supported`;
    expect(await reader.read(text, { 'content-encoding': encoding })).toBe(refusal);
  });

  const tooLarge = 'refused_too_large: the body is larger than 1000 bytes';

  it('takes a body of exactly the limit, and no byte more, with and without a stated length', async () => {
    const reader = await startReader();
    expect(await reader.read('x'.repeat(maxBytes))).toHaveLength(maxBytes);
    expect(await reader.read('x'.repeat(maxBytes + 1))).toBe(tooLarge);
    expect(await reader.read('x'.repeat(maxBytes + 1), { 'transfer-encoding': 'chunked' })).toBe(tooLarge);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(200_000))],
    ['br', brotliCompressSync(Buffer.alloc(5_000_000))],
    ['deflate', deflateSync(Buffer.alloc(200_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(5_000_000))],
  ])('stops a %s bomb at the limit', async (encoding, bomb) => {
    const reader = await startReader();
    expect(bomb.length).toBeLessThan(maxBytes);
    expect(await reader.read(bomb, { 'content-encoding': encoding })).toBe(tooLarge);
  });

  it('gives up on a client that never finishes', async () => {
    const reader = await startReader(50);
    const head = `POST / HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{"name":`;
    expect(await exchange(reader.port, head)).toContain('refused_malformed: the body took too long');
  });

  it('notices a client that leaves in the middle', async () => {
    const reader = await startReader();
    const outcome = reader.next();
    const socket = await dial(reader.port);
    socket.end('POST / HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 100\r\n\r\n{"name":');
    expect(await outcome).toBe('refused_malformed: the client left');
  });
});
