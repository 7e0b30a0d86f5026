import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createGunzip,
  createGzip,
  createZstdCompress,
  createZstdDecompress,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { EdgeLinker } from '../../../src/edge/linker.ts';
import type { PageRewriting } from '../../../src/edge/rewrite/config.ts';
import { ask, browser, head, open } from '../client.ts';
import { startProxy, startUpstream } from '../edge.ts';

/** Hands over to one host, with a token that can be foreseen. */
const linker: EdgeLinker = {
  parameter: 'tl',
  path: '/t/link',
  dataLink: '',
  targetsOf: () => new Set(['pay.example']),
  write: () => 'abc',
  read: () => 'link_unreadable',
  mayUse: () => false,
};
const links: PageRewriting = { metaRefresh: false, links: true };
const refreshes: PageRewriting = { metaRefresh: true, links: false };

const page = '<!doctype html><p>Now <a href="https://pay.example/x">pay</a> or <a href=/later>later</a>.</p>';
const rewritten = page.replace('/x"', '/x?tl=abc"');

async function proxied(
  handler: RequestListener,
  rewrite: PageRewriting = links,
  given: Partial<EdgeLinker> = {},
) {
  const upstream = await startUpstream(handler);
  return startProxy(upstream.url, { site: { rewrite, linker: { ...linker, ...given } } });
}

function answer(
  headers: Readonly<Record<string, string | number>>,
  body: string | Buffer = page,
  status = 200,
): RequestListener {
  return (_req, res) => void res.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
}

describe('a proxied page whose site asked for rewriting', () => {
  it('has its links decorated, and headers that fit the new bytes', async () => {
    const described = {
      'content-length': page.length,
      'content-md5': 'x',
      digest: 'sha-256=x',
      etag: '"1"',
      'accept-ranges': 'bytes',
      'cdn-cache-control': 'max-age=60',
      'cache-control': 'public, max-age=60',
    };
    const edge = await proxied(
      answer({ ...described, 'content-type': 'text/html; charset=utf-8', 'x-kept': 'yes' }),
    );
    const { text, headers } = await ask(edge.port, { headers: browser });
    expect(text).toBe(rewritten);
    expect(headers).toMatchObject({ 'cache-control': 'private, no-cache', 'x-kept': 'yes' });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(Object.keys(described).slice(0, 6)));
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('content-length');
    expect(edge.counts()['rewrite page']).toBe(1);
  });

  it('stays out of every store where the upstream said so', async () => {
    const edge = await proxied(answer({ 'cache-control': 'no-store' }));
    expect((await ask(edge.port)).headers['cache-control']).toBe('private, no-store');
  });

  it.each([
    ['gzip', gzipSync, gunzipSync],
    ['br', brotliCompressSync, brotliDecompressSync],
    ['zstd', zstdCompressSync, zstdDecompressSync],
  ] as const)('is decoded and encoded again where it comes in %s', async (coding, encode, decode) => {
    const long = page + '<p>and so on</p>'.repeat(20_000);
    const edge = await proxied(answer({ 'content-encoding': coding }, encode(long)));
    const { headers, body } = await ask(edge.port, { headers: { 'accept-encoding': coding } });
    expect(headers['content-encoding']).toBe(coding);
    expect(decode(body).toString()).toBe(rewritten + long.slice(page.length));
  });

  it('asks the upstream only for encodings that can be read', async () => {
    const asked: (string | undefined)[] = [];
    const edge = await proxied((req, res) => {
      asked.push(req.headers['accept-encoding']);
      answer({})(req, res);
    });
    for (const accepted of ['gzip, deflate, br;q=0.9, zstd, dcb', 'deflate', '*']) {
      await ask(edge.port, { headers: { 'accept-encoding': accepted } });
    }
    expect(asked).toEqual(['gzip, br;q=0.9, zstd', 'identity', 'identity']);
  });

  it.each([
    ['is no HTML', { 'content-type': 'application/json' }, 200],
    ['is XHTML', { 'content-type': 'application/xhtml+xml' }, 200],
    ['is in UTF-16', { 'content-type': 'text/html; charset=utf-16le' }, 200],
    ['may not be transformed', { 'cache-control': 'no-transform' }, 200],
    ['is a download', { 'content-disposition': 'attachment; filename=a.html' }, 200],
    ['is a part', { 'content-range': 'bytes 0-9/10' }, 206],
    ['is an error of the server', {}, 500],
    ['is in an encoding of its own', { 'content-encoding': 'compress' }, 200],
  ] as const)('passes as it is where it %s', async (_why, headers, status) => {
    const edge = await proxied(
      answer({ etag: '"1"', 'content-length': page.length, ...headers }, page, status),
    );
    const passed = await ask(edge.port);
    expect(passed.text).toBe(page);
    expect(passed.headers).toMatchObject({ etag: '"1"', 'content-length': String(page.length), ...headers });
  });

  it('passes HEAD and empty bodies', async () => {
    const edge = await proxied(answer({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }, ''));
    expect((await ask(edge.port)).body.length).toBe(0);
    expect((await ask(edge.port, { method: 'HEAD' })).status).toBe(200);
  });

  it('is rewritten on 404 too', async () => {
    const edge = await proxied(answer({}, page, 404));
    expect((await ask(edge.port)).text).toBe(rewritten);
  });

  it('is served as it is where decorating fails, and the failure is counted', async () => {
    const edge = await proxied(answer({}), links, {
      write() {
        throw new Error('a bug');
      },
    });
    expect((await ask(edge.port)).text).toBe(page);
    expect(edge.counts()['rewrite failed']).toBe(1);
    const other = await proxied(answer({}), links, {
      targetsOf() {
        throw new Error('another bug');
      },
    });
    expect((await ask(other.port)).text).toBe(page);
  });

  it('is no page where the browser asks for an image or a script', async () => {
    const edge = await proxied(answer({ etag: '"1"' }), links, {
      targetsOf() {
        throw new Error('nobody asks');
      },
    });
    expect((await ask(edge.port, { headers: { 'sec-fetch-dest': 'image' } })).headers.etag).toBe('"1"');
    expect(edge.counts()['rewrite failed']).toBeUndefined();
  });

  it('passes untouched where there is nothing to decorate for this request', async () => {
    const edge = await proxied(
      answer({ etag: '"1"' }),
      { metaRefresh: true, links: true },
      { targetsOf: () => new Set() },
    );
    const { headers, text } = await ask(edge.port, { path: '/?page=2' });
    expect(text).toBe(page);
    expect(headers.etag).toBe('"1"');
  });
});

