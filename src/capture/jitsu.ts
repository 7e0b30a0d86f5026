import type { CaptureProtocol, Route } from '../contract/protocol.ts';
import { listRejects } from './shared/reject.ts';
import { decodeSegmentCall, type SegmentCall } from './shared/segment-calls.ts';
import { segmentTypes } from './shared/segment-message.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

/** What a path asks for; the second form is the one of servers (jitsu.com/docs, @jitsu/js 1.11, 2026-11-23). */
const calls: ReadonlyMap<string, SegmentCall> = new Map<string, SegmentCall>([
  ...segmentTypes.map((type) => [`/api/s/${type}`, type] as const),
  ...segmentTypes.map((type) => [`/api/s/s2s/${type}`, type] as const),
  ['/api/s/batch', 'batch'],
]);

/** Jitsu's tracking API. Its messages are Segment's. */
export const protocol: CaptureProtocol = {
  name: 'jitsu',
  title: 'Jitsu',
  isOnByDefault: false,
  pointing:
    "`jitsuAnalytics({ host: 'https://shop.example/j', writeKey: 'id:secret' })`, where `/j` is the prefix of this " +
    'protocol. The write key is not looked at and never stored; the answer names no destination, so that the browser ' +
    'loads none.',
  routes: [...calls.keys()].map((path): Route => ({ method: 'POST', path })),
  decode: (hit) => decodeSegmentCall(hit, calls.get(hit.path) ?? 'batch', 'jitsu'),
  // The SDK reads JSON, and logs an error where there is none.
  accepted: (_hit, _accepted, rejects) =>
    jsonReply(200, { ok: true, ...(rejects.length > 0 && { rejected: listRejects(rejects) }) }),
  refused: (_hit, { refused, message }) => refusalReply(refused, { ok: false, error: message }),
};
