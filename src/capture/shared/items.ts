import type { Item } from '../../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { hasKeys, type OpenObject, put, readNumber, readText } from './fields.ts';

const textFields = ['id', 'name', 'brand', 'category', 'variant', 'coupon'] as const;
const numberFields = ['price', 'quantity', 'discount', 'index'] as const;

type TextField = (typeof textFields)[number];
type NumberField = (typeof numberFields)[number];

/** The names a tracker has for each item field; the first that is present is taken. */
export type ItemNames = Readonly<Record<TextField | NumberField, readonly string[]>>;

/** Our own names, and GA4's (developers.google.com, ecommerce parameters, 2026-11-23). */
export const ga4ItemNames: ItemNames = {
  id: ['id', 'item_id'],
  name: ['name', 'item_name'],
  brand: ['brand', 'item_brand'],
  category: ['category', 'item_category'],
  variant: ['variant', 'item_variant'],
  coupon: ['coupon'],
  price: ['price'],
  quantity: ['quantity'],
  discount: ['discount'],
  index: ['index'],
};

/** One item; what has no field of its own, or not its type, stays under `extra`. */
export function readItem(raw: JsonObject, names: ItemNames): Item {
  const item: { -readonly [K in TextField]?: string } & { -readonly [K in NumberField]?: number } = {};
  const used = new Set<string>();
  for (const field of textFields) {
    const found = firstOf(raw, names[field], readText);
    if (found === undefined) continue;
    item[field] = found.value;
    used.add(found.name);
  }
  for (const field of numberFields) {
    const found = firstOf(raw, names[field], readNumber);
    if (found === undefined) continue;
    item[field] = found.value;
    used.add(found.name);
  }
  const extra = extraOf(raw, used);
  return hasKeys(extra) ? { ...item, extra } : item;
}

function firstOf<T>(
  raw: JsonObject,
  names: readonly string[],
  read: (value: Json | undefined) => T | undefined,
): { readonly name: string; readonly value: T } | undefined {
  for (const name of names) {
    const value = read(raw[name]);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** What is left; `extra` itself is opened, for our own JSON may state it. */
function extraOf(raw: JsonObject, used: ReadonlySet<string>): JsonObject {
  const extra: OpenObject = {};
  for (const [key, value] of Object.entries(raw)) {
    if (used.has(key) || value === null) continue;
    if (key === 'extra' && isJsonObject(value)) Object.assign(extra, value);
    else put(extra, key, value);
  }
  return extra;
}
