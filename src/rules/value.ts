import {
  type ASTNode,
  type Environment,
  EvaluationError,
  Optional,
  type ParseResult,
  serialize,
} from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../model/json.ts';
import { certainReads, openHas } from './ast.ts';
import type { EventPath } from './path.ts';
import { eventShape, type Field, type Shape } from './shape.ts';

/** Why an expression gave no value on one event: a field is missing, or something else went wrong. */
export class ExpressionFailure {
  readonly kind: 'missing' | 'failed';
  readonly message: string;

  constructor(kind: 'missing' | 'failed', message: string) {
    this.kind = kind;
    this.message = message;
  }
}

/** What expressions see; made once for each event and shared by all of them. */
export interface Scope {
  readonly event: JsonObject;
}

/** A part of an expression that runs by itself: CEL's value, or why there is none. Never throws. */
export type Run = (scope: Scope) => unknown;

/**
 * Makes a part of an expression runnable. The fields it cannot do without are looked up first: a missing one is the
 * usual case on a page view, and a look-up costs a hundredth of the error that CEL would throw and format.
 */
export function runnable(node: ASTNode, environment: Environment): Run {
  const text = serialize(node);
  const run = environment.parse(openHas(text, environment.parse(text).ast));
  const guards = certainReads(node)
    .filter((path) => !isAlwaysThere(path))
    .map(guardOf);
  return (scope) => {
    for (const guard of guards) {
      const depth = missingAt(scope.event, guard.path);
      if (depth !== undefined) return guard.failures[depth];
    }
    return evaluate(run, scope, text);
  };
}

interface Guard {
  readonly path: EventPath;
  /** What to say where the path breaks off, by the index of the key that is missing. */
  readonly failures: readonly ExpressionFailure[];
}

function guardOf(path: EventPath): Guard {
  const failures = path.map((_, index) => {
    const absent = path.slice(0, index + 1).join('.');
    return new ExpressionFailure('missing', `event.${absent} is missing`);
  });
  return { path, failures };
}

/** The index of the first key of the path that is not there; undefined where all of it is. */
function missingAt(event: JsonObject, path: EventPath): number | undefined {
  let value: unknown = event;
  for (let index = 0; index < path.length; index++) {
    const key = path[index] ?? '';
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return index;
    value = Reflect.get(value, key);
  }
  return undefined;
}

function isAlwaysThere(path: EventPath): boolean {
  let shape: Shape = eventShape;
  for (const key of path) {
    const field: Field | undefined = shape.kind === 'object' ? shape.fields.get(key) : undefined;
    if (field?.isRequired !== true) return false;
    shape = field.shape;
  }
  return true;
}

function evaluate(run: ParseResult, scope: Scope, text: string): unknown {
  try {
    return run(scope);
  } catch (error) {
    if (!(error instanceof EvaluationError)) return new ExpressionFailure('failed', `${text}: failed`);
    const isMissing = error.code === 'no_such_key' || error.code === 'index_out_of_bounds';
    return new ExpressionFailure(isMissing ? 'missing' : 'failed', `${text}: ${safeWords(error)}`);
  }
}

/** This one message of CEL's quotes the value, which may be personal. */
function safeWords(error: EvaluationError): string {
  return error.code === 'bool_conversion_error' ? 'bool() cannot convert this text' : error.summary;
}

/** CEL's value as JSON: ints are BigInt, optionals are opened, what JSON cannot carry is undefined. */
export function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (value instanceof Optional) return value.hasValue() ? toJson(value.value()) : undefined;
  if (Array.isArray(value)) return listToJson(value);
  return typeof value === 'object' && isPlain(value) ? mapToJson(value) : undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function listToJson(list: readonly unknown[]): Json | undefined {
  const entries = list.map(toJson);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function mapToJson(map: object): Json | undefined {
  const entries: [string, Json][] = [];
  for (const [key, entry] of Object.entries(map)) {
    const json = toJson(entry);
    if (json === undefined) return undefined;
    if (key !== '__proto__') entries.push([key, json]);
  }
  return Object.fromEntries(entries);
}
