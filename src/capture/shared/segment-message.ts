import type { Contact, Page } from '../../model/event.ts';
import type { Draft, Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { splitContact } from './contact.ts';
import {
  consentText,
  hasKeys,
  type OpenObject,
  put,
  readNumber,
  readText,
  readTimeMs,
  withoutKeys,
} from './fields.ts';
import { maxNameCharacters } from './limits.ts';
import { readSegmentTrack } from './segment-commerce.ts';

/** The six calls of the Segment spec. */
export const segmentTypes = ['track', 'page', 'screen', 'identify', 'group', 'alias'] as const;

export type SegmentType = (typeof segmentTypes)[number];

/** Whose API it is: the name of its ids and of what it says beyond the spec. */
export type SegmentTool = 'segment' | 'rudderstack' | 'jitsu';

/** What is known of a message before it is read. */
export interface SegmentPlace {
  readonly type: SegmentType;
  readonly sentBy: Draft['sentBy'];
  readonly tool: SegmentTool;
  /** Where in the hit; empty for the body itself. */
  readonly at: string;
}

/**
 * One message of the Segment spec (segment.com/docs/connections/spec, 2026-11-23) as a draft, or why it is none. What
 * has no place of its own is kept under `properties`, by the tool's name; the write key and contact data never are.
 */
export function readSegmentMessage(message: JsonObject, place: SegmentPlace): Draft | Reject {
  const wrong = ['properties', 'traits', 'context'].find((key) => !isObjectOrAbsent(message[key]));
  if (wrong !== undefined)
    return { reason: 'refused_invalid', at: within(place.at, wrong), message: 'expected an object' };
  const context = objectAt(message, 'context');
  const named = nameOf(message, place.type);
  if (named === undefined)
    return { reason: 'refused_invalid', at: within(place.at, 'event'), message: eventExpected };
  const page = pageOf(message, context, place.type);
  const traits = traitsOf(message, context, place.type);
  const campaign = campaignOf(objectAt(context, 'campaign'));
  const preferences = objectAt(context, 'consent')['categoryPreferences'] ?? null;
  return {
    name: named.name,
    ...identityOf(message, place.tool),
    sentBy: place.sentBy,
    ...(page && { page }),
    ...(named.commerce && { commerce: named.commerce }),
    ...(traits.contact && { user: traits.contact }),
    ...clientOf(context, place.sentBy),
    ...(campaign && { campaign }),
    ...(preferences !== null && { signals: { segment_consent: consentText(preferences) } }),
    properties: {
      ...ownProperties(message, named, place.type),
      ...(hasKeys(traits.rest) && { traits: traits.rest }),
      ...restOf(message, context, { named, tool: place.tool }),
    },
  };
}

const eventExpected = `expected an event name of 1 to ${maxNameCharacters} characters`;

function isObjectOrAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null || isJsonObject(value);
}

function within(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

type Named = ReturnType<typeof readSegmentTrack>;

function nameOf(message: JsonObject, type: SegmentType): Named | undefined {
  const properties = objectAt(message, 'properties');
  if (type === 'page') return { name: 'page_view', isRenamed: false, properties: { ...properties } };
  if (type === 'screen') return { name: 'screen_view', isRenamed: false, properties: { ...properties } };
  if (type !== 'track') return { name: type, isRenamed: false, properties: { ...properties } };
  const { event } = message;
  if (typeof event !== 'string' || event.trim() === '' || event.length > maxNameCharacters) return undefined;
  return readSegmentTrack(event, properties);
}

type Identity = Pick<Draft, 'id' | 'occurredAtMs' | 'sentAtMs' | 'userId' | 'clientIds'>;

function identityOf(message: JsonObject, tool: SegmentTool): Identity {
  const id = readText(message['messageId']);
  // A relayed message has Segment's own correction in `timestamp`; the client's clock is in `originalTimestamp`.
  const occurredAtMs = readTimeMs(message['originalTimestamp']) ?? readTimeMs(message['timestamp']);
  const sentAtMs = readTimeMs(message['sentAt']);
  const userId = readText(message['userId']);
  const anonymousId = readText(message['anonymousId']);
  return {
    ...(id !== undefined && id.length <= maxNameCharacters && { id }),
    ...(occurredAtMs !== undefined && { occurredAtMs }),
    ...(sentAtMs !== undefined && { sentAtMs }),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { clientIds: { [tool]: anonymousId } }),
  };
}

