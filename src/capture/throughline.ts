import type { CaptureProtocol, Decoded, Reply } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { hasKeys, type OpenObject, put, readNumber } from './shared/fields.ts';
import { findExcess, readJson, readJsonBody } from './shared/json-body.ts';
import { maxEvents, maxSharedCharacters } from './shared/limits.ts';
import { readParameters } from './shared/parameters.ts';
import { excessOf, listRejects, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { emptyReply, jsonReply, pixelReply, refusalReply } from './shared/status.ts';
import { readThroughlineEvent } from './shared/throughline-event.ts';

const pixelPath = '/e.gif';

/** Our own JSON, version 1, and its pixel. */
export const protocol: CaptureProtocol = {
  name: 'throughline',
  title: 'Throughline JSON',
  isOnByDefault: true,
  pointing:
    'Post one event, an array of events or `{"events": […]}` as JSON to `/e`, from the browser script, a server or ' +
    'any HTTP client. Beside `events`, `sentAt`, `page`, `loadId`, `consent`, `consentRecords`, `gpc`, `userId`, ' +
    '`screen` and `language` may be stated once for all. `consentRecords` brings along, by key, what a consent manager ' +
    'keeps in local storage alone, such as `{"ucData": "…"}`. Where there is no script, load `/e.gif?name=…&url=…` as an image, or ' +
    '`/e.gif?d=…` with the same JSON in base64url.',
  routes: [
    { method: 'POST', path: '/e' },
    { method: 'GET', path: pixelPath },
  ],
  decode(hit) {
    return hit.path === pixelPath ? decodePixel(hit) : decodeBody(hit.body, senderOf(hit));
  },
  accepted(hit, accepted, rejects) {
    if (hit.path === pixelPath) return pixelReply;
    return rejects.length === 0 ? emptyReply : jsonReply(200, { accepted, rejected: listRejects(rejects) });
  },
  refused(hit, refusal) {
    return hit.path === pixelPath ? pixelReply : refusedReply(hit.path, refusal);
  },
};

function refusedReply(path: string, refusal: Refusal): Reply {
  const reply = refusalReply(refusal.refused, {
    error: { code: refusal.refused, message: refusal.message },
  });
  if (refusal.refused !== 'refused_method') return reply;
  const allow = protocol.routes.filter((route) => route.path === path).map((route) => route.method);
  return { ...reply, headers: { ...reply.headers, allow: allow.join(', ') } };
}

function decodeBody(body: Uint8Array, sentBy: Draft['sentBy']): Decoded {
  const read = readJsonBody(body);
  if ('reason' in read) return nothingOf(read);
  const { json } = read;
  if (Array.isArray(json)) return decodeEvents(json, {}, { sentBy, at: '' });
  if (!isJsonObject(json)) return malformed('expected an event, an array of events or {"events": [...]}');
  if (json['events'] === undefined) return decodeOne(json, sentBy);
  return decodeEnvelope(json, sentBy);
}

function malformed(message: string): Decoded {
  return nothingOf({ reason: 'refused_malformed', at: 'body', message });
}

function decodeOne(event: JsonObject, sentBy: Draft['sentBy']): Decoded {
  const draft = decodeEvent(event, {}, { sentBy, at: '' });
  return 'reason' in draft ? nothingOf(draft) : { drafts: [draft], rejects: [] };
}

const sharedKeys = [
  'sentAt',
  'page',
  'loadId',
  'consent',
  'consentRecords',
  'gpc',
  'userId',
  'screen',
  'language',
] as const;

function decodeEnvelope(envelope: JsonObject, sentBy: Draft['sentBy']): Decoded {
  const { events } = envelope;
  if (!isKnownVersion(envelope)) return nothingOf(unknownVersion('body'));
  if (!Array.isArray(events)) return malformed('`events` is not an array');
  const shared: OpenObject = {};
  for (const key of sharedKeys) {
    const value = envelope[key];
    if (value !== undefined) put(shared, key, value);
  }
  const excess = findExcess(shared, 'body');
  if (excess) return nothingOf(excess);
  if (JSON.stringify(shared).length > maxSharedCharacters)
    return malformed(`what the events share is longer than ${maxSharedCharacters} characters`);
  return decodeEvents(events, shared, { sentBy, at: 'events' });
}

interface Place {
  readonly sentBy: Draft['sentBy'];
  /** Where in the hit; empty for the body itself. */
  readonly at: string;
}

function decodeEvents(events: readonly Json[], shared: JsonObject, place: Place): Decoded {
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of events.slice(0, maxEvents).entries()) {
    const draft = decodeEvent(event, shared, { ...place, at: `${place.at}[${index}]` });
    if ('reason' in draft) rejects.push(draft);
    else drafts.push(draft);
  }
  return { drafts, rejects: [...rejects, ...excessOf(events.length, place.at)] };
}

