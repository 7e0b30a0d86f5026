import type { CaptureProtocol, Decoded, Route } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { findExcess, readJsonBody } from './shared/json-body.ts';
import { maxEvents, maxSharedCharacters } from './shared/limits.ts';
import { excessOf, listRejects, nothingOf } from './shared/reject.ts';
import { readSegmentMessage, type SegmentType, segmentTypes } from './shared/segment-message.ts';
import { senderOf } from './shared/sender.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

type Call = SegmentType | 'batch';

/** What a path asks for: the documented names for servers, the letters that the browser SDK 1.84.3 uses. */
const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
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
  pointing:
    "In the browser, load the SDK with `integrations: { 'Segment.io': { apiHost: 'shop.example/s/v1' } }`, where " +
    '`/s` is the prefix of this protocol. On a server, set `host` to `https://shop.example/s`. The write key is not ' +
    'looked at and never stored.',
  routes: [...calls.keys()].map((path): Route => ({ method: 'POST', path })),
  decode,
  accepted: (_hit, _accepted, rejects) =>
    jsonReply(200, { success: true, ...(rejects.length > 0 && { rejected: listRejects(rejects) }) }),
  // The SDKs drop a message on 4xx and send it again on 5xx.
  refused: (_hit, { refused, message }) => refusalReply(refused, { success: false, code: refused, message }),
};

function decode(hit: Hit): Decoded {
  const read = readJsonBody(hit.body);
  if ('reason' in read) return nothingOf(read);
  const { json } = read;
  if (!isJsonObject(json)) return malformed('expected an object');
  const call = calls.get(hit.path) ?? 'batch';
  const sentBy = senderOf(hit);
  if (call === 'batch') return decodeBatch(json, sentBy);
  const decoded = decodeMessage(json, call, { sentBy, at: '' });
  return 'reason' in decoded ? nothingOf(decoded) : { drafts: [decoded], rejects: [] };
}

function malformed(message: string): Decoded {
  return nothingOf({ reason: 'refused_malformed', at: 'body', message });
}

function decodeBatch({ batch, sentAt, context }: JsonObject, sentBy: Draft['sentBy']): Decoded {
  if (!Array.isArray(batch)) return malformed('`batch` is not an array');
  const shared: JsonObject = {
    ...(sentAt !== undefined && sentAt !== null && { sentAt }),
    ...(isJsonObject(context) && { context }),
  };
  const excess = findExcess(shared, 'body');
  if (excess) return nothingOf(excess);
  if (JSON.stringify(shared).length > maxSharedCharacters)
    return malformed(`what the messages share is longer than ${maxSharedCharacters} characters`);
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, message] of batch.slice(0, maxEvents).entries()) {
    const decoded = decodeBatched(message, shared, { sentBy, at: `batch[${index}]` });
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(batch.length, 'batch')] };
}

interface Place {
  readonly sentBy: Draft['sentBy'];
  /** Where in the hit; empty for the body itself. */
  readonly at: string;
}

function decodeBatched(message: Json, shared: JsonObject, place: Place): Draft | Reject {
  if (!isJsonObject(message))
    return { reason: 'refused_invalid', at: place.at, message: 'a message is an object with a type' };
  const type = segmentTypes.find((known) => known === message['type']);
  if (type === undefined) {
    const allowed = `\`type\` is one of ${segmentTypes.join(', ')}`;
    return { reason: 'refused_invalid', at: `${place.at}.type`, message: allowed };
  }
  return decodeMessage(withShared(message, shared), type, place);
}

/** The batch was sent as one, so its `sentAt` is the truth; its context is what the messages leave unsaid. */
function withShared(message: JsonObject, shared: JsonObject): JsonObject {
  const { context } = message;
  const common = shared['context'];
  const isJoined =
    isJsonObject(common) && (isJsonObject(context) || context === undefined || context === null);
  return { ...message, ...shared, context: isJoined ? { ...common, ...context } : (context ?? null) };
}

function decodeMessage(message: JsonObject, type: SegmentType, place: Place): Draft | Reject {
  const excess = findExcess(message, place.at === '' ? 'body' : place.at);
  return excess ?? readSegmentMessage(message, { type, ...place });
}
