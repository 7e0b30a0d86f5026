import type { ASTNode } from '@marcbachmann/cel-js';
import type { Code } from '../config/codes.ts';
import { nearest } from '../config/nearest.ts';
import { childrenOf, keyOf, loopNames } from './ast.ts';
import { unknownField } from './path.ts';
import { eventShape, fieldOf, type Shape } from './shape.ts';

/** What is wrong with one part of an expression. Offsets count in the expression's text. */
export interface Fault {
  readonly code: Code;
  readonly message: string;
  readonly start: number;
  readonly seen?: string;
  readonly allowed?: readonly string[];
  readonly suggestion?: string;
}

/** The names that an expression may use. */
export interface Names {
  readonly functions: ReadonlySet<string>;
  isVariable(name: string): boolean;
}

interface Walk {
  readonly names: Names;
  readonly faults: Fault[];
}

type Scope = ReadonlyMap<string, Shape | undefined>;

const rootScope: Scope = new Map([['event', eventShape]]);

/** Everything about an expression that the language itself does not check: field names, names and bounded work. */
export function checkNames(root: ASTNode, names: Names): readonly Fault[] {
  const walk: Walk = { names, faults: [] };
  shapeIn(root, rootScope, walk);
  return walk.faults;
}

/** Visits every part once; returns the shape of the value where it is a known place of the event. */
function shapeIn(node: ASTNode, scope: Scope, walk: Walk): Shape | undefined {
  if (node.op === 'id') return variable(node, scope, walk);
  if (node.op === 'call') return call(node, scope, walk);
  if (node.op === 'rcall') return method(node, scope, walk);
  const shapes = childrenOf(node).map((child) => shapeIn(child, scope, walk));
  const isAccess = node.op === '.' || node.op === '.?' || node.op === '[]' || node.op === '[?]';
  return isAccess && shapes[0] !== undefined ? access(node, shapes[0], walk) : undefined;
}

function variable(node: ASTNode & { readonly op: 'id' }, scope: Scope, walk: Walk): Shape | undefined {
  const name = node.args;
  if (scope.has(name)) return scope.get(name);
  if (walk.names.isVariable(name)) return undefined;
  walk.faults.push({
    code: 'unknown_name',
    message: `\`${name}\` is not known; a text stands in quotes, a field of the event begins with \`event.\`.`,
    start: node.start,
    seen: name,
    suggestion: meantName(name, scope),
  });
  return undefined;
}

/** What an unknown name was meant to be: a variable, a field of the event, or a text that lost its quotes. */
function meantName(name: string, scope: Scope): string {
  const known = nearest(name, scope.keys());
  if (known !== undefined) return known;
  const field = eventShape.fields.has(name) ? name : nearest(name, eventShape.fields.keys());
  return field === undefined ? `"${name}"` : `event.${field}`;
}

function access(node: ASTNode, parent: Shape, walk: Walk): Shape | undefined {
  const key = keyOf(node);
  if (parent.kind === 'list') return key === undefined ? parent.of : undefined;
  if (key === undefined) return parent.kind === 'record' ? parent.of : undefined;
  const found = fieldOf(parent, key);
  if (found !== undefined || parent.kind !== 'object') return found;
  const owner = childrenOf(node)[0];
  const before = owner === undefined ? '' : node.input.slice(owner.start, owner.end).replaceAll('?', '');
  const fault = unknownField(parent, before, key);
  walk.faults.push({ ...fault, start: keyStart(node, key), seen: key });
  return undefined;
}

function keyStart(node: ASTNode, key: string): number {
  const owner = childrenOf(node)[0];
  const found = node.input.indexOf(key, owner?.end ?? node.start);
  return found < 0 ? node.start : found;
}

function call(node: ASTNode & { readonly op: 'call' }, scope: Scope, walk: Walk): undefined {
  const [name, args] = node.args;
  checkFunction(name, node.start, walk);
  for (const arg of args) shapeIn(arg, scope, walk);
}

function method(node: ASTNode & { readonly op: 'rcall' }, scope: Scope, walk: Walk): Shape | undefined {
  const [name, receiver, args] = node.args;
  checkFunction(name, node.input.indexOf(name, receiver.end), walk);
  const shape = shapeIn(receiver, scope, walk);
  if (loopNames.has(name) && args.length >= 2) return loop(node, shape, scope, walk);
  for (const arg of args) shapeIn(arg, scope, walk);
  return name === 'orValue' || name === 'or' ? shape : undefined;
}

/** A loop in a loop takes quadratic time over what a hostile event holds, unless the inner one is over a literal. */
function loop(
  node: ASTNode & { readonly op: 'rcall' },
  list: Shape | undefined,
  scope: Scope,
  walk: Walk,
): Shape | undefined {
  const [name, receiver, [iterator, ...body]] = node.args;
  if (scope !== rootScope && receiver.op !== 'list') {
    forbid(`\`${name}\` inside another loop may only go over a list written out.`, node.start, walk);
  }
  if (iterator?.op !== 'id' || scope.has(iterator.args)) {
    forbid(`\`${name}\` needs a variable name of its own first.`, iterator?.start ?? node.start, walk);
    return undefined;
  }
  const inner = new Map(scope).set(iterator.args, list?.kind === 'list' ? list.of : undefined);
  for (const part of body) shapeIn(part, inner, walk);
  return name === 'filter' ? list : undefined;
}

function checkFunction(name: string, start: number, walk: Walk): void {
  if (name === 'matches') {
    forbid('`matches()` can take unbounded time; use re(text, "pattern").', start, walk);
    return;
  }
  if (name === 'bind') {
    forbid('`cel.bind()` is not part of the rules language.', start, walk);
    return;
  }
  if (walk.names.functions.has(name)) return;
  const suggestion = nearest(name, walk.names.functions);
  walk.faults.push({
    code: 'unknown_name',
    message: `\`${name}()\` is not a function of the rules language.`,
    start,
    seen: name,
    ...(suggestion !== undefined && { suggestion }),
  });
}

function forbid(message: string, start: number, walk: Walk): void {
  walk.faults.push({ code: 'expression_forbidden', message, start });
}
