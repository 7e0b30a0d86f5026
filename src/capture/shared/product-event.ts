import type { Commerce, Page } from '../../model/event.ts';
import type { Draft } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { type OpenObject, put, readNumber, readText, take } from './fields.ts';
import { ga4ItemNames, readItem } from './items.ts';
import { readSegmentTrack } from './segment-commerce.ts';

/** Where a product analytics tool keeps, among an event's properties, what an event has fields for. */
export interface ProductNames {
  /** The tool's own event names, in ours. */
  readonly events: ReadonlyMap<string, string>;
  readonly url: readonly string[];
  readonly referrer: readonly string[];
  readonly title: readonly string[];
  readonly width: string;
  readonly height: string;
  readonly language: readonly string[];
  readonly userAgent: readonly string[];
  readonly ip: readonly string[];
  /** Secrets and what is stated elsewhere too: not kept. */
  readonly dropped: ReadonlySet<string>;
}

/** What the properties of an event say, in our fields. */
export type ProductEvent = Pick<
  Draft,
  'name' | 'page' | 'commerce' | 'screen' | 'language' | 'userAgent' | 'ip' | 'properties'
>;

/**
 * Reads an event of a product analytics tool. Its campaign labels stay properties: these tools repeat them on every
 * event of a visitor, so they tell nothing of this one; the page's address does.
 */
export function readProductEvent(
  {
    event,
    properties,
    sentBy,
  }: { readonly event: string; readonly properties: JsonObject; readonly sentBy: Draft['sentBy'] },
  names: ProductNames,
): ProductEvent {
  const rest = withoutNothing(properties, names.dropped);
  const page = takePage(rest, names);
  const screen = takeScreen(rest, names);
  const language = takeFirst(rest, names.language)?.split('@')[0];
  const userAgent = takeFirst(rest, names.userAgent);
  const ip = takeFirst(rest, names.ip);
  const known = names.events.get(event);
  const track = readSegmentTrack(known ?? event, rest);
  const items = takeItems(track.properties);
  const transactionId = take(track.properties, 'transaction_id', readText);
  const commerce: Commerce = {
    ...track.commerce,
    ...(transactionId !== undefined && { transactionId }),
    ...(items && { items }),
  };
  if (known === undefined && track.isRenamed) put(track.properties, 'event', event);
  return {
    name: track.name,
    ...(page && { page }),
    ...(Object.keys(commerce).length > 0 && { commerce }),
    ...(screen !== undefined && { screen }),
    ...(language !== undefined && language !== '' && { language }),
    // Of a browser the request itself tells both more truly.
    ...(sentBy === 'server' && userAgent !== undefined && { userAgent }),
    ...(sentBy === 'server' && ip !== undefined && { ip }),
    properties: track.properties,
  };
}

/** Copies the properties; trackers write what they have not as null. */
function withoutNothing(properties: JsonObject, dropped: ReadonlySet<string>): OpenObject {
  const kept: OpenObject = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value !== null && !dropped.has(key)) put(kept, key, value);
  }
  return kept;
}

function takePage(rest: OpenObject, { url, referrer, title }: ProductNames): Page | undefined {
  const address = takeFirst(rest, url);
  const from = takeFirst(rest, referrer);
  const name = takeFirst(rest, title);
  const page: Page = {
    ...(address !== undefined && { url: address }),
    // Said of a visitor who came from nowhere.
    ...(from !== undefined && from !== '$direct' && { referrer: from }),
    ...(name !== undefined && { title: name }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

function takeScreen(rest: OpenObject, { width, height }: ProductNames): string | undefined {
  const [across, down] = [readNumber(rest[width]), readNumber(rest[height])];
  if (across === undefined || down === undefined) return undefined;
  delete rest[width];
  delete rest[height];
  return `${across}x${down}`;
}

/** The first that is there; all of them are taken out, for they say the same. */
function takeFirst(rest: OpenObject, keys: readonly string[]): string | undefined {
  const found = keys.map((key) => take(rest, key, readText));
  return found.find((text) => text !== undefined);
}

/** GA4's list of items, which many sites send to every tool. */
function takeItems(rest: OpenObject): Commerce['items'] {
  const { items } = rest;
  if (!isItems(items)) return undefined;
  delete rest['items'];
  return items.map((item) => readItem(item, ga4ItemNames));
}

function isItems(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}
