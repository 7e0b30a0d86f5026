import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureProtocols } from '../../src/capture/index.ts';
import { maxEvents } from '../../src/capture/shared/limits.ts';
import type { CaptureProtocol, Route } from '../../src/contract/protocol.ts';
import { hitOf } from './hit.ts';

const routes = captureProtocols.flatMap((protocol) => protocol.routes.map((route) => ({ protocol, route })));

function decode(protocol: CaptureProtocol, route: Route, query: string, body: string | Uint8Array) {
  return protocol.decode(hitOf({ method: route.method, path: route.path, query, body }));
}

function isPrototypeClean(): boolean {
  return Object.keys(Object.prototype).length === 0 && !('isAdmin' in {});
}

const queryArbitrary = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'v',
        'en',
        'd',
        'name',
        '__proto__',
        'ep.__proto__',
        'pr1',
        'em',
        'time',
        'page',
        'value',
      ),
      fc.oneof(fc.string(), fc.constantFrom('2', '%', 'k0__proto__~v0x', 'tv.1~em.', '{"a":', 'e30')),
    ),
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));

const words = [
  ...[
    'name',
    'event',
    'events',
    'batch',
    'type',
    'v',
    'page',
    'consent',
    'user',
    'traits',
    'context',
    'properties',
  ],
  ...[
    'items',
    'products',
    'commerce',
    'value',
    'sentAt',
    'time',
    'userId',
    'campaign',
    'track',
    'Order Completed',
  ],
  ...['__proto__', 'constructor'],
].map((word) => JSON.stringify(word));

// JSON as text, because an object literal cannot have a key `__proto__` of its own.
const { json: jsonArbitrary, members: membersArbitrary } = fc.letrec<{ json: string; members: string }>(
  (tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(...words, 'null', 'true', '-1', '1e999'),
      fc.array(tie('json'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
      tie('members').map((members) => `{${members}}`),
    ),
    members: fc
      .array(fc.tuple(fc.constantFrom(...words), tie('json')), { maxLength: 6 })
      .map((members) => members.map(([key, value]) => `${key}:${value}`).join(',')),
  }),
);

/** Any JSON, and objects that start as an event and go on as anything. */
const bodyArbitrary = fc.oneof(
  jsonArbitrary,
  membersArbitrary.map((members) => {
    const event = '"name":"a","event":"Product Viewed","type":"track"';
    return members === '' ? `{${event}}` : `{${event},${members}}`;
  }),
);

describe.each(routes)('$protocol.name $route.method $route.path', ({ protocol, route }) => {
  it('never throws on any bytes and any query, and bounds what it returns', () => {
    fc.assert(
      fc.property(queryArbitrary, fc.uint8Array({ maxLength: 200 }), (query, body) => {
        const { drafts, rejects } = decode(protocol, route, query, body);
        return drafts.length <= maxEvents && rejects.length <= maxEvents + 1;
      }),
    );
  });

  it('never throws on JSON of any shape, and touches no prototype', () => {
    fc.assert(
      fc.property(bodyArbitrary, (body) => {
        const { drafts } = decode(protocol, route, 'v=2', body);
        const written = JSON.stringify(drafts);
        return isPrototypeClean() && !written.includes('"__proto__":');
      }),
    );
  });

  it('returns drafts that are the same after they were written and read', () => {
    fc.assert(
      fc.property(bodyArbitrary, queryArbitrary, (body, query) => {
        const { drafts } = decode(protocol, route, query, body);
        return isDeepStrictEqual(JSON.parse(JSON.stringify(drafts)), drafts);
      }),
    );
  });
});

