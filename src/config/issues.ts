import type { z } from 'zod';
import { type Against, child, isSecret, knownKeys, literals, nodesAt, valueAt } from './known.ts';
import { nearest } from './nearest.ts';
import type { Path, Positions } from './positions.ts';
import { formatPath, type Problem, show } from './problem.ts';

type Issue = z.core.$ZodIssue;
type IssueOf<C extends Issue['code']> = Extract<Issue, { code: C }>;

/** What is needed to say where an issue stands and what would be right. */
export interface IssueContext {
  readonly against: Against;
  readonly positions: Positions;
  /** Where in the file the checked value stands; empty for the whole file. */
  readonly base: Path;
}

/** Every zod issue as problems with place, key, value seen, allowed values and the nearest valid name. */
export function problemsOf(issues: readonly Issue[], context: IssueContext): readonly Problem[] {
  const problems = issues.flatMap((issue) => issueProblems(issue, issue.path, context));
  const meant = new Set(
    problems.filter(({ code }) => code === 'unknown_key').map((problem) => `${siblingOf(problem)}`),
  );
  return problems.filter(({ code, key }) => code !== 'missing_key' || key === undefined || !meant.has(key));
}

/** The value at a path as a problem may show it: secrets and what came from outside the file are `***`. */
export function showAt(path: Path, context: IssueContext): string {
  const value = valueAt(context.against.value, path);
  if (value === undefined || (typeof value === 'object' && value !== null)) return show(value);
  if (context.positions.isHidden([...context.base, ...path])) return '***';
  return isSecret(context.against, path) ? '***' : show(value);
}

/** The key that a misspelt one was meant to be: a message that it is missing would say the same twice. */
function siblingOf(problem: Problem): string {
  const { key = '', seen = '', suggestion = '' } = problem;
  return `${key.slice(0, key.length - seen.length)}${suggestion}`;
}

function issueProblems(issue: Issue, path: Path, context: IssueContext): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path, context);
  if (issue.code === 'invalid_key') return [invalidKey(issue, path, context)];
  if (valueAt(context.against.value, path) === undefined && issue.code !== 'custom') {
    return [missingKey(path, context)];
  }
  if (issue.code === 'invalid_union') return unionProblems(issue, path, context);
  if (issue.code === 'invalid_type') return [typeProblem(issue.expected, path, context)];
  if (issue.code === 'invalid_value') return [valueProblem(issue.values.map(String), path, context)];
  return [
    {
      code: 'invalid_value',
      ...valuePlace(path, context),
      message: `${named(path, context)} ${issue.message}.`,
      seen: showAt(path, context),
    },
  ];
}

function unknownKeys(
  issue: IssueOf<'unrecognized_keys'>,
  path: Path,
  context: IssueContext,
): readonly Problem[] {
  const known = knownKeys(context.against, path);
  const full = [...context.base, ...path];
  const owner = full.length === 0 ? 'this file' : `\`${formatPath(full)}\``;
  const present = valueAt(context.against.value, path);
  const free = known.filter((key) => child(present, key) === undefined);
  return issue.keys.map((key) => {
    const suggestion = nearest(key, free) ?? nearest(key, known);
    return {
      code: 'unknown_key',
      ...keyPlace([...path, key], context),
      message: `\`${key}\` is not a key that ${owner} has.`,
      seen: key,
      allowed: known,
      ...(suggestion !== undefined && { suggestion }),
    };
  });
}