function decodeEvent(event: Json, shared: JsonObject, { sentBy, at }: Place): Draft | Reject {
  const where = at === '' ? 'body' : at;
  if (!isJsonObject(event))
    return { reason: 'refused_invalid', at: where, message: 'an event is an object with a name' };
  const excess = findExcess(event, where);
  if (excess) return excess;
  if (!isKnownVersion(event)) return unknownVersion(where);
  return readThroughlineEvent(withShared(event, shared), sentBy, at);
}

function isKnownVersion({ v }: JsonObject): boolean {
  return v === undefined || v === null || v === 1;
}

function unknownVersion(at: string): Reject {
  return {
    reason: 'refused_unknown_version',
    at,
    message: '`v` is not a version that is understood; it is 1',
  };
}

/** The event's own word wins; page and consent are joined field by field, so that neither hides what the other says. */
function withShared(event: JsonObject, shared: JsonObject): JsonObject {
  if (!hasKeys(shared)) return event;
  return { ...shared, ...event, ...joined('page', event, shared), ...joined('consent', event, shared) };
}

function joined(key: string, event: JsonObject, shared: JsonObject): JsonObject {
  const own = event[key] ?? null;
  const common = shared[key] ?? null;
  if (common === null) return {};
  if (own === null) return { [key]: common };
  return isJsonObject(own) && isJsonObject(common) ? { [key]: { ...common, ...own } } : {};
}

/** A pixel is fetched by whatever shows the page or the message, never by a server of the site's. */
function decodePixel(hit: Hit): Decoded {
  const parameters = readParameters(hit.query, 'query');
  if ('reason' in parameters) return nothingOf(parameters);
  const data = parameters.get('d');
  if (data !== undefined) return decodeBody(Buffer.from(data, 'base64url'), 'browser');
  return decodeOne(eventOf(parameters, hit.headers['referer']), 'browser');
}

const numberParameters = new Set(['v', 'value', 'tax', 'shipping', 'engagementMs', 'time', 'sentAt']);
const jsonParameters = new Set([
  'page',
  'commerce',
  'items',
  'user',
  'consent',
  'consentRecords',
  'properties',
  'clientIds',
]);
const pageParameters = new Set(['url', 'referrer', 'title', 'loadId']);

function eventOf(parameters: ReadonlyMap<string, string>, referer: string | undefined): JsonObject {
  const event: OpenObject = {};
  // The page that shows the image is the request's referrer; a parameter says it better.
  const page: OpenObject = referer === undefined ? {} : { url: referer };
  for (const [name, value] of parameters) {
    if (pageParameters.has(name)) page[name] = value;
    else if (name === 'event') event['name'] ??= value;
    else if (numberParameters.has(name)) event[name] = readNumber(value) ?? value;
    else if (jsonParameters.has(name)) event[name] = readJson(value)?.json ?? value;
    else put(event, name, value);
  }
  const stated = event['page'];
  if (isJsonObject(stated)) event['page'] = { ...page, ...stated };
  else if (stated === undefined && hasKeys(page)) event['page'] = page;
  return event;
}
