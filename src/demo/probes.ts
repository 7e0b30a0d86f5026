import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';

const maxChunks = 50;
const maxChunkGapMs = 2000;

/** Routes that show what a proxy in front did to a request, an answer or a stream. */
export function probes(): Router {
  const router = Router();
  router.get('/go/summer', (_request, response) => response.redirect(302, '/sale'));
  router.get('/go/kept', (request, response) => {
    const queryAt = request.originalUrl.indexOf('?');
    response.redirect(302, `/sale${queryAt === -1 ? '' : request.originalUrl.slice(queryAt)}`);
  });
  router.get('/headers', (request, response) => response.json(request.headers));
  router.get('/set-cookie', (request, response) => {
    response.cookie('demo_host', '1', { path: '/' });
    response.cookie('demo_domain', '1', { path: '/', domain: request.hostname, sameSite: 'lax' });
    response.cookie('demo_secure', '1', { path: '/set-cookie', httpOnly: true, secure: true });
    response.json({ cookies: ['demo_host', 'demo_domain', 'demo_secure'] });
  });
  router.post('/upload', (request, response) => {
    const hash = createHash('sha256');
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    request.on('end', () => response.json({ bytes, sha256: hash.digest('hex') }));
  });
  router.get('/slow', async (request, response) => {
    const chunks = boundedNumber(request.query['chunks'], 5, maxChunks);
    const gapMs = boundedNumber(request.query['gapMs'], 200, maxChunkGapMs);
    response.type('html').write('<!doctype html><html lang="en"><head><title>Slow</title></head><body>\n');
    for (let chunk = 1; chunk <= chunks && !response.destroyed; chunk++) {
      response.write(`<p>Chunk ${chunk} of ${chunks}</p>\n`);
      await delay(gapMs);
    }
    response.end('</body></html>\n');
  });
  return router;
}

function boundedNumber(raw: unknown, fallback: number, max: number): number {
  if (typeof raw !== 'string' || !/^\d{1,6}$/.test(raw)) return fallback;
  return Math.min(Number(raw), max);
}