function invalidKey(issue: IssueOf<'invalid_key'>, path: Path, context: IssueContext): Problem {
  const key = String(path.at(-1) ?? '');
  const allowed = issue.issues.flatMap((inner) =>
    inner.code === 'invalid_value' ? inner.values.map(String) : [],
  );
  const suggestion = nearest(key, allowed);
  const why = issue.issues[0]?.message ?? 'is not allowed';
  return {
    code: allowed.length > 0 ? 'unknown_key' : 'invalid_value',
    ...keyPlace(path, context),
    message: allowed.length > 0 ? `\`${key}\` is not a known key here.` : `The key \`${key}\` ${why}.`,
    seen: key,
    ...(allowed.length > 0 && { allowed }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

function missingKey(path: Path, context: IssueContext): Problem {
  const parent = path.slice(0, -1);
  const nodes = nodesAt(context.against, path);
  const allowed = [...new Set(nodes.flatMap(literals))];
  const place = context.positions.key([...context.base, ...parent]);
  return {
    code: 'missing_key',
    ...place,
    key: formatPath([...context.base, ...path]),
    message: `\`${formatPath(path.slice(-1))}\` is missing${parent.length === 0 ? '' : ` in \`${formatPath(parent)}\``}.`,
    ...(allowed.length > 0 && { allowed }),
  };
}

function typeProblem(expected: string, path: Path, context: IssueContext): Problem {
  return {
    code: 'wrong_type',
    ...valuePlace(path, context),
    message: `${named(path, context)} must be ${typeName(expected)}.`,
    seen: showAt(path, context),
  };
}

function valueProblem(allowed: readonly string[], path: Path, context: IssueContext): Problem {
  const value = valueAt(context.against.value, path);
  const suggestion = typeof value === 'string' ? nearest(value, allowed) : undefined;
  return {
    code: 'invalid_value',
    ...valuePlace(path, context),
    message: `${named(path, context)} is not one of the allowed values.`,
    seen: showAt(path, context),
    allowed,
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** A union that fits nowhere: the branch of the right type tells what is wrong, else all branches what is allowed. */
function unionProblems(
  issue: IssueOf<'invalid_union'>,
  path: Path,
  context: IssueContext,
): readonly Problem[] {
  const options = 'options' in issue ? (issue.options ?? []) : [];
  if (options.length > 0) return [valueProblem(options.map(String), path, context)];
  const near = issue.errors.filter((branch) => !branch.some(isWrongAtRoot));
  const best = near.toSorted((a, b) => a.length - b.length)[0];
  if (best !== undefined) {
    return best.flatMap((inner) => issueProblems(inner, [...path, ...inner.path], context));
  }
  const expected = issue.errors.flat().filter((inner) => inner.path.length === 0);
  const allowed = expected.flatMap((inner) => {
    if (inner.code === 'invalid_value') return inner.values.map(String);
    return inner.code === 'invalid_type' ? [typeName(inner.expected)] : [];
  });
  return [valueProblem([...new Set(allowed)], path, context)];
}

function isWrongAtRoot(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function named(path: Path, context: IssueContext): string {
  const text = formatPath([...context.base, ...path]);
  return text === '' ? 'The file' : `\`${text}\``;
}

function valuePlace(path: Path, { positions, base }: IssueContext) {
  const full = [...base, ...path];
  return { ...positions.value(full), ...(full.length > 0 && { key: formatPath(full) }) };
}

function keyPlace(path: Path, { positions, base }: IssueContext) {
  const full = [...base, ...path];
  return { ...positions.key(full), key: formatPath(full) };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  array: 'a list',
  null: 'null',
};

function typeName(expected: string): string {
  return typeNames[expected] ?? expected;
}

/** Zod's checks in words that follow the key's name: "`port` must be at least 1". A schema's own message wins. */
export function checkWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small') return smallWords(issue.origin, issue.minimum, issue.inclusive !== false);
  if (issue.code === 'too_big') return bigWords(issue.origin, issue.maximum, issue.inclusive !== false);
  if (issue.code === 'not_multiple_of') return `must be a multiple of ${issue.divisor}`;
  if (issue.code === 'custom') return 'is not allowed';
  if (issue.code !== 'invalid_format') return undefined;
  if (issue.format === 'regex') return `must match ${issue.pattern ?? 'the pattern'}`;
  return `must be a valid ${issue.format}`;
}

function smallWords(origin: string, minimum: number | bigint, isInclusive: boolean): string {
  if (origin === 'string')
    return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`;
  if (origin === 'array') return `must have at least ${minimum} ${minimum === 1 ? 'entry' : 'entries'}`;
  return `must be ${isInclusive ? 'at least' : 'more than'} ${minimum}`;
}

function bigWords(origin: string, maximum: number | bigint, isInclusive: boolean): string {
  if (origin === 'string') return `must have at most ${maximum} characters`;
  if (origin === 'array') return `must have at most ${maximum} ${maximum === 1 ? 'entry' : 'entries'}`;
  return `must be ${isInclusive ? 'at most' : 'less than'} ${maximum}`;
}
