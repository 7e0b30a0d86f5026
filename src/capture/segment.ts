import type { CaptureProtocol, Route } from '../contract/protocol.ts';
import { listRejects } from './shared/reject.ts';
import { decodeSegmentCall, type SegmentCall } from './shared/segment-calls.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

/** What a path asks for: the documented names for servers, the letters that the browser SDK 1.84.3 uses. */
const calls: ReadonlyMap<string, SegmentCall> = new Map<string, SegmentCall>([
  ['/v1/track', 'track'],
  ['/v1/t', 'track'],
  ['/v1/page', 'page'],
  ['/v1/p', 'page'],
  ['/v1/screen', 'screen'],
  ['/v1/s', 'screen'],
  ['/v1/identify', 'identify'],
  ['/v1/i', 'identify'],
  ['/v1/group', 'group'],
  ['/v1/g', 'group'],
  ['/v1/alias', 'alias'],
  ['/v1/a', 'alias'],
  ['/v1/batch', 'batch'],
  ['/v1/b', 'batch'],
  ['/v1/import', 'batch'],
]);

/** Segment's HTTP tracking API, version 1. */
export const protocol: CaptureProtocol = {
  name: 'segment',
  title: 'Segment HTTP API',
  isOnByDefault: true,
  pointing:
    "In the browser, load the SDK with `integrations: { 'Segment.io': { apiHost: 'shop.example/s/v1' } }`, where " +
    '`/s` is the prefix of this protocol. On a server, set `host` to `https://shop.example/s`. The write key is not ' +
    'looked at and never stored.',
  routes: [...calls.keys()].map((path): Route => ({ method: 'POST', path })),
  decode: (hit) => decodeSegmentCall(hit, calls.get(hit.path) ?? 'batch', 'segment'),
  accepted: (_hit, _accepted, rejects) =>
    jsonReply(200, { success: true, ...(rejects.length > 0 && { rejected: listRejects(rejects) }) }),
  // The SDKs drop a message on 4xx and send it again on 5xx.
  refused: (_hit, { refused, message }) => refusalReply(refused, { success: false, code: refused, message }),
};
