import type { z } from 'zod';
import { inputSchema, type SchemaNode } from '../config/known.ts';
import { eventSchema } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** What may stand at one place of the event; read from the event's schema, never written twice. */
export type Shape =
  | ObjectShape
  | { readonly kind: 'record'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'text'; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly isWhole: boolean }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'open' };

/** A map with known keys. */
export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, Field>;
  /** The keys of the required fields. */
  readonly required: readonly string[];
}

/** One known key of a map. */
export interface Field {
  readonly shape: Shape;
  readonly isRequired: boolean;
}

const open: Shape = { kind: 'open' };

/** The shape of the canonical event. */
export const eventShape: ObjectShape = objectShape(inputSchema(eventSchema satisfies z.ZodType));

/** The shape under one key; undefined where the key is not known. */
export function fieldOf(shape: Shape, key: string): Shape | undefined {
  if (shape.kind === 'object') return shape.fields.get(key)?.shape;
  if (shape.kind === 'record') return shape.of;
  return shape.kind === 'open' ? open : undefined;
}

/** True when a value may stand at the place of a shape, at every depth. */
export function fits(shape: Shape, value: Json): boolean {
  switch (shape.kind) {
    case 'open':
      return true;
    case 'text':
      return typeof value === 'string' && (shape.values.length === 0 || shape.values.includes(value));
    case 'number':
      return typeof value === 'number' && (!shape.isWhole || Number.isSafeInteger(value));
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return isList(value) && value.every((entry) => fits(shape.of, entry));
    case 'record':
      return isJsonObject(value) && Object.values(value).every((entry) => fits(shape.of, entry));
    case 'object':
      return isJsonObject(value) && fitsObject(shape, value);
    default:
      return shape satisfies never;
  }
}

/** A shape in a person's words. */
export function shapeWords(shape: Shape): string {
  if (shape.kind === 'text') return shape.values.length > 0 ? shape.values.join(', ') : 'text';
  if (shape.kind === 'number') return shape.isWhole ? 'a whole number' : 'a number';
  if (shape.kind === 'boolean') return 'true or false';
  if (shape.kind === 'list') return `a list of ${shapeWords(shape.of)}`;
  return shape.kind === 'open' ? 'any value' : 'a map';
}

function fitsObject(shape: ObjectShape, value: JsonObject): boolean {
  for (const key of shape.required) if (!Object.hasOwn(value, key)) return false;
  for (const key of Object.keys(value)) {
    const field = shape.fields.get(key);
    const entry = value[key];
    if (field === undefined || entry === undefined || !fits(field.shape, entry)) return false;
  }
  return true;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function objectShape(node: SchemaNode): ObjectShape {
  const required = node.required ?? [];
  const fields = Object.entries(node.properties ?? {}).map(
    ([key, field]) => [key, { shape: shapeOf(field), isRequired: required.includes(key) }] as const,
  );
  return { kind: 'object', fields: new Map(fields), required };
}

function shapeOf(node: SchemaNode | boolean): Shape {
  if (typeof node === 'boolean' || node.$ref !== undefined) return open;
  if (node.type === 'string') return { kind: 'text', values: (node.enum ?? []).map(String) };
  if (node.type === 'number') return { kind: 'number', isWhole: false };
  if (node.type === 'integer') return { kind: 'number', isWhole: true };
  if (node.type === 'boolean') return { kind: 'boolean' };
  if (node.type === 'array' && typeof node.items === 'object' && !Array.isArray(node.items)) {
    return { kind: 'list', of: shapeOf(node.items) };
  }
  if (node.type !== 'object') return open;
  if (node.properties !== undefined) return objectShape(node);
  const { additionalProperties } = node;
  return additionalProperties === undefined ? open : { kind: 'record', of: shapeOf(additionalProperties) };
}
