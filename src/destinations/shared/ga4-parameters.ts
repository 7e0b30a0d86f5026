import type { Event, Item } from '../../model/event.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { ga4ParameterName } from './ga4-names.ts';
import { moneyOf } from './money.ts';
import { cut, present, presentOf } from './payload.ts';

/**
 * The parameters of one event: what sessions and reports need first, then the tracker's own properties as long as there
 * is room. Nested properties are left out: a value may be text, a number or a boolean.
 * Measurement Protocol reference, "Limitations", 2026-11-23.
 */
export function ga4Parameters(event: Event, fixed: JsonObject): JsonObject {
  const own = present({
    ...sessionParameters(event),
    ...fixed,
    ...pageParameters(event),
    ...commerceParameters(event),
  });
  return presentOf(take(maxParameters, [...Object.entries(own), ...customParameters(event.properties, own)]));
}

/** The session that the hit's own tag named, so that both sides count the same one, else ours. */
function sessionParameters({ properties, session, engagementMs }: Event): Record<string, Json | undefined> {
  const ownStart = session && String(Math.floor(session.startedAtMs / 1000));
  return {
    session_id: digits(properties['ga_session_id']) ?? ownStart,
    session_number: digits(properties['ga_session_number']) ?? (session && String(session.number)),
    // Without a positive time the user never shows as active.
    engagement_time_msec: Math.max(1, engagementMs ?? 1),
  };
}

function pageParameters({ page }: Event): Record<string, Json | undefined> {
  return {
    page_location: page?.url === undefined ? undefined : cut(page.url, 1000),
    page_referrer: page?.referrer === undefined ? undefined : cut(page.referrer, 420),
    page_title: page?.title === undefined ? undefined : cut(page.title, 300),
  };
}

function commerceParameters({ commerce }: Event): Record<string, Json | undefined> {
  if (commerce === undefined) return {};
  const items = (commerce.items ?? []).slice(0, maxItems).flatMap(itemOf);
  return {
    ...moneyOf(commerce),
    transaction_id: commerce.transactionId === undefined ? undefined : cut(commerce.transactionId, maxValue),
    coupon: commerce.coupon === undefined ? undefined : cut(commerce.coupon, maxValue),
    tax: commerce.tax,
    shipping: commerce.shipping,
    items: items.length === 0 ? undefined : items,
  };
}

function* customParameters(
  properties: JsonObject,
  taken: JsonObject,
): Generator<readonly [string, Json | undefined]> {
  for (const [name, value] of Object.entries(properties)) {
    const scalar = scalarOf(value);
    if (scalar === undefined) continue;
    const parameter = ga4ParameterName(name);
    if (parameter !== undefined && !Object.hasOwn(taken, parameter)) yield [parameter, scalar];
  }
}

const maxParameters = 25;
const maxItems = 200;
const maxItemExtras = 10;
const maxValue = 100;

/** One item, or none where it has neither id nor name. */
function itemOf(item: Item): readonly JsonObject[] {
  if (item.id === undefined && item.name === undefined) return [];
  const text = (value: string | undefined) => (value === undefined ? undefined : cut(value, maxValue));
  const named = present({
    item_id: text(item.id),
    item_name: text(item.name),
    item_brand: text(item.brand),
    item_category: text(item.category),
    item_variant: text(item.variant),
    coupon: text(item.coupon),
    price: item.price,
    quantity: item.quantity,
    discount: item.discount,
    index: item.index,
  });
  const extras = take(maxItemExtras, customParameters(item.extra ?? {}, named));
  return [presentOf([...Object.entries(named), ...extras])];
}

/** The first so many distinct names. */
function* take(
  most: number,
  entries: Iterable<readonly [string, Json | undefined]>,
): Generator<readonly [string, Json | undefined]> {
  const names = new Set<string>();
  for (const [name, value] of entries) {
    if (names.has(name)) continue;
    if (names.size === most) return;
    names.add(name);
    yield [name, value];
  }
}

function scalarOf(value: Json): Json | undefined {
  if (typeof value === 'string') return cut(value, maxValue);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function digits(value: Json | undefined): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value);
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined;
}
