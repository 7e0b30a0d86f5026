import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { startEdge } from './edge.ts';

const source = 'console.log("throughline");'.repeat(50);
const path = '/t/s.js';

function decode(body: Buffer, encoding: string | undefined): string {
  if (encoding === undefined) return body.toString();
  return (encoding === 'br' ? brotliDecompressSync(body) : gunzipSync(body)).toString();
}

describe('the script', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['BR', 'br'],
    ['gzip', 'gzip'],
    ['gzip, br;q=0', 'gzip'],
    ['br ; q=0.000 , gzip;q=0.5', 'gzip'],
    ['br;q=0.1', 'br'],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
  ])('is sent for Accept-Encoding %j as %j', async (accepted, encoding) => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { path, headers: { 'accept-encoding': accepted } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers.vary).toBe('Accept-Encoding');
    expect(decode(answer.body, encoding)).toBe(source);
  });

  it('is JavaScript that browsers may keep for an hour', async () => {
    const edge = await startEdge();
    const { headers } = await ask(edge.port, { path });
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toContain('max-age=3600');
  });

  it('is not sent again to who has it, whatever a cache has made of the tag', async () => {
    const edge = await startEdge();
    const { headers } = await ask(edge.port, { path });
    const etag = String(headers.etag);
    const strong = etag.replace('W/', '');
    for (const seen of [etag, strong, `"other", ${etag}`, `${strong},"other"`, '*']) {
      const again = await ask(edge.port, { path, headers: { 'if-none-match': seen } });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.etag).toBe(etag);
    }
    const other = await ask(edge.port, { path, headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });

  it('answers HEAD with the headers alone', async () => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { method: 'HEAD', path });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-length']).toBe(String(source.length));
  });

  it('takes no other method', async () => {
    const edge = await startEdge();
    const answer = await ask(edge.port, { method: 'POST', path, body: 'x' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  });
});
