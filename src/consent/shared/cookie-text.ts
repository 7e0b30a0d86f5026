import type { Hit } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';

/** No consent record is this long; a browser itself stops at 4,096 bytes for a cookie (RFC 6265bis, 2026-11-24). */
export const maxRecordLength = 16_384;

/**
 * Reads a cookie's value as it came, else percent-decoded once, else twice: consent managers encode none, one or two times,
 * and what read the Cookie header may have decoded once. Null: no reading fits, or the value is too long to be read.
 */
export function firstReading<T>(value: string, read: (text: string) => T | null): T | null {
  if (value.length > maxRecordLength) return null;
  let text: string | null = value;
  for (let decoded = 0; text !== null; decoded++) {
    const found = read(text);
    if (found !== null || decoded === 2 || !text.includes('%')) return found;
    text = decode(text);
  }
  return null;
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/** A cookie's value as a JSON object; null: it is none. */
export function jsonReading(value: string): JsonObject | null {
  return firstReading(value, parseJsonObject);
}

/** What pages keep in local storage is longer than any cookie: one entry for each service, with its history. */
export const maxStoredLength = 65_536;

/** A text of bounded length as a JSON object; null: it is not one. */
export function parseJsonObject(text: string): JsonObject | null {
  if (text.length > maxStoredLength || text.trimStart()[0] !== '{') return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** A key's own value; a name such as `constructor` finds nothing. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A key's own value where that is an object. */
export function ownObject(object: JsonObject, key: string): JsonObject | null {
  const value = own(object, key);
  return isJsonObject(value) ? value : null;
}

/** A cookie's value as the browser sent it, before anything was decoded; null: the header does not have it. */
export function rawCookie({ cookie = '' }: Hit['headers'], name: string): string | null {
  const start = `${name}=`;
  for (let at = cookie.indexOf(start); at >= 0; at = cookie.indexOf(start, at + 1)) {
    if (at > 0 && cookie[at - 1] !== ' ' && cookie[at - 1] !== ';') continue;
    const end = cookie.indexOf(';', at);
    return cookie.slice(at + start.length, end < 0 ? undefined : end).trim();
  }
  return null;
}

/** The cookies whose names begin so, by the rest of the name. */
export function cookiesAfter(
  cookies: Hit['cookies'],
  prefix: string,
): readonly (readonly [string, string])[] {
  return Object.entries(cookies).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined && value !== ''
      ? [[name.slice(prefix.length), value] as const]
      : [],
  );
}
