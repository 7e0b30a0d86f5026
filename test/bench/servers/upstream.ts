// The site behind the proxies: one page of 20 KB.
import { createServer } from 'node:http';
import { announce } from './announce.ts';

const pageBytes = 20 * 1024;
const start = '<!doctype html><html lang="en"><head><title>Brass desk lamp</title></head><body>';
const paragraph = '<p>A desk lamp of brass with a green shade, which lights the page and not the room.</p>\n';
const page = Buffer.from(start + paragraph.repeat(Math.ceil(pageBytes / paragraph.length))).subarray(
  0,
  pageBytes,
);

const server = createServer((_req, res) => {
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': page.length,
    'cache-control': 'no-cache',
    'set-cookie': 'cart=1; Path=/; HttpOnly',
  });
  res.end(page);
});

announce(server);
