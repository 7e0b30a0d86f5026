import { createHmac } from 'node:crypto';
import type { Client, Commerce, Event } from '../model/event.ts';
import type { Touch } from '../model/touch.ts';
import { findClickIds, sweepClickIds } from './click-ids.ts';
import { maskContacts } from './mask-contacts.ts';
import { reducePath } from './reduce-path.ts';
import type { StoragePolicy } from './storable.ts';

/** An event that points to nobody, and the names of what is gone. */
export interface Reduced {
  readonly event: Event;
  readonly removed: readonly string[];
}

const minuteMs = 60_000;

/**
 * The event as a cookieless ping, for destinations that take one where consent does not allow the whole event: what
 * happened, to the minute, on which path, in which country, with which browser, through which channel, worth how much.
 * Copied field by field: what is not named here is gone. After what the CNIL asks of a proxy that removes identifiers
 * (June 2022): no address, no ids, nothing of other sites but their name, no parameters, nothing that tells browsers apart.
 */
export function reduceEvent(
  event: Event,
  policy: Pick<StoragePolicy, 'clickIdParameters' | 'idKey'>,
): Reduced {
  const { page, campaign, commerce } = event;
  const url = page?.url === undefined ? undefined : reducePath(page.url);
  const referrer = page?.referrer === undefined ? undefined : originOf(page.referrer);
  const bare: Event = {
    id: idOf(event, policy),
    name: event.name,
    site: event.site,
    protocol: event.protocol,
    sentBy: event.sentBy,
    occurredAtMs: toMinute(event.occurredAtMs),
    receivedAtMs: toMinute(event.receivedAtMs),
    ...((url ?? referrer) !== undefined && {
      page: { ...(url !== undefined && { url }), ...(referrer !== undefined && { referrer }) },
    }),
    campaign: campaign.touch === undefined ? {} : { touch: reduceTouch(campaign.touch) },
    consent: event.consent,
    client: reduceClient(event.client),
    ...(commerce && { commerce: reduceCommerce(commerce) }),
    properties: {},
  };
  const swept = maskContacts(sweepClickIds(bare, findClickIds(event, policy.clickIdParameters)));
  return { event: swept, removed: removedOf(event, swept) };
}

/** A site may build ids from an order or a customer, so the destination gets one that nobody can work back from. */
function idOf({ site, id }: Event, { idKey = '' }: Pick<StoragePolicy, 'idKey'>): string {
  return createHmac('sha256', idKey).update(`${site}|${id}`).digest('base64url').slice(0, 22);
}

function toMinute(timeMs: number): number {
  return Math.floor(timeMs / minuteMs) * minuteMs;
}

function originOf(address: string): string | undefined {
  const parsed = URL.parse(address);
  return parsed === null || parsed.host === '' ? undefined : `${parsed.protocol}//${parsed.host}`;
}

/** Content, term, ids and further parameters may be made for one person; the campaign is made for many. */
function reduceTouch({ kind, source, medium, campaign, channel, atMs }: Touch): Touch {
  return {
    kind,
    source,
    medium,
    ...(campaign !== undefined && { campaign }),
    clickIds: {},
    channel,
    atMs: toMinute(atMs),
  };
}

function reduceClient({ language, browser, os, device, country, isBot }: Client): Client {
  return {
    ...(language !== undefined && { language: language.split(/[-_]/, 1)[0] ?? '' }),
    ...(browser !== undefined && { browser }),
    ...(os !== undefined && { os }),
    ...(device !== undefined && { device }),
    ...(country !== undefined && { country }),
    isBot,
  };
}

/** What was bought and for how much; a coupon may be one person's. */
function reduceCommerce({ value, currency, tax, shipping, items }: Commerce): Commerce {
  return {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
    ...(items && { items: items.map(({ extra: _extra, coupon: _coupon, ...item }) => item) }),
  };
}

/** The names of the fields that the event had and its reduced copy has not, or has changed: parts of parts, no values. */
function removedOf(event: Event, reduced: Event): readonly string[] {
  return compare(event, reduced, { prefix: '', depth: 2 }).sort();
}

function compare(
  before: object,
  after: object,
  at: { readonly prefix: string; readonly depth: number },
): string[] {
  const kept = new Map<string, unknown>(Object.entries(after));
  return Object.entries(before).flatMap(([key, value]: [string, unknown]) => {
    const left = kept.get(key);
    if (Object.is(value, left) || isEmpty(value)) return [];
    const name = `${at.prefix}${key}`;
    const isOpen = at.depth > 1 && named.has(key) && isObject(value) && isObject(left);
    return isOpen
      ? compare(value, left, { prefix: `${name}.`, depth: at.depth - 1 })
      : isSame(value, left)
        ? []
        : [name];
  });
}

/** Parts whose fields have names of ours; keys elsewhere may be the visitor's own words. */
const named: ReadonlySet<string> = new Set(['page', 'campaign', 'client', 'commerce']);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