const deep = 100_000;
const bodies = {
  'an array nested 100,000 deep': `${'['.repeat(deep)}${']'.repeat(deep)}`,
  'properties nested 100,000 deep': `{"name":"a","event":"a","properties":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
  'what a batch shares nested 100,000 deep': `{"events":[{"name":"a"}],"page":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
  '10,000 keys in one event': `{"name":"a","event":"a","properties":{${Array.from({ length: 10_000 }, (_, i) => `"k${i}":1`).join(',')}}}`,
};

describe('a hit that is built to exhaust', () => {
  it.each(Object.entries(bodies))('%s is rejected', (_, body) => {
    for (const name of ['throughline', 'segment']) {
      const protocol = captureProtocols.find((one) => one.name === name);
      const path = name === 'segment' ? '/v1/track' : '/e';
      const decoded = protocol?.decode(hitOf({ path, body }));
      expect(decoded?.drafts).toEqual([]);
      expect(decoded?.rejects).toHaveLength(1);
    }
  });

  it.each(routes.filter(({ route }) => route.method === 'GET'))(
    'of 10,000 parameters is rejected by $protocol.name',
    ({ protocol, route }) => {
      const query = Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join('&');
      const { drafts, rejects } = decode(protocol, route, `v=2&en=a&name=a&${query}`, '');
      expect(drafts).toEqual([]);
      expect(rejects).toMatchObject([{ reason: 'refused_too_many', at: 'query' }]);
    },
  );

  it('of 600 events keeps the first 500 and says so', () => {
    const given = {
      ga4: { path: '/g/collect', query: 'v=2', body: 'en=scroll\n'.repeat(600) },
      'ga4-mp': { path: '/mp/collect', body: JSON.stringify({ events: Array(600).fill({ name: 'a' }) }) },
      segment: { path: '/v1/batch', body: JSON.stringify({ batch: Array(600).fill({ type: 'page' }) }) },
      throughline: { path: '/e', body: JSON.stringify({ events: Array(600).fill({ name: 'scroll' }) }) },
      amplitude: {
        path: '/2/httpapi',
        body: JSON.stringify({ events: Array(600).fill({ event_type: 'a' }) }),
      },
      jitsu: { path: '/api/s/batch', body: JSON.stringify({ batch: Array(600).fill({ type: 'page' }) }) },
      matomo: { path: '/matomo.php', body: JSON.stringify({ requests: Array(600).fill('?idsite=1&rec=1') }) },
      mixpanel: { path: '/track/', body: JSON.stringify(Array(600).fill({ event: 'a' })) },
      posthog: { path: '/batch/', body: JSON.stringify({ batch: Array(600).fill({ event: 'a' }) }) },
      snowplow: {
        path: '/com.snowplowanalytics.snowplow/tp2',
        body: JSON.stringify({ data: Array(600).fill({ e: 'pv' }) }),
      },
      rudderstack: { path: '/v1/batch', body: JSON.stringify({ batch: Array(600).fill({ type: 'page' }) }) },
    };
    // A hit of Plausible's is one event.
    for (const protocol of captureProtocols.filter(({ name }) => name !== 'plausible')) {
      const hit = Object.entries(given).find(([name]) => name === protocol.name)?.[1];
      const { drafts, rejects } = protocol.decode(hitOf(hit ?? {}));
      expect(drafts).toHaveLength(500);
      expect(rejects).toMatchObject([{ reason: 'refused_too_many' }]);
    }
  });

  it('of shared fields that would be multiplied by its events is refused', () => {
    const long = 'x'.repeat(20_000);
    const ours = { page: { url: long }, events: Array(500).fill({ name: 'scroll' }) };
    const segments = { context: { page: { url: long } }, batch: Array(500).fill({ type: 'page' }) };
    for (const [name, path, json] of [
      ['throughline', '/e', ours] as const,
      ['segment', '/v1/batch', segments] as const,
      ['rudderstack', '/beacon/v1/batch', segments] as const,
    ]) {
      const protocol = captureProtocols.find((one) => one.name === name);
      expect(protocol?.decode(hitOf({ path, body: JSON.stringify(json) }))).toMatchObject({
        drafts: [],
        rejects: [{ reason: 'refused_malformed', at: 'body' }],
      });
    }
  });
});
