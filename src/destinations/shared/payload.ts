import type { Payload } from '../../contract/destination.ts';
import type { Event } from '../../model/event.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Refusal } from '../../model/refusal.ts';

/** The event's payload with this body, or a refusal where its JSON is larger than the platform takes. */
export function payloadOf(event: Event, body: JsonObject, maxBytes: number): Payload | Refusal {
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > maxBytes) {
    return cannotBuild(`the payload has ${bytes} bytes, more than the ${maxBytes} allowed`);
  }
  return { eventId: event.id, occurredAtMs: event.occurredAtMs, body };
}

/** The platform could take such an event, but not this one: what is missing or wrong. */
export function cannotBuild(message: string): Refusal {
  return { refused: 'build_refused', message };
}

/** The platform has no counterpart for this kind of event. */
export function notSupported(message: string): Refusal {
  return { refused: 'not_supported', message };
}

/** The one payload of a destination whose requests carry one event. */
export function onlyOne(payloads: readonly Payload[]): Payload {
  const [payload] = payloads;
  if (payload === undefined || payloads.length > 1) {
    throw new Error(`this destination sends one event per request, not ${payloads.length}`);
  }
  return payload;
}

/** The fields that have a value; keys become own properties whatever their name. */
export function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return presentOf(Object.entries(fields));
}

/** The same, from pairs; the first of two equal keys wins. */
export function presentOf(entries: Iterable<readonly [string, Json | undefined]>): JsonObject {
  const kept = new Map<string, Json>();
  for (const [key, value] of entries) {
    if (value !== undefined && !kept.has(key)) kept.set(key, value);
  }
  return Object.fromEntries(kept);
}

/** True for an object or array without anything in it. */
export function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** The text's first characters, never ending in half of a surrogate pair. */
export function cut(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(maxCharacters - 1)) ? maxCharacters - 1 : maxCharacters;
  return text.slice(0, end);
}
