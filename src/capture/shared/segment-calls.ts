import type { Decoded } from '../../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { findExcess, readJsonBody } from './json-body.ts';
import { maxEvents, maxSharedCharacters } from './limits.ts';
import { excessOf, nothingOf } from './reject.ts';
import { readSegmentMessage, type SegmentTool, type SegmentType, segmentTypes } from './segment-message.ts';
import { senderOf } from './sender.ts';

/** What a path of a Segment-shaped API asks for. */
export type SegmentCall = SegmentType | 'batch';

/** Decodes one call of an API that speaks the Segment spec, whatever its paths are. */
export function decodeSegmentCall(hit: Hit, call: SegmentCall, tool: SegmentTool): Decoded {
  const read = readJsonBody(hit.body);
  if ('reason' in read) return nothingOf(read);
  const { json } = read;
  if (!isJsonObject(json)) return malformed('expected an object');
  const place = { sentBy: senderOf(hit), tool };
  if (call === 'batch') return decodeBatch(json, place);
  const decoded = decodeMessage(json, call, { ...place, at: '' });
  return 'reason' in decoded ? nothingOf(decoded) : { drafts: [decoded], rejects: [] };
}

function malformed(message: string): Decoded {
  return nothingOf({ reason: 'refused_malformed', at: 'body', message });
}

function decodeBatch({ batch, sentAt, context }: JsonObject, place: Omit<Place, 'at'>): Decoded {
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
    const decoded = decodeBatched(message, shared, { ...place, at: `batch[${index}]` });
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(batch.length, 'batch')] };
}

interface Place {
  readonly sentBy: Draft['sentBy'];
  readonly tool: SegmentTool;
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
