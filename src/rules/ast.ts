import type { ASTNode } from '@marcbachmann/cel-js';
import type { EventPath } from './path.ts';

/** The macros that loop over a list. */
export const loopNames: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** The parts of an expression, in order of writing. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** The field of the event that a chain such as `event.page.url` reads; undefined for anything else. */
export function pathOf(node: ASTNode): EventPath | undefined {
  if (node.op === 'id') return node.args === 'event' ? [] : undefined;
  const key = keyOf(node);
  const parent = key === undefined ? undefined : pathOf(childrenOf(node)[0] ?? node);
  return parent === undefined || key === undefined ? undefined : [...parent, key];
}

/** The fixed key of a field access, as `.key` or `["key"]`. */
export function keyOf(node: ASTNode): string | undefined {
  if (node.op === '.' || node.op === '.?') return node.args[1];
  if (node.op !== '[]' && node.op !== '[?]') return undefined;
  const index = node.args[1];
  return index.op === 'value' && typeof index.args === 'string' ? index.args : undefined;
}

/** Every field of the event that the expression may read. */
export function readsOf(node: ASTNode): readonly EventPath[] {
  const path = pathOf(node);
  return path === undefined ? childrenOf(node).flatMap(readsOf) : [path];
}

/** The parts of the topmost `&&` chain: all of them must be true. */
export function conjunctsOf(node: ASTNode): readonly ASTNode[] {
  return node.op === '&&' ? node.args.flatMap(conjunctsOf) : [node];
}

/**
 * The source with every `has(event.a.b)` opened to `has(event.?a.b)`: true when the whole path is there. CEL itself
 * fails where `a` is missing, which nobody who asks "is there a b" expects.
 */
export function openHas(source: string, root: ASTNode): string {
  const dots = hasDots(root).toSorted((a, b) => b - a);
  return dots.reduce((text, dot) => `${text.slice(0, dot + 1)}?${text.slice(dot + 1)}`, source);
}

function hasDots(node: ASTNode): readonly number[] {
  const inner = childrenOf(node).flatMap(hasDots);
  const argument = node.op === 'call' && node.args[0] === 'has' ? node.args[1][0] : undefined;
  return argument?.op === '.' ? [...inner, ...dotsBelow(argument.args[0])] : inner;
}

function dotsBelow(node: ASTNode): readonly number[] {
  if (node.op === '.?') return dotsBelow(node.args[0]);
  if (node.op !== '.') return [];
  return [...dotsBelow(node.args[0]), node.input.indexOf('.', node.args[0].end)];
}

/**
 * The fields without which the expression has no value: where one is missing, CEL fails. CEL's `&&` and `||` absorb a
 * failure of one side, so inside them nothing is certain, nor in a branch of `?:`, a loop's body, `has()` or an
 * optional access.
 */
export function certainReads(node: ASTNode): readonly EventPath[] {
  switch (node.op) {
    case '&&':
    case '||':
    case 'value':
    case 'id':
      return [];
    case '?:':
      return certainReads(node.args[0]);
    case '.?':
    case '[?]':
      return certainReads(node.args[0]);
    case '.':
    case '[]':
      return certainAccess(node);
    case 'call':
      return node.args[0] === 'has' ? [] : node.args[1].flatMap(certainReads);
    case 'rcall':
      return certainCall(node);
    default:
      return childrenOf(node).flatMap(certainReads);
  }
}

function certainAccess(node: ASTNode): readonly EventPath[] {
  const path = isPlainChain(node) ? pathOf(node) : undefined;
  return path === undefined ? childrenOf(node).flatMap(certainReads) : [path];
}

function isPlainChain(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  return (node.op === '.' || node.op === '[]') && isPlainChain(node.args[0]);
}

function certainCall(node: ASTNode & { readonly op: 'rcall' }): readonly EventPath[] {
  const [name, receiver, args] = node.args;
  if (loopNames.has(name) || name === 'orValue' || name === 'or') return certainReads(receiver);
  return [receiver, ...args].flatMap(certainReads);
}
