import type { Code } from '../config/codes.ts';
import { nearest } from '../config/nearest.ts';
import { eventShape, fieldOf, type ObjectShape, type Shape } from './shape.ts';

/** The keys from the event's root to one field. Lists on the way stand for each of their entries. */
export type EventPath = readonly string[];

/** What a rule wants to do at a path. */
export type PathUse = 'write' | 'move' | 'remove' | 'keep';

/** Why a path cannot be used so. */
export interface PathFault {
  readonly code: Code;
  readonly message: string;
  readonly allowed?: readonly string[];
  readonly suggestion?: string;
}

/** A usable path and what stands there, or why it cannot be used. */
export type CheckedPath =
  | { readonly ok: true; readonly path: EventPath; readonly shape: Shape }
  | { readonly ok: false; readonly fault: PathFault };

/** Fields that say which event this is, whose, and what was consented to: rules never change them. */
const protectedPaths: readonly EventPath[] = [
  ['id'],
  ['site'],
  ['protocol'],
  ['sentBy'],
  ['receivedAtMs'],
  ['consent'],
  ['visitor', 'key'],
];

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);
const maxKeys = 12;

interface Step {
  readonly shape: Shape;
  readonly isRequired: boolean;
  readonly throughList: boolean;
}

/** Checks one path of a rule, such as `properties.plan` or `commerce.items.coupon`, for what it is used for. */
export function checkPath(text: string, use: PathUse): CheckedPath {
  const path = text.split('.');
  if (path.length > maxKeys || path.some((key) => key === '' || unsafeKeys.has(key))) {
    return refuse('bad_path', `\`${text}\` is not a path of the event.`);
  }
  const step = walk(path);
  if ('code' in step) return { ok: false, fault: step };
  const fault = use === 'keep' ? undefined : faultOf(path, step, use);
  return fault === undefined ? { ok: true, path, shape: step.shape } : { ok: false, fault };
}

/** True when one path lies on the way to the other, or they are the same. */
export function overlaps(a: EventPath, b: EventPath): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The fault of a key that the event does not have at this place. */
export function unknownField(shape: ObjectShape, parent: string, key: string): PathFault {
  const known = [...shape.fields.keys()];
  const near = nearest(key, known);
  const prefix = parent === '' ? '' : `${parent}.`;
  return {
    code: 'unknown_field',
    message: `\`${prefix}${key}\` is not a field of the event.`,
    allowed: known.map((name) => `${prefix}${name}`),
    ...(near !== undefined && { suggestion: `${prefix}${near}` }),
  };
}

function walk(path: EventPath): Step | PathFault {
  let step: Step = { shape: eventShape, isRequired: true, throughList: false };
  for (const [index, key] of path.entries()) {
    const { shape, throughList } = step;
    const parent = shape.kind === 'list' ? shape.of : shape;
    const found = fieldOf(parent, key);
    const before = path.slice(0, index).join('.');
    if (found === undefined && parent.kind === 'object') return unknownField(parent, before, key);
    if (found === undefined)
      return { code: 'bad_path', message: `\`${before}\` is a single value: nothing is below it.` };
    step = {
      shape: found,
      isRequired: parent.kind === 'object' && parent.fields.get(key)?.isRequired === true,
      throughList: throughList || shape.kind === 'list',
    };
  }
  return step;
}

function faultOf(path: EventPath, step: Step, use: Exclude<PathUse, 'keep'>): PathFault | undefined {
  const text = path.join('.');
  const isProtected = protectedPaths.some(
    (other) => overlaps(path, other) && (use !== 'remove' || path.length >= other.length),
  );
  if (isProtected) return { code: 'protected_field', message: `\`${text}\` cannot be changed by a rule.` };
  const isContainer = step.shape.kind === 'object' || step.shape.kind === 'record';
  if (use === 'remove') {
    if (!step.isRequired || isContainer) return undefined;
    return { code: 'bad_path', message: `\`${text}\` cannot be removed: an event is never without it.` };
  }
  if (step.throughList) return { code: 'bad_path', message: `\`${text}\` goes through a list.` };
  if (use === 'move' && step.isRequired) {
    return { code: 'bad_path', message: `\`${text}\` cannot be moved: an event is never without it.` };
  }
  if (use === 'move' || !hasRequiredField(step.shape)) return undefined;
  return { code: 'bad_path', message: `\`${text}\` is a whole object: name one of its fields.` };
}

function hasRequiredField(shape: Shape): boolean {
  return shape.kind === 'object' && [...shape.fields.values()].some((field) => field.isRequired);
}

function refuse(code: Code, message: string): CheckedPath {
  return { ok: false, fault: { code, message } };
}
