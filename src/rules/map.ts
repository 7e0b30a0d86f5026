import type { Event } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Expression } from './language.ts';
import type { EventPath } from './path.ts';
import { eventShape, fieldOf, fits, type Shape, shapeWords } from './shape.ts';
import { ExpressionFailure } from './value.ts';

/** One change of an event on its way to a destination. Copies what it touches, changes nothing; notes what it skips. */
export type Change = (event: JsonObject, notes: string[]) => JsonObject;

/** A field and the expression that gives it its value. */
export interface Assignment {
  readonly path: EventPath;
  readonly shape: Shape;
  readonly expression: Expression;
}

/** A field and where it goes. */
export interface Move {
  readonly from: EventPath;
  readonly to: EventPath;
  readonly shape: Shape;
}

/** Sets fields. All expressions see the event as it was before; a value that is missing or does not fit is skipped. */
export function setFields(assignments: readonly Assignment[]): Change {
  return (event, notes) => {
    const scope = { event };
    let result = event;
    for (const { path, shape, expression } of assignments) {
      const value = expression.value(scope);
      if (value instanceof ExpressionFailure) {
        notes.push(`${path.join('.')} not set: ${value.message}`);
        continue;
      }
      result = put(result, { path, shape, value, notes });
    }
    return result;
  };
}

/** Moves fields, in order. What is not there is not moved; what does not fit stays where it is. */
export function moveFields(moves: readonly Move[]): Change {
  return (event, notes) =>
    moves.reduce<JsonObject>((result, { from, to, shape }) => {
      const value = readPath(result, from);
      if (value === undefined) return result;
      const moved = put(result, { path: to, shape, value, notes });
      return moved === result ? result : leaveOut(moved, from);
    }, event);
}

/** Leaves fields out; what an event is never without is emptied instead. */
export function removeFields(paths: readonly EventPath[]): Change {
  return (event) => paths.reduce(leaveOut, event);
}

/** Keeps only these fields, the consent, and what an event is never without. */
export function keepFields(paths: readonly EventPath[]): Change {
  const tree: Kept = { fields: new Map() };
  for (const path of [...paths, ['consent']]) grow(tree, path);
  return (event) => {
    const kept = keep(event, tree, eventShape);
    return isJsonObject(kept) ? kept : event;
  };
}

/** True when a changed event is still an event. */
export function isEvent(value: Json): value is Json & Event {
  return fits(eventShape, value);
}

/** The value at a path; where the path goes through a list, the values of its entries; undefined: not there. */
export function readPath(value: Json, path: EventPath): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (isList(value)) {
    return value.map((entry) => readPath(entry, path)).filter((found) => found !== undefined);
  }
  const next = own(value, key);
  return next === undefined ? undefined : readPath(next, rest);
}

interface Put {
  readonly path: EventPath;
  readonly shape: Shape;
  readonly value: Json;
  readonly notes: string[];
}

function put(event: JsonObject, { path, shape, value, notes }: Put): JsonObject {
  const name = path.join('.');
  if (!fits(shape, value)) {
    notes.push(`${name} not set: it takes ${shapeWords(shape)}`);
    return event;
  }
  const result = place(event, path, value, eventShape);
  if (result === undefined) notes.push(`${name} not set: there is nothing to set it on`);
  return result ?? event;
}

/** Copies along the path. A missing parent is made where an empty one is valid; undefined where it is not. */
function place(parent: Json, path: EventPath, value: Json, shape: Shape): JsonObject | undefined {
  const [key, ...rest] = path;
  if (key === undefined || !isJsonObject(parent)) return undefined;
  if (rest.length === 0) return { ...parent, [key]: value };
  const below = fieldOf(shape, key);
  if (below === undefined) return undefined;
  const present = own(parent, key);
  if (present === undefined && !fits(below, {})) return undefined;
  const placed = place(present ?? {}, rest, value, below);
  return placed === undefined ? undefined : { ...parent, [key]: placed };
}

function leaveOut(event: JsonObject, path: EventPath): JsonObject {
  const result = without(event, path, 0, eventShape);
  return isJsonObject(result) ? result : event;
}

function without(value: Json, path: EventPath, at: number, shape: Shape): Json {
  if (isList(value)) {
    const entry = shape.kind === 'list' ? shape.of : shape;
    return value.map((item) => without(item, path, at, entry));
  }
  const key = path[at];
  const present = key === undefined ? undefined : own(value, key);
  if (key === undefined || present === undefined || !isJsonObject(value)) return value;
  const below = fieldOf(shape, key) ?? { kind: 'open' };
  if (at < path.length - 1) return { ...value, [key]: without(present, path, at + 1, below) };
  if (isRequired(shape, key)) return { ...value, [key]: bare(present, below) };
  const { [key]: _left, ...rest } = value;
  return rest;
}

/** A value cut down to what its place is never without: required fields, with empty maps. */
function bare(value: Json, shape: Shape): Json {
  if (shape.kind === 'record' || shape.kind === 'open') return isJsonObject(value) ? {} : value;
  if (shape.kind !== 'object') return value;
  return keep(value, { fields: new Map() }, shape);
}

interface Kept {
  readonly fields: Map<string, Kept>;
  isWhole?: true;
}

function grow(tree: Kept, path: EventPath): void {
  let node = tree;
  for (const key of path) {
    const next: Kept = node.fields.get(key) ?? { fields: new Map() };
    node.fields.set(key, next);
    node = next;
  }
  node.isWhole = true;
}

function keep(value: Json, tree: Kept, shape: Shape): Json {
  if (tree.isWhole === true) return value;
  if (isList(value)) {
    const entry = shape.kind === 'list' ? shape.of : shape;
    return value.map((item) => keep(item, tree, entry));
  }
  if (!isJsonObject(value)) return value;
  const kept: [string, Json][] = [];
  for (const [key, present] of Object.entries(value)) {
    const below = fieldOf(shape, key) ?? { kind: 'open' };
    const branch = tree.fields.get(key);
    if (branch !== undefined) kept.push([key, keep(present, branch, below)]);
    else if (isRequired(shape, key)) kept.push([key, bare(present, below)]);
  }
  return Object.fromEntries(kept);
}

function isRequired(shape: Shape, key: string): boolean {
  return shape.kind === 'object' && shape.fields.get(key)?.isRequired === true;
}

function own(value: Json, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
