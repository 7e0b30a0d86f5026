import type { Event, Item } from '../../model/event.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { pseudonymOf } from './conversion.ts';
import { cut, present, presentOf } from './payload.ts';

/** How much of a property an analytics tool keeps. */
export interface PropertyLimits {
  readonly maxCharacters: number;
  readonly maxDepth: number;
  /** Entries of one object or array. */
  readonly maxEntries: number;
  /** Names that mean something to the tool itself, which a tracker's own property must not say. */
  readonly reserved: RegExp;
}

/** Who did it, as an analytics tool may know it. */
export interface Identity {
  readonly userId?: string;
  readonly deviceId?: string;
}

/**
 * The site's own id for a logged-in user, and the browser's id: the one that the tool's own tag gave it where the tracker
 * sent that, else a pseudonym. An e-mail address as user id stays here, and so do placeholders, which would make one
 * user of many.
 */
export function identityOf(event: Event, tool: string): Identity {
  const { visitor } = event;
  if (visitor === undefined) return {};
  const own = visitor.clientIds[tool];
  const deviceId = own !== undefined && deviceIdPattern.test(own) ? own : pseudonymOf(event, tool);
  return {
    ...(isUserId(visitor.userId) && { userId: visitor.userId }),
    ...(deviceId !== undefined && { deviceId }),
  };
}

const deviceIdPattern = /^[\w.:-]{5,200}$/;
const maxUserIdCharacters = 200;

// What Mixpanel and PostHog refuse or merge into one person, and what templates leave behind; 2026-11-24.
const placeholders = new Set([
  '[object object]',
  ...`-1 0 [] {} 00000000-0000-0000-0000-000000000000 anon anonymous backfill_id
  distinct_id distinctid email false guest id lmy47d n/a na nan nil no_user none not_authenticated null true undefined
  unknown`.split(/\s+/),
]);

function isUserId(userId: string | undefined): userId is string {
  if (userId === undefined || userId.trim() === '' || userId.length > maxUserIdCharacters) return false;
  return !userId.includes('@') && !placeholders.has(userId.trim().toLowerCase());
}

/** Commerce and the tracker's own properties under GA4's names, within the limits; the first of two equal names wins. */
export function eventProperties(event: Event, limits: PropertyLimits): JsonObject {
  const own = Object.entries(event.properties).filter(([name]) => !limits.reserved.test(name));
  const entries = [...Object.entries(commerceProperties(event)), ...own].slice(0, limits.maxEntries);
  return presentOf(
    entries.map(([name, value]) => [cut(name, limits.maxCharacters), within(value, limits)] as const),
  );
}

function commerceProperties({ commerce }: Event): JsonObject {
  if (commerce === undefined) return {};
  const { value, currency, transactionId, coupon, tax, shipping, items } = commerce;
  return present({
    value,
    currency,
    transaction_id: transactionId,
    coupon,
    tax,
    shipping,
    items: items === undefined || items.length === 0 ? undefined : items.map(itemProperties),
  });
}

function itemProperties({ extra, ...item }: Item): JsonObject {
  return present({
    ...extra,
    item_id: item.id,
    item_name: item.name,
    item_brand: item.brand,
    item_category: item.category,
    item_variant: item.variant,
    coupon: item.coupon,
    price: item.price,
    quantity: item.quantity,
    discount: item.discount,
    index: item.index,
  });
}

/** The labels and click ids of what brought the visitor; labels only where the site's own links carried them. */
export function campaignProperties({ campaign }: Event): JsonObject {
  const touch = campaign.touch ?? campaign.session;
  if (touch === undefined) return {};
  const isLabelled = touch.kind === 'campaign';
  const clickIds = Object.entries(touch.clickIds).map(([name, { value }]) => [name, value] as const);
  return presentOf([
    ['utm_source', isLabelled ? touch.source : undefined],
    ['utm_medium', isLabelled ? touch.medium : undefined],
    ['utm_campaign', touch.campaign],
    ['utm_content', touch.content],
    ['utm_term', touch.term],
    ['utm_id', touch.id],
    ...clickIds,
  ]);
}

/** The value cut down to the limits; undefined where nothing is left of it. */
function within(value: Json | undefined, limits: PropertyLimits, depth = 1): Json | undefined {
  if (typeof value === 'string') return cut(value, limits.maxCharacters);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= limits.maxDepth) return undefined;
  if (Array.isArray(value)) {
    return value.slice(0, limits.maxEntries).flatMap((entry) => within(entry, limits, depth + 1) ?? []);
  }
  const entries = Object.entries(value).slice(0, limits.maxEntries);
  return presentOf(entries.map(([name, below]) => [name, within(below, limits, depth + 1)] as const));
}