describe('streaming', () => {
  it.each(['identity', 'gzip', 'br', 'zstd'])(
    'passes the beginning of a page before its end is there, in %s',
    async (coding) => {
      const sent = Promise.withResolvers<ServerResponse>();
      const edge = await proxied((_req, res) => {
        res.writeHead(200, {
          'content-type': 'text/html',
          ...(coding !== 'identity' && { 'content-encoding': coding }),
        });
        sent.resolve(res);
      });
      const encoders = {
        gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
        br: () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
        zstd: () => createZstdCompress({ flush: constants.ZSTD_e_flush }),
      };
      const decoders = { gzip: createGunzip, br: createBrotliDecompress, zstd: createZstdDecompress };
      const req = open(edge.port, { headers: { 'accept-encoding': coding } });
      req.end();
      const upstream = await sent.promise;
      const isCoded = coding === 'gzip' || coding === 'br' || coding === 'zstd';
      const encoder = isCoded ? encoders[coding]() : null;
      encoder?.pipe(upstream);
      const out = encoder ?? upstream;
      out.write(`${page}<a hre`);
      const res = await head(req);
      const body = isCoded ? res.pipe(decoders[coding]()) : res;
      let seen = '';
      body.on('data', (chunk) => {
        seen += String(chunk);
      });
      while (seen.length < rewritten.length) await once(body, 'data');
      expect(seen).toBe(rewritten);
      out.end('f="https://pay.example/y">');
      await once(body, 'end');
      expect(seen).toBe(`${rewritten}<a href="https://pay.example/y?tl=abc">`);
    },
  );

  it.each(['identity', 'gzip'])('stops the upstream when the browser leaves, in %s', async (coding) => {
    const closed = Promise.withResolvers<void>();
    const edge = await proxied((_req, res) => {
      res.writeHead(200, {
        'content-type': 'text/html',
        ...(coding === 'gzip' && { 'content-encoding': 'gzip' }),
      });
      res.write(coding === 'gzip' ? gzipSync(page, { finishFlush: constants.Z_SYNC_FLUSH }) : page);
      res.on('close', () => closed.resolve());
    });
    const req = open(edge.port);
    req.end();
    await head(req);
    req.destroy();
    await closed.promise;
    expect(edge.failures).toEqual([]);
    expect(edge.counts()['rewrite undecodable']).toBeUndefined();
  });

  it('holds a fast upstream back for a slow browser', async () => {
    const total = 64 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, '<p>many words </p>');
    let written = 0;
    const edge = await proxied((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html' });
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!res.write(chunk)) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    });
    const req = open(edge.port);
    req.end();
    const res = await head(req);
    await once(res, 'readable');
    expect(written).toBeLessThan(total / 2);
    let read = 0;
    for await (const part of res) read += part.length;
    expect(read).toBe(total);
  });

  it('cuts the connection where an encoded body is broken', async () => {
    const edge = await proxied(answer({ 'content-encoding': 'gzip' }, gzipSync(page).fill(0, 12, 40)));
    await expect(ask(edge.port)).rejects.toThrow();
    expect(edge.counts()['rewrite undecodable']).toBe(1);
  });
});

