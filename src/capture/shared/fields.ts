import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { maxConsentCharacters } from './limits.ts';

/** A JSON object that is still being filled. */
export type OpenObject = Record<string, Json>;

/** Sets a key that came from outside; `__proto__` is dropped, for an assignment to it would set the prototype. */
export function put(target: OpenObject, key: string, value: Json): void {
  if (key !== '__proto__') target[key] = value;
}

/** True where the object has at least one key. */
export function hasKeys(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}

/** The entries whose keys are not among the known ones. */
export function withoutKeys(object: JsonObject, known: { has(key: string): boolean }): OpenObject {
  const rest: OpenObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined && !known.has(key)) put(rest, key, value);
  }
  return rest;
}

/** The entries of all objects among the values, later ones winning. */
export function joined(values: readonly (Json | undefined)[]): OpenObject {
  const all: OpenObject = {};
  for (const value of values) {
    if (!isJsonObject(value)) continue;
    for (const [key, part] of Object.entries(value)) put(all, key, part);
  }
  return all;
}

/** Text as given; trackers write ids as numbers too. Undefined: absent, blank or another type. */
export function readText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** A finite number, also where the tracker wrote it as text. Undefined: absent or not a number. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** An ISO 4217 code in upper case. Undefined: absent or not three letters. */
export function readCurrency(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z]{3}$/i.test(value) ? value.toUpperCase() : undefined;
}

/** Moves a value out of the object; one that is not of the right type stays where it is. */
export function take<T>(
  object: OpenObject,
  key: string,
  read: (value: Json | undefined) => T | undefined,
): T | undefined {
  const found = read(object[key]);
  if (found !== undefined) delete object[key];
  return found;
}

const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** UTC milliseconds of a number of them or of an ISO 8601 time; without a zone it is UTC. Undefined: neither. */
export function readTimeMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const found = isoTime.exec(value);
  if (found === null) return undefined;
  const atMs = Date.parse(found[1] === undefined ? `${value}Z` : value);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/**
 * A consent statement as compact JSON for a consent source. One that is too long is cut, which no longer parses: an
 * unreadable statement must be seen as such, never as silence.
 */
export function consentText(statement: Json): string {
  return JSON.stringify(statement).slice(0, maxConsentCharacters);
}
