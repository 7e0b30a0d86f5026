import type { CaptureProtocol, Decoded, Route } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { splitContact } from './shared/contact.ts';
import { readEncodedBody } from './shared/encoded-body.ts';
import { hasKeys, joined, readText, readTimeMs } from './shared/fields.ts';
import { findExcess } from './shared/json-body.ts';
import { maxEvents, maxNameCharacters } from './shared/limits.ts';
import { type ProductNames, readProductEvent } from './shared/product-event.ts';
import { excessOf, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

const eventPaths = [
  '/e/',
  '/e',
  '/i/v0/e/',
  '/i/v0/e',
  '/capture/',
  '/capture',
  '/batch/',
  '/batch',
  '/track/',
  '/engage/',
];
/** Asked for at start and after an identify; nothing is decided here, so everything is off. */
const flagPaths: ReadonlySet<string> = new Set(['/flags/', '/flags', '/decide/', '/decide']);

/** PostHog's capture API: what posthog-js 1.449 and the server libraries send, and the flags that they ask for. */
export const protocol: CaptureProtocol = {
  name: 'posthog',
  title: 'PostHog',
  isOnByDefault: false,
  pointing:
    "`posthog.init(key, { api_host: 'https://shop.example/ph', ui_host: 'https://eu.posthog.com', " +
    'advanced_disable_flags: true, disable_external_dependency_loading: true })`, where `/ph` is the prefix of this ' +
    'protocol; `host` of the server libraries likewise. Feature flags are answered with none, session recordings are ' +
    'not taken. The project key is not looked at and never stored.',
  routes: [...eventPaths, ...flagPaths].map((path): Route => ({ method: 'POST', path })),
  decode,
  accepted: (hit) => jsonReply(200, flagPaths.has(hit.path) ? noFlags : { status: 1 }),
  refused: (_hit, { refused, message }) =>
    refusalReply(refused, { type: 'validation_error', code: refused, detail: message }),
};

const noFlags = { flags: {}, featureFlags: {}, featureFlagPayloads: {}, errorsWhileComputingFlags: false };

function decode(hit: Hit): Decoded {
  if (flagPaths.has(hit.path)) return { drafts: [], rejects: [] };
  const read = readEncodedBody(hit);
  if ('reason' in read) return nothingOf(read);
  const { json } = read;
  const batch = isJsonObject(json) && Array.isArray(json['batch']) ? json['batch'] : [json].flat();
  const sentAtMs = isJsonObject(json) ? readTimeMs(json['sent_at']) : undefined;
  const isBatch = batch.length !== 1 || batch[0] !== json;
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of batch.slice(0, maxEvents).entries()) {
    const at = isBatch ? `batch[${index}]` : 'body';
    const decoded = readEvent(event, { at, sentBy: senderOf(hit), sentAtMs });
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(batch.length, 'batch')] };
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
  const name = readText(event['event']);
  if (name === undefined || name.length > maxNameCharacters) {
    const message = `expected an event name of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at: `${at}.event`, message };
  }
  const properties = isJsonObject(event['properties']) ? event['properties'] : {};
  const person = personOf(event, properties);
  const read = readProductEvent({ event: name, properties: withoutPerson(properties), sentBy }, names);
  const id = readText(event['uuid']) ?? readText(properties['$insert_id']);
  const occurredAtMs = readTimeMs(event['timestamp']);
  const distinctId = readText(event['distinct_id']) ?? readText(properties['distinct_id']);
  const userId = userIdOf(name, distinctId, properties);
  // The distinct id becomes the site's own with an identify; the device's stays.
  const deviceId = readText(properties['$device_id']) ?? (userId === distinctId ? undefined : distinctId);
  return {
    ...read,
    ...(id !== undefined && id.length <= maxNameCharacters && { id }),
    ...(occurredAtMs !== undefined && { occurredAtMs }),
    ...(sentAtMs !== undefined && { sentAtMs }),
    sentBy,
    ...(userId !== undefined && { userId }),
    ...(deviceId !== undefined && { clientIds: { posthog: deviceId } }),
    ...(person.contact && { user: person.contact }),
    properties: { ...read.properties, ...(hasKeys(person.rest) && { traits: person.rest }) },
  };
}

/** Once a visitor has been identified, the distinct id is the site's own; before that it is the tool's. */
function userIdOf(event: string, distinctId: string | undefined, properties: JsonObject): string | undefined {
  const isKnown = event === '$identify' || properties['$is_identified'] === true;
  return readText(properties['$user_id']) ?? (isKnown ? distinctId : undefined);
}

/** Traits stand beside the event or among its properties; what was said last wins. */
function personOf(event: JsonObject, properties: JsonObject): ReturnType<typeof splitContact> {
  const once = [event['$set_once'], properties['$set_once']];
  const set = [event['$set'], properties['$set']];
  return splitContact(joined([...once, ...set]));
}

function withoutPerson({ $set: _set, $set_once: _once, ...others }: JsonObject): JsonObject {
  return others;
}

const names: ProductNames = {
  events: new Map([
    ['$pageview', 'page_view'],
    ['$screen', 'screen_view'],
    ['$pageleave', 'user_engagement'],
    ['$identify', 'identify'],
    ['$set', 'identify'],
    ['$create_alias', 'alias'],
    ['$groupidentify', 'group'],
    ['$autocapture', 'autocapture'],
  ]),
  url: ['$current_url'],
  referrer: ['$referrer'],
  title: ['title', '$title'],
  width: '$screen_width',
  height: '$screen_height',
  language: ['$browser_language'],
  userAgent: ['$raw_user_agent', '$useragent'],
  ip: ['$ip'],
  dropped: new Set([
    'token',
    'distinct_id',
    '$device_id',
    '$insert_id',
    '$time',
    '$user_id',
    '$host',
    '$pathname',
  ]),
};
