import type { Commerce } from '../../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { type OpenObject, put, readCurrency, readNumber, readText, take } from './fields.ts';
import { type ItemNames, readItem } from './items.ts';

/**
 * Segment's ecommerce events that have a GA4 counterpart, by lower-case name. Segment, "V2 Ecommerce Events", and
 * Google, "Recommended events", both 2026-11-23. Steps, filters, coupons, reviews and cancellations have none.
 */
const names: ReadonlyMap<string, string> = new Map([
  ['products searched', 'search'],
  ['product list viewed', 'view_item_list'],
  ['promotion viewed', 'view_promotion'],
  ['promotion clicked', 'select_promotion'],
  ['product clicked', 'select_item'],
  ['product viewed', 'view_item'],
  ['product added', 'add_to_cart'],
  ['product removed', 'remove_from_cart'],
  ['cart viewed', 'view_cart'],
  ['checkout started', 'begin_checkout'],
  ['payment info entered', 'add_payment_info'],
  ['order completed', 'purchase'],
  ['order refunded', 'refund'],
  ['product added to wishlist', 'add_to_wishlist'],
  ['wishlist product added to cart', 'add_to_cart'],
  ['product shared', 'share'],
  ['cart shared', 'share'],
]);

/** Parameters of those events that GA4 has under another name. */
const renames: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['search', new Map([['query', 'search_term']])],
  ['view_item_list', new Map([['list_id', 'item_list_id']])],
  ['view_promotion', promotionNames()],
  ['select_promotion', promotionNames()],
  ['add_payment_info', new Map([['payment_method', 'payment_type']])],
  ['share', new Map([['share_via', 'method']])],
]);

function promotionNames(): ReadonlyMap<string, string> {
  return new Map([
    ['name', 'promotion_name'],
    ['creative', 'creative_name'],
    ['position', 'creative_slot'],
  ]);
}

const itemNames: ItemNames = {
  id: ['product_id', 'sku', 'id'],
  name: ['name'],
  brand: ['brand'],
  category: ['category'],
  variant: ['variant'],
  coupon: ['coupon'],
  price: ['price'],
  quantity: ['quantity'],
  discount: ['discount'],
  index: ['position'],
};

/** The events whose properties are one product, instead of a list under `products`. */
const singleProduct = new Set([
  'product clicked',
  'product viewed',
  'product added',
  'product removed',
  'product added to wishlist',
  'wishlist product added to cart',
  'product shared',
]);

const productKeys = new Set([...Object.values(itemNames).flat(), 'url', 'image_url']);

/** A track call's name, commerce and what is left of its properties. */
export interface SegmentTrack {
  readonly name: string;
  /** True: the name was Segment's and is now GA4's. */
  readonly isRenamed: boolean;
  readonly commerce?: Commerce;
  readonly properties: OpenObject;
}

/** Reads a track call in the terms of GA4. A property of the wrong type stays among the properties. */
export function readSegmentTrack(event: string, properties: JsonObject): SegmentTrack {
  const known = event.toLowerCase();
  const name = names.get(known) ?? event;
  const rest: OpenObject = { ...properties };
  const items = takeItems(rest, known);
  const commerce = takeCommerce(rest, items);
  const renamed = renames.get(name);
  if (renamed && name !== event) rename(rest, renamed);
  return { name, isRenamed: name !== event, ...(commerce && { commerce }), properties: rest };
}

function takeItems(rest: OpenObject, event: string): Commerce['items'] {
  const { products } = rest;
  if (isProducts(products)) {
    delete rest['products'];
    return products.map((product) => readItem(product, itemNames));
  }
  if (!singleProduct.has(event)) return undefined;
  const product: OpenObject = {};
  for (const [key, value] of Object.entries(rest)) {
    if (!productKeys.has(key)) continue;
    put(product, key, value);
    delete rest[key];
  }
  return Object.keys(product).length > 0 ? [readItem(product, itemNames)] : undefined;
}

function isProducts(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

/** `revenue` is without tax and shipping, which is what GA4 wants as value; `total` is with both, and the last resort. */
function takeCommerce(rest: OpenObject, items: Commerce['items']): Commerce | undefined {
  const value =
    take(rest, 'revenue', readNumber) ?? take(rest, 'value', readNumber) ?? take(rest, 'total', readNumber);
  const currency = take(rest, 'currency', readCurrency);
  const transactionId = take(rest, 'order_id', readText);
  const coupon = take(rest, 'coupon', readText);
  const tax = take(rest, 'tax', readNumber);
  const shipping = take(rest, 'shipping', readNumber);
  const commerce: Commerce = {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    ...(items && { items }),
    ...(coupon !== undefined && { coupon }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
  return Object.keys(commerce).length > 0 ? commerce : undefined;
}

function rename(rest: OpenObject, renamed: ReadonlyMap<string, string>): void {
  for (const [from, to] of renamed) {
    const value = rest[from];
    if (value === undefined || rest[to] !== undefined) continue;
    delete rest[from];
    rest[to] = value;
  }
}
