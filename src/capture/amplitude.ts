import type { CaptureProtocol, Decoded, Route } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { splitContact } from './shared/contact.ts';
import {
  hasKeys,
  joined,
  type OpenObject,
  put,
  readNumber,
  readText,
  readTimeMs,
  withoutKeys,
} from './shared/fields.ts';
import { findExcess, readJsonBody } from './shared/json-body.ts';
import { maxEvents, maxNameCharacters } from './shared/limits.ts';
import { type ProductNames, readProductEvent } from './shared/product-event.ts';
import { excessOf, listRejects, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

const paths = ['/2/httpapi', '/batch'] as const;

/** Amplitude's HTTP API, version 2, and its batch API: what analytics-browser 2.47 and the server libraries send. */
export const protocol: CaptureProtocol = {
  name: 'amplitude',
  title: 'Amplitude',
  isOnByDefault: false,
  pointing:
    "`amplitude.init(key, { serverUrl: 'https://shop.example/a/2/httpapi', fetchRemoteConfig: false })`, where `/a` is the " +
    'prefix of this protocol; `serverUrl` of the server libraries likewise. The API key is not looked at and never stored.',
  routes: paths.map((path): Route => ({ method: 'POST', path })),
  decode,
  accepted: (hit, accepted, rejects) =>
    jsonReply(200, {
      code: 200,
      events_ingested: accepted,
      payload_size_bytes: hit.body.length,
      server_upload_time: hit.receivedAtMs,
      ...(rejects.length > 0 && { rejected: listRejects(rejects) }),
    }),
  refused: (_hit, { refused, message }) => {
    const reply = refusalReply(refused, {});
    return { ...reply, body: JSON.stringify({ code: reply.status, error: message }) };
  },
};

function decode(hit: Hit): Decoded {
  const read = readJsonBody(hit.body);
  if ('reason' in read) return nothingOf(read);
  const events = isJsonObject(read.json) ? read.json['events'] : undefined;
  if (!isJsonObject(read.json) || !Array.isArray(events)) {
    return nothingOf({ reason: 'refused_malformed', at: 'body', message: '`events` is not an array' });
  }
  const uploaded = read.json['client_upload_time'];
  const sentAtMs = readTimeMs(readNumber(uploaded) ?? uploaded);
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of events.slice(0, maxEvents).entries()) {
    const decoded = readEvent(event, { at: `events[${index}]`, sentBy: senderOf(hit), sentAtMs });
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(events.length, 'events')] };
}

interface Place {
  readonly at: string;
  readonly sentBy: Draft['sentBy'];
  readonly sentAtMs: number | undefined;
}

function readEvent(event: Json, { at, sentBy, sentAtMs }: Place): Draft | Reject {
  if (!isJsonObject(event)) return { reason: 'refused_invalid', at, message: 'an event is an object' };
  const excess = findExcess(event, at);
  if (excess) return excess;
  const name = readText(event['event_type']);
  if (name === undefined || name.length > maxNameCharacters) {
    const message = `expected an event type of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at: `${at}.event_type`, message };
  }
  const read = readProductEvent({ event: name, properties: statedIn(event), sentBy }, names);
  const traits = traitsOf(event['user_properties']);
  const rest = withoutKeys(event, readKeys);
  const id = readText(event['insert_id']);
  const occurredAtMs = readNumber(event['time']);
  const userId = readText(event['user_id']);
  const deviceId = readText(event['device_id']);
  return {
    ...read,
    ...(id !== undefined && id.length <= maxNameCharacters && { id }),
    ...(occurredAtMs !== undefined && { occurredAtMs: Math.trunc(occurredAtMs) }),
    ...(sentAtMs !== undefined && { sentAtMs }),
    sentBy,
    ...(userId !== undefined && { userId }),
    ...(deviceId !== undefined && { clientIds: { amplitude: deviceId } }),
    ...(traits.contact && { user: traits.contact }),
    properties: {
      ...read.properties,
      ...(hasKeys(traits.rest) && { traits: traits.rest }),
      ...(hasKeys(rest) && { amplitude: rest }),
    },
  };
}

/** What stands beside the properties and is one of ours: language, agent, address, and the older revenue fields. */
function statedIn(event: JsonObject): JsonObject {
  const stated: OpenObject = isJsonObject(event['event_properties']) ? { ...event['event_properties'] } : {};
  for (const key of ['language', 'user_agent', 'revenue', 'currency']) {
    const value = event[key];
    if (value !== undefined && stated[key] === undefined) put(stated, key, value);
  }
  // `$remote` asks for the address of the request itself.
  const ip = event['ip'];
  if (ip !== undefined && ip !== '$remote') put(stated, 'ip', ip);
  return stated;
}

/** Operations on a user's properties: what is set counts, `EMPTY` and `-` say that there is nothing. */
function traitsOf(properties: Json | undefined): ReturnType<typeof splitContact> {
  if (!isJsonObject(properties)) return splitContact({});
  const { $set: set, $setOnce: once, $unset: _unset, ...others } = properties;
  const kept: OpenObject = {};
  for (const [key, value] of Object.entries(joined([others, once, set]))) {
    if (value !== 'EMPTY' && value !== '-') put(kept, key, value);
  }
  return splitContact(kept);
}

const readKeys = new Set([
  ...[
    'event_type',
    'event_properties',
    'user_properties',
    'insert_id',
    'time',
    'user_id',
    'device_id',
    'ip',
    'user_agent',
  ],
  ...['language', 'revenue', 'currency', 'event_id'],
]);

const names: ProductNames = {
  events: new Map([
    ['[Amplitude] Page Viewed', 'page_view'],
    ['$identify', 'identify'],
    ['$groupidentify', 'group'],
    ['[Amplitude] Element Clicked', 'click'],
    ['[Amplitude] File Downloaded', 'file_download'],
    ['[Amplitude] Form Started', 'form_start'],
    ['[Amplitude] Form Submitted', 'form_submit'],
  ]),
  url: ['[Amplitude] Page Location'],
  referrer: ['[Amplitude] Previous Page Location'],
  title: ['[Amplitude] Page Title'],
  width: 'screen_width',
  height: 'screen_height',
  language: ['language'],
  userAgent: ['user_agent'],
  ip: ['ip'],
  dropped: new Set(['[Amplitude] Page Path', '[Amplitude] Page Domain', '[Amplitude] Page URL']),
};
