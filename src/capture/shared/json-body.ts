import { isUtf8 } from 'node:buffer';
import type { Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { maxDepth, maxParameters } from './limits.ts';

/** The body as text, or why it is none: a decoder that repairs would store text that nobody sent. */
export function readTextBody(body: Uint8Array): { readonly text: string } | Reject {
  if (!isUtf8(body)) return { reason: 'refused_encoding', at: 'body', message: 'not valid UTF-8' };
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  return { text: text.startsWith('\ufeff') ? text.slice(1) : text };
}

/** The body as JSON of any content type, or why it is none. Its parts are checked by `findExcess`, event by event. */
export function readJsonBody(body: Uint8Array): { readonly json: Json } | Reject {
  const read = readTextBody(body);
  if ('reason' in read) return read;
  const parsed = readJson(read.text);
  if (parsed !== null) return parsed;
  return malformed(read.text.trim() === '' ? 'empty; JSON is expected' : 'not valid JSON');
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
export function findExcess(value: Json, at: string): Reject | null {
  return isFit(value, 0) ? null : describeExcess(value, at, 0);
}

/** The same question without the words; a `__proto__` key makes it false. */
function isFit(value: Json, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === maxDepth) return false;
  if (!isJsonObject(value))
    return value.length <= maxParameters && value.every((part) => isFit(part, depth + 1));
  let parts = 0;
  for (const key in value) {
    parts += 1;
    const part = value[key];
    if (part !== undefined && !isFit(part, depth + 1)) return false;
    if (key === '__proto__') return false;
  }
  return parts <= maxParameters;
}

function describeExcess(value: Json, at: string, depth: number): Reject | null {
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
    const found = describeExcess(part, at, depth + 1);
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
