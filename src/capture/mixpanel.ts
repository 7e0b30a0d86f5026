import type { CaptureProtocol, Decoded, Route } from '../contract/protocol.ts';
import type { Draft, Hit, Reject } from '../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { splitContact } from './shared/contact.ts';
import { readEncodedBody } from './shared/encoded-body.ts';
import { hasKeys, joined, type OpenObject, put, readNumber, readText, withoutKeys } from './shared/fields.ts';
import { findExcess } from './shared/json-body.ts';
import { maxEvents, maxNameCharacters } from './shared/limits.ts';
import { type ProductNames, readProductEvent } from './shared/product-event.ts';
import { excessOf, listRejects, nothingOf } from './shared/reject.ts';
import { senderOf } from './shared/sender.ts';
import { jsonReply, refusalReply } from './shared/status.ts';

const eventPaths = ['/track/', '/track', '/import/', '/import'];
const peoplePaths: ReadonlySet<string> = new Set(['/engage/', '/engage', '/groups/', '/groups']);

/** Mixpanel's ingestion API: what mixpanel-browser 2.83 and the server libraries send. */
export const protocol: CaptureProtocol = {
  name: 'mixpanel',
  title: 'Mixpanel',
  isOnByDefault: false,
  pointing:
    "`mixpanel.init(token, { api_host: 'https://shop.example/mp' })`, where `/mp` is the prefix of this protocol; `host` " +
    'and `path` of the server libraries likewise. Profiles become an `identify`, groups a `group`. The token is not ' +
    'looked at and never stored.',
  routes: [
    ...[...eventPaths, ...peoplePaths].map((path): Route => ({ method: 'POST', path })),
    { method: 'GET', path: '/track/' },
    { method: 'GET', path: '/track' },
  ],
  decode,
  accepted: (hit, _accepted, rejects) => {
    if (!isVerbose(hit)) return plain('1');
    const rejected = rejects.length > 0 && { rejected: listRejects(rejects) };
    return jsonReply(200, { status: 1, error: null, ...rejected });
  },
  refused: (hit, { refused, message }) =>
    isVerbose(hit) ? refusalReply(refused, { status: 0, error: message }) : refusalReply(refused, 0),
};

function plain(body: string) {
  return { status: 200, headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' }, body };
}

/** Batches of the browser SDK ask for JSON, single hits for a digit. */
function isVerbose({ query }: Pick<Hit, 'query'>): boolean {
  return new URLSearchParams(query).get('verbose') === '1';
}

function decode(hit: Hit): Decoded {
  const read = readEncodedBody(hit);
  if ('reason' in read) return nothingOf(read);
  const events = [read.json].flat();
  const drafts: Draft[] = [];
  const rejects: Reject[] = [];
  for (const [index, event] of events.slice(0, maxEvents).entries()) {
    const at = Array.isArray(read.json) ? `[${index}]` : 'body';
    const decoded = readOne(event, hit, at);
    if ('reason' in decoded) rejects.push(decoded);
    else drafts.push(decoded);
  }
  return { drafts, rejects: [...rejects, ...excessOf(events.length, '')] };
}

function readOne(event: Json, hit: Hit, at: string): Draft | Reject {
  if (!isJsonObject(event)) return { reason: 'refused_invalid', at, message: 'an event is an object' };
  const excess = findExcess(event, at);
  if (excess) return excess;
  return peoplePaths.has(hit.path) ? readProfile(event, hit) : readEvent(event, hit, at);
}

function readEvent(event: JsonObject, hit: Hit, at: string): Draft | Reject {
  const name = readText(event['event']);
  if (name === undefined || name.length > maxNameCharacters) {
    const message = `expected an event name of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at: `${at}.event`, message };
  }
  const properties = isJsonObject(event['properties']) ? event['properties'] : {};
  const sentBy = senderOf(hit);
  const read = readProductEvent({ event: name, properties, sentBy }, names);
  const id = readText(properties['$insert_id']);
  const occurredAtMs = timeMs(properties['time']);
  return {
    ...read,
    ...(id !== undefined && id.length <= maxNameCharacters && { id }),
    ...(occurredAtMs !== undefined && { occurredAtMs }),
    sentBy,
    ...identityOf(properties['distinct_id'], properties),
  };
}

/** A profile's `$set` and the like: said of a person, or of a group, not a thing that happened on a page. */
function readProfile(profile: JsonObject, hit: Hit): Draft {
  const isGroup = hit.path.startsWith('/groups');
  const traits = joined([profile['$set_once'], profile['$set']]);
  const { contact, rest } = splitContact(unprefixed(traits));
  const others = withoutKeys(profile, profileKeys);
  return {
    name: isGroup ? 'group' : 'identify',
    sentBy: senderOf(hit),
    ...identityOf(profile['$distinct_id'], profile),
    ...(contact && !isGroup && { user: contact }),
    properties: { ...others, ...(hasKeys(rest) && { traits: rest }) },
  };
}

/** Mixpanel's own traits begin with `$`: `$email`, `$first_name`. */
function unprefixed(traits: JsonObject): JsonObject {
  const plain: OpenObject = {};
  for (const [key, value] of Object.entries(traits)) put(plain, key.replace(/^\$(?=[a-z])/, ''), value);
  return plain;
}

/** `$device:` marks an id that the SDK made; anything else is the site's own. */
function identityOf(distinctId: Json | undefined, known: JsonObject): Pick<Draft, 'userId' | 'clientIds'> {
  const named = readText(distinctId);
  const own = readText(known['$user_id']);
  const device =
    readText(known['$device_id']) ?? (named?.startsWith(made) ? named.slice(made.length) : undefined);
  const userId =
    own ?? (named === undefined || named.startsWith(made) || named === device ? undefined : named);
  return {
    ...(userId !== undefined && { userId }),
    ...(device !== undefined && { clientIds: { mixpanel: device } }),
  };
}

const made = '$device:';

/** Seconds with a fraction from the browser, seconds or milliseconds from servers. */
function timeMs(value: Json | undefined): number | undefined {
  const time = readNumber(value);
  if (time === undefined || time <= 0) return undefined;
  return Math.trunc(time < 1e11 ? time * 1000 : time);
}

const profileKeys = new Set([
  '$token',
  '$distinct_id',
  '$device_id',
  '$user_id',
  '$set',
  '$set_once',
  '$ip',
  '$time',
]);

const names: ProductNames = {
  events: new Map([
    ['$mp_web_page_view', 'page_view'],
    ['$identify', 'identify'],
    ['$create_alias', 'alias'],
  ]),
  url: ['$current_url', 'current_url'],
  referrer: ['$referrer'],
  title: ['current_page_title'],
  width: '$screen_width',
  height: '$screen_height',
  language: ['$browser_language'],
  userAgent: ['$user_agent'],
  ip: ['$ip', 'ip'],
  dropped: new Set(['token', 'distinct_id', '$device_id', '$user_id', '$insert_id', 'time']),
};
