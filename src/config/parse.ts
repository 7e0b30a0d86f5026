import type { z } from 'zod';
import type { Sources } from './interpolate.ts';
import { checkWords, type IssueContext, problemsOf, showAt } from './issues.ts';
import { inputSchema, valueAt } from './known.ts';
import type { Path, Positions } from './positions.ts';
import { formatPath, type Problem, sortProblems } from './problem.ts';
import { readYaml } from './read.ts';

/** A checked file and where everything in it stands, or every problem it has. */
export type ParseResult<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** What the schema took in: the file's plain data, with references filled in. Holds secrets. */
      readonly input: unknown;
      readonly positions: Positions;
      readonly report: Report;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Makes a problem at a path of the file: for what only the whole application knows, such as unknown references. */
export type Report = (
  path: Path,
  problem: Pick<Problem, 'code' | 'message' | 'allowed' | 'suggestion'>,
) => Problem;

type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly input: unknown }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[]; readonly input: unknown };

/**
 * Reads and checks one YAML file. Every problem of the stage is reported, not the first. With `sources`, `${…}` is
 * filled in; text from there becomes a number or true/false where the schema asks for one. An empty file is `{}`.
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  text: string,
  file: string,
  sources?: Sources,
): ParseResult<z.output<S>> {
  const read = readYaml(text, file, sources);
  if (!read.ok) return read;
  const { positions, unfilled } = read;
  const checked = check(schema, read.value ?? {}, positions);
  const contextOf = (value: unknown): IssueContext => ({
    against: { root: inputSchema(schema), value },
    positions,
    base: [],
  });
  if (!checked.ok) {
    const problems = problemsOf(checked.issues, contextOf(checked.input));
    const own = problems.filter((problem) => !unfilled.some((other) => isSamePlace(problem, other)));
    return { ok: false, problems: sortProblems([...unfilled, ...own]) };
  }
  if (unfilled.length > 0) return { ok: false, problems: unfilled };
  const report: Report = (path, problem) => ({
    ...positions.value(path),
    key: formatPath(path),
    seen: showAt(path, contextOf(read.value)),
    ...problem,
  });
  return { ok: true, value: checked.value, input: checked.input, positions, report };
}

/** What stands at an unfilled reference is empty for now; that it is empty is no second problem. */
function isSamePlace(a: Problem, b: Problem): boolean {
  return a.line === b.line && a.column === b.column;
}

/** Checks; where only text from outside the file has the wrong type, reads that text as the type and checks again. */
function check<S extends z.ZodType>(schema: S, input: unknown, positions: Positions): Checked<z.output<S>> {
  const first = schema.safeParse(input, { error: checkWords });
  if (first.success) return { ok: true, value: first.data, input };
  const replaced = first.error.issues.reduce((value, issue) => convertAt(value, issue, positions), input);
  if (replaced === input) return { ok: false, issues: first.error.issues, input };
  const second = schema.safeParse(replaced, { error: checkWords });
  if (second.success) return { ok: true, value: second.data, input: replaced };
  return { ok: false, issues: second.error.issues, input: replaced };
}

function convertAt(input: unknown, issue: z.core.$ZodIssue, positions: Positions): unknown {
  if (issue.code !== 'invalid_type' || !positions.isHidden(issue.path)) return input;
  const text = valueAt(input, issue.path);
  const converted = typeof text === 'string' ? convert(text.trim(), issue.expected) : undefined;
  return converted === undefined ? input : replaceAt(input, issue.path, converted);
}

function convert(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (expected !== 'number' && expected !== 'int') return undefined;
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
}

function replaceAt(value: unknown, path: readonly PropertyKey[], replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((entry, index) => (index === key ? replaceAt(entry, rest, replacement) : entry));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      name === key ? replaceAt(entry, rest, replacement) : entry,
    ]),
  );
}