describe('a meta refresh', () => {
  const refresh = (content: string): RequestListener =>
    answer({}, `<meta http-equiv=Refresh content="${content}">`);
  const path = '/go?utm_source=news&gclid=A.b';

  it.each([
    ['0; url=/next', '0; url=/next?utm_source=news&amp;gclid=A.b'],
    ["0;\nURL='/next?a=1&amp;b=2#top'", "0;\nURL='/next?a=1&amp;b=2&amp;utm_source=news&amp;gclid=A.b#top'"],
    ['5', '5'],
    ['0; url=https://other.example/', '0; url=https://other.example/'],
    ['0; url=/next?gclid=B', '0; url=/next?gclid=B&amp;utm_source=news'],
    ['0; url=/go', '0; url=/go'],
  ])('%j gets the parameters back that the page was asked for with', async (content, expected) => {
    const edge = await proxied(refresh(content), refreshes);
    const { text, headers } = await ask(edge.port, { path });
    expect(text).toBe(`<meta http-equiv=Refresh content="${expected}">`);
    expect(headers['cache-control']).toBe('private, no-cache');
  });

  it('cannot be made to hold anything but an address', async () => {
    const edge = await proxied(refresh('0; url=/next'), refreshes);
    const { text } = await ask(edge.port, { path: `/go?utm_source="><script>alert(1)</script>'&gclid=A` });
    expect(text).not.toContain('<script');
    expect(text.match(/[<>"]/g)).toHaveLength(4);
    expect(text).toContain('&amp;gclid=A">');
  });

  it('is relative to the base of the page', async () => {
    const foreign = '<base href="https://cdn.example/"><meta http-equiv="refresh" content="0;url=next">';
    const edge = await proxied(answer({}, foreign), refreshes);
    expect((await ask(edge.port, { path })).text).toBe(foreign);
  });

  it('stays as it is once repairing it goes round', async () => {
    const edge = await proxied(refresh('0; url=/next'), refreshes);
    for (let time = 0; time < 2; time += 1) expect((await ask(edge.port, { path })).text).toContain('gclid');
    expect((await ask(edge.port, { path })).text).not.toContain('gclid');
    expect(edge.counts()['redirect loop_avoided']).toBe(1);
  });

  it('and the page stay untouched, caching included, where the request carried nothing', async () => {
    const edge = await proxied(
      answer({ 'cache-control': 'public, max-age=60' }, '<meta http-equiv=refresh content="0;url=/n">'),
      refreshes,
    );
    const { headers } = await ask(edge.port, { path: '/go?page=2' });
    expect(headers['cache-control']).toBe('public, max-age=60');
  });
});
