import { styleText } from 'node:util';
import { type Code, codes } from './codes.ts';

/** Something a person wrote that cannot be used: what, where, the value seen and what to do. A value, never thrown. */
export interface Problem {
  readonly code: Code;
  readonly file: string;
  /** From 1; absent: the problem is with the file as a whole. */
  readonly line?: number;
  /** From 1, in UTF-16 units. */
  readonly column?: number;
  /** The key's path, such as `sites.shop.hosts[0]`. */
  readonly key?: string;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** The value found, ready to print: secrets are `***` already. */
  readonly seen?: string;
  readonly allowed?: readonly string[];
  /** The nearest allowed name. */
  readonly suggestion?: string;
}

const maxAllowed = 30;

/** One problem as a person reads it: place and message, key, value seen, what to do. No newline at the end. */
export function formatProblem(problem: Problem, options: { readonly colour: boolean }): string {
  const paint = (format: 'bold' | 'red' | 'dim' | 'green', text: string) =>
    options.colour ? styleText(format, text, { validateStream: false }) : text;
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const label = paint('dim', `[${codes[problem.code].id} ${problem.code}]`);
  const lines = [`${paint('bold', printable(place))}: ${paint('red', printable(problem.message))} ${label}`];
  const add = (name: string, text: string) => lines.push(`  ${paint('dim', name.padEnd(8))} ${text}`);
  if (problem.key !== undefined) add('key', printable(problem.key));
  if (problem.seen !== undefined) add('seen', printable(problem.seen));
  if (problem.allowed !== undefined && problem.allowed.length > 0)
    add('allowed', allowedList(problem.allowed));
  add('fix', paint('green', printable(advice(problem))));
  return lines.join('\n');
}

/** All problems, in the order of their places, with a blank line between and the count at the end. */
export function formatProblems(problems: readonly Problem[], options: { readonly colour: boolean }): string {
  const blocks = sortProblems(problems).map((problem) => formatProblem(problem, options));
  const count = problems.length === 1 ? '1 problem.' : `${problems.length} problems.`;
  return [...blocks, count].join('\n\n');
}

/** Problems by file, line and column. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) =>
      compareText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** A value as a problem shows it: short, quoted, one line; the contents of maps and lists are not shown. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** A path of keys as people write it: `sites.shop.hosts[0]`, `set["page.title"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (String(key).includes('.') && text !== '') text += `["${String(key)}"]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text;
}

function advice(problem: Problem): string {
  if (problem.suggestion !== undefined) return `Did you mean \`${problem.suggestion}\`?`;
  return codes[problem.code].fix;
}

function allowedList(allowed: readonly string[]): string {
  const shown = allowed.slice(0, maxAllowed).map(printable).join(', ');
  return allowed.length > maxAllowed ? `${shown}, and ${allowed.length - maxAllowed} more` : shown;
}

/** Control and formatting characters could rewrite the terminal or hide text. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
