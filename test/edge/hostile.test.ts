import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, post } from './client.ts';
import { routes, startEdge } from './edge.ts';

const paths = [...routes.keys()];
const methods = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS'] as const;

/** Bytes that a parser might trip over, not only random ones. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 50 }).map((tail) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), tail])),
  fc
    .record({
      name: fc.jsonValue(),
      events: fc.jsonValue(),
      batch: fc.jsonValue(),
      type: fc.constantFrom('track', 'page', 'identify', 1, null),
      event: fc.jsonValue(),
      page: fc.jsonValue(),
      time: fc.jsonValue(),
      consent: fc.jsonValue(),
      context: fc.jsonValue(),
      properties: fc.jsonValue(),
      __proto__: fc.jsonValue(),
    })
    .map((event) => Buffer.from(JSON.stringify(event))),
);

/** A query as it may stand in a request line: any visible character but `#`, escaped or not. */
const queries = fc.oneof(
  fc.stringMatching(/^[\x21\x22\x24-\x7e]{0,120}$/),
  fc.webQueryParameters(),
  fc
    .array(
      fc.tuple(
        fc.constantFrom('v', 'en', 'cid', 'd', 'name', 'gcd', 'gcs', 'dl', '__proto__', '%', 'ep.x', '_et'),
        fc.string({ maxLength: 30 }),
      ),
      { maxLength: 8 },
    )
    .map((pairs) =>
      pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    ),
);

/** Header values as node:http lets a client send them. */
const headerValue = fc.stringMatching(
  /^[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff]{0,60}[\x21-\x7e\xa0-\xff])?$/,
);
const headers = fc.dictionary(
  fc.constantFrom(
    'cookie',
    'origin',
    'referer',
    'user-agent',
    'accept-language',
    'content-type',
    'content-encoding',
    'sec-gpc',
    'sec-purpose',
    'x-forwarded-for',
    'forwarded',
    'sec-ch-ua',
    'if-none-match',
    'access-control-request-headers',
    '__proto__',
    'constructor',
  ),
  headerValue,
  { maxKeys: 6 },
);

describe('a capture path', () => {
  it('answers whatever is sent to it, and goes on', async () => {
    const edge = await startEdge();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.constantFrom(...methods),
        queries,
        headers,
        bodies,
        async (path, method, query, given, body) => {
          const hasBody = method === 'POST' || method === 'PUT';
          const answer = await ask(edge.port, {
            method,
            path: `${path}?${query}`,
            headers: given,
            ...(hasBody && { body }),
          });
          expect([200, 204, 400, 403, 405, 413, 415]).toContain(answer.status);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(edge.counts()).not.toHaveProperty('edge internal_error');
    expect(edge.logged).toEqual([]);
    expect((await post(edge.port, { name: 'page_view' })).status).toBe(204);
  });

  it('stores nothing but whole lines of one event each', async () => {
    const edge = await startEdge();
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
        async (properties, name) => {
          await post(edge.port, { name, properties: { properties }, page: { url: name, referrer: name } });
        },
      ),
      { numRuns: 200 },
    );
    for (const line of edge.log.lines) expect(line).not.toMatch(/[\r\n]/);
    for (const { event } of edge.log.records())
      expect([event.site, event.protocol]).toEqual(['shop', 'throughline']);
  });
});
