import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { takeLink } from './link-address.ts';

/**
 * The same object without the hand-overs in its texts: trackers repeat the page's address among an event's properties,
 * and name the link that was followed. Itself where there is none.
 */
export function withoutLinks(object: JsonObject, parameter: string): JsonObject {
  return cleanObject(object, { parameter, depth: 0 });
}

/** No protocol lets JSON through that nests deeper. */
const maxDepth = 32;

interface Place {
  readonly parameter: string;
  readonly depth: number;
}

function cleanObject(object: JsonObject, place: Place): JsonObject {
  let isClean = true;
  const entries = Object.entries(object).map(([key, value]) => {
    const clean = cleanValue(value, place);
    isClean &&= clean === value;
    return [key, clean] as const;
  });
  // Never an assignment: a key such as `__proto__` stays a key.
  return isClean ? object : Object.fromEntries(entries);
}

function cleanValue(value: Json, { parameter, depth }: Place): Json {
  if (typeof value === 'string') return takeLink(value, parameter)?.address ?? value;
  if (typeof value !== 'object' || value === null || depth >= maxDepth) return value;
  const inside: Place = { parameter, depth: depth + 1 };
  if (isJsonObject(value)) return cleanObject(value, inside);
  const items = value.map((item) => cleanValue(item, inside));
  return items.every((item, at) => item === value[at]) ? value : items;
}
