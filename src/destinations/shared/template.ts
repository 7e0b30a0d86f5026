import { z } from 'zod';
import { type Event, eventSchema } from '../../model/event.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { presentOf } from './payload.ts';

/** The keys from the event's root to one value; an entry of a list by its number. */
type Path = readonly string[];

/** A text with references to the event: what stands between them, and the paths. */
export type TextTemplate = readonly (string | Path)[];

/** A JSON value with references to the event, read once when the configuration is. */
export type BodyTemplate =
  | { readonly kind: 'constant'; readonly value: Json }
  /** The value itself, whatever its type; left out where it is not there. */
  | { readonly kind: 'value'; readonly path: Path }
  | { readonly kind: 'text'; readonly parts: TextTemplate }
  | { readonly kind: 'list'; readonly entries: readonly BodyTemplate[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, BodyTemplate])[] };

const reference = /\{\{([^{}]*)\}\}/g;
const maxKeys = 12;
const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A zod field for a text that may name fields of the event as `{{commerce.value}}`; there is no code in it. */
export const textTemplateSchema = z
  .string()
  .min(1)
  .superRefine(refuseUnknown)
  .transform((text): TextTemplate => partsOf(text));

/** A zod field for a JSON object whose texts may name fields of the event as `{{commerce.value}}`. */
export const bodyTemplateSchema = z
  .record(z.string(), z.json())
  .superRefine((body, context) => {
    for (const text of textsIn(body)) refuseUnknown(text, context);
  })
  .transform((body): BodyTemplate => compile(body));

/** The text for one event, each value through `escaped`; what is not there is empty. */
export function fillText(
  template: TextTemplate,
  event: Event,
  escaped: (text: string) => string = (text) => text,
): string {
  return template
    .map((part) => (typeof part === 'string' ? part : escaped(plainText(valueAt(event, part)))))
    .join('');
}

/** The body for one event; undefined where all of it is one value that is not there. */
export function fillBody(template: BodyTemplate, event: Event): Json | undefined {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'value':
      return valueAt(event, template.path);
    case 'text':
      return fillText(template.parts, event);
    case 'list':
      return template.entries.flatMap((entry) => {
        const filled = fillBody(entry, event);
        return filled === undefined ? [] : [filled];
      });
    case 'object':
      return presentOf(template.entries.map(([key, entry]) => [key, fillBody(entry, event)] as const));
  }
}

function compile(value: Json): BodyTemplate {
  if (typeof value === 'string') {
    const parts = partsOf(value);
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'object') return { kind: 'value', path: only };
    return parts.some((part) => typeof part === 'object')
      ? { kind: 'text', parts }
      : { kind: 'constant', value };
  }
  if (typeof value !== 'object' || value === null) return { kind: 'constant', value };
  if (isList(value)) return { kind: 'list', entries: value.map(compile) };
  return {
    kind: 'object',
    entries: Object.entries(value).map(([key, below]) => [key, compile(below)] as const),
  };
}

function partsOf(text: string): TextTemplate {
  const parts: (string | Path)[] = [];
  let end = 0;
  for (const found of text.matchAll(reference)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push((found[1] ?? '').trim().split('.'));
    end = found.index + found[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function* textsIn(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const below of Object.values(value)) yield* textsIn(below);
}

function refuseUnknown(text: string, context: z.core.$RefinementCtx): void {
  for (const part of partsOf(text)) {
    if (typeof part === 'string' || isKnown(eventSchema, part)) continue;
    const name = part.join('.').slice(0, 80);
    context.addIssue({
      code: 'custom',
      message: `\`{{${name}}}\` is not a field of the event, such as \`{{commerce.value}}\` or \`{{properties.plan}}\``,
    });
  }
}

/** Whether the event's schema has the path; below `properties` and other free records anything may be. */
function isKnown(schema: unknown, path: Path): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (key === '' || path.length > maxKeys || unsafeKeys.has(key)) return false;
  if (schema instanceof z.ZodExactOptional) return isKnown(schema.unwrap(), path);
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = schema.shape;
    return Object.hasOwn(shape, key) && isKnown(shape[key], rest);
  }
  if (schema instanceof z.ZodArray) return /^\d{1,4}$/.test(key) && isKnown(schema.element, rest);
  return schema instanceof z.ZodRecord && rest.every((below) => below !== '' && !unsafeKeys.has(below));
}

function valueAt(event: Event, path: Path): Json | undefined {
  let value: Json | undefined = { ...event };
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = isList(value) ? value[Number(key)] : value[key];
  }
  return value;
}

function plainText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
