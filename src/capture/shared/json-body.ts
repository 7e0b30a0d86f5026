import type { Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { maxDepth, maxParameters } from './limits.ts';

// Fatal: a decoder that repairs would store text that nobody sent. A byte order mark is skipped.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text, or why it is none. */
export function readTextBody(body: Uint8Array): { readonly text: string } | Reject {
  try {
    return { text: utf8.decode(body) };
  } catch {
    return { reason: 'refused_encoding', at: 'body', message: 'not valid UTF-8' };
  }
}

/** The body as JSON of any content type, or why it is none. Its parts are checked by `findExcess`, event by event. */
export function readJsonBody(body: Uint8Array): { readonly json: Json } | Reject {
  const read = readTextBody(body);
  if ('reason' in read) return read;
  if (read.text.trim() === '') return malformed('empty; JSON is expected');
  return readJson(read.text) ?? malformed('not valid JSON');
}

/** The value that the text holds, or null where it is not JSON. */
export function readJson(text: string): { readonly json: Json } | null {
  try {
    const json: Json = JSON.parse(text);
    return { json };
  } catch {
    return null;
  }
}

/**
 * What makes a parsed value unfit to be kept: too deep, too wide, or a number that JSON cannot write again; null where
 * nothing does. Drops every `__proto__` key on its way, so that no later copy by assignment can set a prototype.
 */
export function findExcess(value: Json, at: string, depth = 0): Reject | null {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { reason: 'refused_invalid', at, message: 'a number is too large' };
  if (typeof value !== 'object' || value === null) return null;
  if (depth === maxDepth)
    return { reason: 'refused_malformed', at, message: `nested deeper than ${maxDepth} levels` };
  const parts = isJsonObject(value) ? valuesOf(value) : value;
  if (parts.length > maxParameters) {
    const message = `${parts.length} entries in one object or array; at most ${maxParameters} are allowed`;
    return { reason: 'refused_too_many', at, message };
  }
  for (const part of parts) {
    const found = findExcess(part, at, depth + 1);
    if (found) return found;
  }
  return null;
}

function valuesOf(object: JsonObject): readonly Json[] {
  if (Object.hasOwn(object, '__proto__')) Reflect.deleteProperty(object, '__proto__');
  return Object.values(object);
}

function malformed(message: string): Reject {
  return { reason: 'refused_malformed', at: 'body', message };
}
