import type { CaptureProtocol, Decoded, Reply, Route } from '../contract/protocol.ts';
import type { Hit } from '../model/hit.ts';
import { maxNameCharacters } from './shared/limits.ts';
import { readParameters } from './shared/parameters.ts';
import { listRejects, nothingOf } from './shared/reject.ts';
import { decodeSegmentCall, type SegmentCall } from './shared/segment-calls.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

/** RudderStack's own gateway; its beacon path takes what page script cannot give a header (rudder-server, 2026-11-23). */
const calls: ReadonlyMap<string, SegmentCall> = new Map<string, SegmentCall>([
  ['/v1/track', 'track'],
  ['/v1/page', 'page'],
  ['/v1/screen', 'screen'],
  ['/v1/identify', 'identify'],
  ['/v1/group', 'group'],
  ['/v1/alias', 'alias'],
  ['/v1/batch', 'batch'],
  ['/v1/import', 'batch'],
  ['/beacon/v1/batch', 'batch'],
]);

/** Without an answer from here the browser SDK does not start. */
const configPaths: ReadonlySet<string> = new Set(['/sourceConfig', '/sourceConfig/']);

/** RudderStack's data plane, version 1, and as much of its control plane as the browser SDK asks for. */
export const protocol: CaptureProtocol = {
  name: 'rudderstack',
  title: 'RudderStack',
  isOnByDefault: false,
  pointing:
    'In the browser, `new RudderAnalytics().load(writeKey, dataPlaneUrl, { configUrl })` with both addresses on the ' +
    "gateway and this protocol's prefix, such as `https://shop.example/r`; the configuration that the SDK loads first " +
    'is answered too, with no destination in it. On a server, set `dataPlaneUrl`. The write key is not looked at and ' +
    'never stored.',
  routes: [
    ...[...calls.keys()].map((path): Route => ({ method: 'POST', path })),
    ...[...configPaths].map((path): Route => ({ method: 'GET', path })),
  ],
  decode: (hit) =>
    configPaths.has(hit.path)
      ? askedFor(hit)
      : decodeSegmentCall(hit, calls.get(hit.path) ?? 'batch', 'rudderstack'),
  accepted(hit, _accepted, rejects) {
    if (configPaths.has(hit.path)) return sourceConfig(hit);
    if (rejects.length > 0) return jsonReply(200, { rejected: listRejects(rejects) });
    return {
      status: 200,
      headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
      body: 'OK',
    };
  },
  // The SDK gives up on 4xx and tries again on 5xx.
  refused: (_hit, { refused, message }) => refusalReply(refused, { code: refused, message }),
};

/** No event, but bounded as every hit is. */
function askedFor({ query }: Pick<Hit, 'query'>): Decoded {
  const parameters = readParameters(query, 'query');
  return 'reason' in parameters ? nothingOf(parameters) : { drafts: [], rejects: [] };
}

/** The least that the browser SDK 3.34 starts with: a source that is on, no destinations, no telemetry of its own. */
function sourceConfig({ query }: Pick<Hit, 'query'>): Reply {
  const writeKey = (new URLSearchParams(query).get('writeKey') ?? '').slice(0, maxNameCharacters);
  const isOff = { enabled: false };
  return jsonReply(200, {
    source: {
      id: 'throughline',
      name: 'throughline',
      writeKey,
      enabled: true,
      workspaceId: 'throughline',
      config: { statsCollection: { errors: isOff, metrics: isOff } },
      destinations: [],
    },
    updatedAt: '2026-11-24T00:00:00.000Z',
  });
}
