// The site behind the gateway when rewriting is measured: one page of 200 KB, as it is or encoded as the path says.
import { createServer } from 'node:http';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { shopPage } from '../shop-page.ts';
import { announce } from './announce.ts';

const page = Buffer.from(shopPage(200_000));
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
const bodies: ReadonlyMap<string, Buffer> = new Map([
  ['/gzip', gzipSync(page)],
  ['/br', brotliCompressSync(page, brotli)],
  ['/zstd', zstdCompressSync(page)],
]);

const server = createServer((req, res) => {
  const [path = ''] = (req.url ?? '').split('?', 1);
  const body = bodies.get(path) ?? page;
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-cache',
    ...(bodies.has(path) && { 'content-encoding': path.slice(1) }),
  });
  res.end(body);
});

announce(server);
