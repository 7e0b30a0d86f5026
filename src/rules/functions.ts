import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** A pattern of re(), ready to run in linear time. */
export type Patterns = Map<string, Pick<RE2JS, 'test'>>;

/**
 * Adds the functions and operators of the rules language to CEL. Numbers of the event are CEL doubles while literals
 * are ints, so arithmetic between the two is registered (measured with cel-js 8.0.0, 2026-11-23).
 */
export function addFunctions(environment: Environment, patterns: Patterns): Environment {
  environment.registerFunction('lower(string): string', (text: string) => text.toLowerCase());
  environment.registerFunction('host(string): string', (url: string) => URL.parse(url)?.hostname ?? '');
  environment.registerFunction('path(string): string', (url: string) => URL.parse(url)?.pathname ?? '');
  environment.registerFunction(
    'query(string, string): string',
    (url: string, name: string) => URL.parse(url)?.searchParams.get(name) ?? '',
  );
  environment.registerFunction(
    're(string, string): bool',
    (text: string, pattern: string) => patterns.get(pattern)?.test(text) === true,
  );
  for (const [left, right] of [
    ['double', 'int'],
    ['int', 'double'],
  ]) {
    for (const [operator, work] of arithmetic) {
      environment.registerOperator(
        `${left} ${operator} ${right}: double`,
        (a: number | bigint, b: number | bigint) => work(Number(a), Number(b)),
      );
    }
  }
  environment.registerOperator('double % double: double', (a: number, b: number) => a % b);
  return environment;
}

const arithmetic: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
];

/** Reads a pattern in RE2 syntax; a text is what is wrong with it. */
export function readPattern(pattern: string): Pick<RE2JS, 'test'> | string {
  if (pattern.length > 1000) return 'the pattern is longer than 1000 characters';
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : 'the pattern is not readable';
  }
}
