import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  ParseError,
  serialize,
} from '@marcbachmann/cel-js';
import type { Json } from '../model/json.ts';
import { childrenOf, conjunctsOf, readsOf } from './ast.ts';
import { registerShape } from './cel-types.ts';
import { checkNames, type Fault, type Names } from './check.ts';
import { type Condition, conditionOf } from './condition.ts';
import { addFunctions, type Patterns, readPattern } from './functions.ts';
import type { EventPath } from './path.ts';
import { eventShape } from './shape.ts';
import { ExpressionFailure, runnable, type Scope, toJson } from './value.ts';

/** A compiled expression. Never throws, never changes the event. */
export interface Expression {
  readonly source: string;
  /** Every field it may read. */
  readonly reads: readonly EventPath[];
  /** True, false, or why it is neither. */
  readonly holds: Condition;
  /** Its value as JSON: whole numbers are numbers. */
  value(scope: Scope): Json | ExpressionFailure;
  /** The smallest part of the topmost `&&` chain that is not true, in words; for explaining, not for the hot path. */
  falsePart(scope: Scope): string | undefined;
}

/** A compiled expression, or everything that is wrong with it. */
export type CompiledExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Compiles expressions; patterns are compiled once and shared. */
export interface Language {
  compile(source: string, result: 'condition' | 'value'): CompiledExpression;
}

interface Context {
  readonly typed: Environment;
  readonly dynamic: Environment;
  readonly names: Names;
  readonly patterns: Patterns;
}

const options = {
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 },
};

/**
 * The rules language: CEL over one variable, `event`. Two environments share their functions: a typed one checks an
 * expression when it is loaded, and one with a dynamic `event` runs it, which saves a wrapper for each event.
 */
export function createLanguage(): Language {
  const patterns: Patterns = new Map();
  const typed = addFunctions(new Environment(options), patterns);
  typed.registerVariable('event', registerShape(typed, eventShape, 'Event'));
  const dynamic = addFunctions(new Environment(options), patterns).registerVariable('event', 'dyn');
  const functions = new Set(dynamic.getDefinitions().functions.map(({ name }) => name));
  functions.delete('matches');
  functions.delete('bind');
  const names: Names = { functions, isVariable: (name) => dynamic.hasVariable(name) };
  const context: Context = { typed, dynamic, names, patterns };
  return { compile: (source, result) => compile(source, result, context) };
}

function compile(source: string, result: 'condition' | 'value', context: Context): CompiledExpression {
  try {
    const { ast } = context.dynamic.parse(source);
    const faults = [...checkNames(ast, context.names), ...patternFaults(ast, context.patterns)];
    if (faults.length > 0) return { ok: false, faults };
    const fault = typeFault(source, result, context);
    if (fault !== undefined) return { ok: false, faults: [fault] };
    return { ok: true, expression: expressionOf(source, ast, context.dynamic) };
  } catch (error) {
    return { ok: false, faults: [parseFault(error)] };
  }
}

function parseFault(error: unknown): Fault {
  if (error instanceof RangeError) {
    return { code: 'expression_forbidden', message: 'The expression is too deeply nested.', start: 0 };
  }
  if (!(error instanceof ParseError)) throw error;
  const start = error.range?.start ?? 0;
  if (error.code === 'limit_exceeded') {
    return { code: 'expression_forbidden', message: `The expression is too large: ${error.summary}.`, start };
  }
  return { code: 'expression_syntax', message: `The expression cannot be read: ${error.summary}.`, start };
}

function typeFault(source: string, result: 'condition' | 'value', context: Context): Fault | undefined {
  const { type, error } = context.typed.check(source);
  if (error !== undefined) {
    const part = error instanceof CelTypeError && error.node !== undefined ? serialize(error.node) : source;
    const why = error.summary.replace('no such overload: ', '');
    const message = `The parts of \`${part}\` do not go together: ${why}.`;
    return { code: 'expression_type', message, start: error.range?.start ?? 0 };
  }
  if (result === 'value' || type === 'bool' || type === 'dyn') return undefined;
  const message = `A condition must be true or false; this is of type ${type ?? 'unknown'}.`;
  return { code: 'expression_type', message, start: 0 };
}

function patternFaults(node: ASTNode, patterns: Patterns): readonly Fault[] {
  const inner = childrenOf(node).flatMap((child) => patternFaults(child, patterns));
  if (node.op !== 'call' || node.args[0] !== 're') return inner;
  const literal = node.args[1][1];
  if (literal?.op !== 'value' || typeof literal.args !== 'string') {
    const message = 'The pattern of re() must be a text written out.';
    return [...inner, { code: 'bad_pattern', message, start: literal?.start ?? node.start }];
  }
  const pattern = patterns.get(literal.args) ?? readPattern(literal.args);
  if (typeof pattern === 'string') {
    return [
      ...inner,
      { code: 'bad_pattern', message: `The pattern of re(): ${pattern}.`, start: literal.start },
    ];
  }
  patterns.set(literal.args, pattern);
  return inner;
}

function expressionOf(source: string, ast: ASTNode, environment: Environment): Expression {
  const condition = conditionOf(ast, environment);
  const parts = conjunctsOf(ast).map((part) => ({
    text: serialize(part),
    holds: conditionOf(part, environment),
  }));
  const run = runnable(ast, environment);
  return {
    source,
    reads: readsOf(ast),
    holds: condition,
    value(scope) {
      const value = run(scope);
      if (value instanceof ExpressionFailure) return value;
      return toJson(value) ?? new ExpressionFailure('failed', 'the value has no JSON form');
    },
    falsePart(scope) {
      for (const { text, holds } of parts) {
        const answer = holds(scope);
        if (answer === false) return text;
        if (answer === true) continue;
        return answer.message;
      }
      return undefined;
    },
  };
}
