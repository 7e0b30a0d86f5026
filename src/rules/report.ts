import type { z } from 'zod';
import { problemsOf } from '../config/issues.ts';
import type { Against } from '../config/known.ts';
import { nearest } from '../config/nearest.ts';
import { parseConfig } from '../config/parse.ts';
import type { Path } from '../config/positions.ts';
import { formatPath, type Problem } from '../config/problem.ts';
import { type RuleFileConfig, ruleFileSchema } from './schema.ts';

/** A problem without its place. */
export type Finding = Pick<Problem, 'code' | 'message' | 'seen' | 'allowed' | 'suggestion'>;

/** Writes problems of one rule file down with their places; a module has no places inside. */
export interface Reporter {
  readonly file: string;
  /** At a value. */
  at(path: Path, finding: Finding): void;
  /** At the key that names a value. */
  atKey(path: Path, finding: Finding): void;
  /** At a character inside a text value, such as an expression. */
  inside(path: Path, offset: number, finding: Finding): void;
  /** Zod's issues with a value that stands at a path. */
  issues(path: Path, issues: readonly z.core.$ZodIssue[], against: Against): void;
  /** The line of a value, where the file has lines. */
  line(path: Path): number | undefined;
}

/** Reads a YAML rule file; its problems go to the list, and undefined comes back where it cannot be used at all. */
export function readRuleFile(
  text: string,
  file: string,
  problems: Problem[],
): { readonly config: RuleFileConfig; readonly reporter: Reporter } | undefined {
  const parsed = parseConfig(ruleFileSchema, text, file);
  if (!parsed.ok) {
    problems.push(...parsed.problems);
    return undefined;
  }
  const { positions } = parsed;
  const reporter: Reporter = {
    file,
    at: (path, finding) => problems.push({ ...positions.value(path), key: formatPath(path), ...finding }),
    atKey: (path, finding) => problems.push({ ...positions.key(path), key: formatPath(path), ...finding }),
    inside: (path, offset, finding) =>
      problems.push({ ...positions.inside(path, offset), key: formatPath(path), ...finding }),
    issues: (path, issues, against) =>
      problems.push(...problemsOf(issues, { against, positions, base: path })),
    line: (path) => positions.value(path).line,
  };
  return { config: parsed.value, reporter };
}

/** The reporter of a TypeScript module: the file and the rule's name are all the place there is. */
export function moduleReporter(file: string, problems: Problem[]): Reporter {
  const at = (path: Path, finding: Finding) => {
    problems.push({ file, ...(path.length > 0 && { key: formatPath(path) }), ...finding });
  };
  return {
    file,
    at,
    atKey: at,
    inside: (path, _offset, finding) => at(path, finding),
    issues(path, issues) {
      for (const issue of issues)
        at([...path, ...issue.path], { code: 'bad_test', message: `${issue.message}.` });
    },
    line: () => undefined,
  };
}

/** Reports every destination that is not configured; `base` is the path of the list. */
export function checkDestinations(
  names: readonly string[],
  base: Path,
  use: { readonly reporter: Reporter; readonly destinations: readonly string[] },
): void {
  for (const [index, name] of names.entries()) {
    if (use.destinations.includes(name)) continue;
    use.reporter.at([...base, index], unknownDestination(name, use.destinations));
  }
}

/** The finding of a destination that is not configured. */
export function unknownDestination(name: string, destinations: readonly string[]): Finding {
  const suggestion = nearest(name, destinations);
  return {
    code: 'unknown_destination',
    message: `There is no destination \`${name}\`.`,
    seen: name,
    allowed: destinations,
    ...(suggestion !== undefined && { suggestion }),
  };
}