/** A page call repeats the page among its properties, where the site may have changed it: they win. */
function pageOf(message: JsonObject, context: JsonObject, type: SegmentType): Page | undefined {
  const own = type === 'page' ? objectAt(message, 'properties') : {};
  const seen = objectAt(context, 'page');
  const url = readText(own['url']) ?? readText(seen['url']);
  const referrer = readText(own['referrer']) ?? readText(seen['referrer']);
  const title = readText(own['title']) ?? readText(seen['title']);
  const page: Page = {
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
    ...(title !== undefined && { title }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

/** A group's traits are those of a company: no contact data of the visitor's, but its name is not personal. */
function traitsOf(
  message: JsonObject,
  context: JsonObject,
  type: SegmentType,
): { readonly contact?: Contact; readonly rest: JsonObject } {
  const own = objectAt(message, 'traits');
  const person = objectAt(context, 'traits');
  if (type !== 'group') return splitContact({ ...person, ...own });
  const { contact } = splitContact(person);
  const { rest } = splitContact(own);
  const name = readText(own['name']);
  return { ...(contact && { contact }), rest: name === undefined ? rest : { name, ...rest } };
}

const maxCampaignFields = 20;

function campaignOf(campaign: JsonObject): Draft['campaign'] {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(campaign).slice(0, maxCampaignFields)) {
    const text = readText(value);
    if (text !== undefined) found[key === 'name' ? 'campaign' : key] = text;
  }
  return hasKeys(found) ? found : undefined;
}

type Client = Pick<Draft, 'screen' | 'language' | 'userAgent' | 'ip'>;

/** What a server says of the client counts; a browser's own request says the same more truly. */
function clientOf(context: JsonObject, sentBy: Draft['sentBy']): Client {
  const { width, height } = objectAt(context, 'screen');
  const hasScreen = readNumber(width) !== undefined && readNumber(height) !== undefined;
  // Some browsers append the C library's variant to the locale: `en-US@posix`.
  const language = readText(context['locale'])?.split('@')[0]?.replace('_', '-');
  const userAgent = sentBy === 'server' ? readText(context['userAgent']) : undefined;
  const ip = sentBy === 'server' ? readText(context['ip']) : undefined;
  return {
    ...(hasScreen && { screen: `${width}x${height}` }),
    ...(language !== undefined && language !== '' && { language }),
    ...(userAgent !== undefined && { userAgent }),
    ...(ip !== undefined && { ip }),
  };
}

const pageKeys = new Set(['url', 'referrer', 'title', 'path', 'search']);

function ownProperties(message: JsonObject, named: Named, type: SegmentType): OpenObject {
  const isPage = type === 'page' && typeof named.properties['url'] === 'string';
  const properties = isPage ? withoutKeys(named.properties, pageKeys) : { ...named.properties };
  const name = readText(message['name']);
  const category = readText(message['category']);
  if (name !== undefined) properties[type === 'screen' ? 'screen_name' : 'name'] ??= name;
  if (category !== undefined) properties['category'] ??= category;
  for (const key of ['groupId', 'previousId']) {
    const id = readText(message[key]);
    if (id !== undefined) properties[key] = id;
  }
  return properties;
}

const readKeys = new Set([
  'type',
  'event',
  'name',
  'category',
  'messageId',
  'timestamp',
  'originalTimestamp',
  'sentAt',
  'receivedAt',
  'userId',
  'anonymousId',
  'previousId',
  'groupId',
  'properties',
  'traits',
  'context',
  'writeKey',
]);
const readContextKeys = new Set([
  'page',
  'traits',
  'campaign',
  'locale',
  'screen',
  'ip',
  'userAgent',
  'consent',
  'device',
]);
/** Advertising ids and push tokens hang on more consent than properties do. */
const privateDeviceKeys = new Set(['advertisingId', 'token']);

function restOf(
  message: JsonObject,
  context: JsonObject,
  { named, tool }: { readonly named: Named; readonly tool: SegmentTool },
): JsonObject {
  const kept = withoutKeys(context, readContextKeys);
  const page = withoutKeys(objectAt(context, 'page'), pageKeys);
  const device = withoutKeys(objectAt(context, 'device'), privateDeviceKeys);
  if (hasKeys(page)) kept['page'] = page;
  if (hasKeys(device)) kept['device'] = device;
  const rest = withoutKeys(message, readKeys);
  if (named.isRenamed) put(rest, 'event', message['event'] ?? null);
  if (hasKeys(kept)) rest['context'] = kept;
  return hasKeys(rest) ? { [tool]: rest } : {};
}
