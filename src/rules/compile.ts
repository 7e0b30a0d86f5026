import type { Problem } from '../config/problem.ts';
import { sortProblems } from '../config/problem.ts';
import { compileCase } from './compile-case.ts';
import { compileDefinition } from './compile-module.ts';
import { compileRule, compileTransformation } from './compile-rule.ts';
import type { RuleModule } from './define.ts';
import { createLanguage } from './language.ts';
import { type CompiledRules, planRules } from './match.ts';
import { moduleReporter, type Reporter, readRuleFile } from './report.ts';

/** A rule file: the text of a YAML file, or what a TypeScript module exports. */
export type RuleFile =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly rules: RuleModule };

/** What rules may name. */
export interface Known {
  readonly destinations: readonly string[];
}

/** Compiled rules and everything that is wrong with them. Not for use while there are problems. */
export interface Compilation {
  readonly rules: CompiledRules;
  readonly problems: readonly Problem[];
}

type Parts = { -readonly [K in keyof Omit<CompiledRules, 'plans'>]: CompiledRules[K][number][] };

/**
 * Compiles all rule files of a gateway, once at start and once for each reload. Rules run in the order of the files
 * and, inside a file, in the order of writing. All problems of all files are reported.
 */
export function compileRules(files: readonly RuleFile[], known: Known): Compilation {
  const language = createLanguage();
  const parts: Parts = { rules: [], transformations: [], cases: [] };
  const problems: Problem[] = [];
  const context = { language, destinations: known.destinations };
  for (const source of files) {
    if ('rules' in source) {
      compileModule(source.file, source.rules, { parts, problems, known });
      continue;
    }
    const read = readRuleFile(source.text, source.file, problems);
    if (read === undefined) continue;
    const { config, reporter } = read;
    const use = { ...context, reporter };
    for (const [index, rule] of config.rules.entries()) parts.rules.push(compileRule(rule, index, use));
    for (const [index, transformation] of config.transformations.entries()) {
      parts.transformations.push(compileTransformation(transformation, index, use));
    }
    for (const [index, test] of config.tests.entries()) {
      parts.cases.push(compileCase(test, ['tests', index], { ...known, reporter }));
    }
    reportDuplicates(parts, reporter);
  }
  return { rules: planRules(parts), problems: sortProblems(problems) };
}

interface Module {
  readonly parts: Parts;
  readonly problems: Problem[];
  readonly known: Known;
}

function compileModule(file: string, definitions: RuleModule, { parts, problems, known }: Module): void {
  const reporter = moduleReporter(file, problems);
  if (definitions.length === 0) {
    reporter.at([], { code: 'bad_module', message: 'The module exports no rule made by defineRule.' });
  }
  for (const definition of definitions) {
    parts.rules.push(compileDefinition(definition, { ...known, reporter }));
    for (const [index, test] of definition.tests.entries()) {
      parts.cases.push(compileCase(test, [definition.name, 'tests', index], { ...known, reporter }));
    }
  }
  reportDuplicates(parts, reporter);
}

/** Called after each file, so that the second of two files with one name is the one at fault. */
function reportDuplicates(parts: Parts, reporter: Reporter): void {
  for (const kind of ['rules', 'transformations'] as const) {
    const seen = new Map<string, string>();
    let index = -1;
    for (const { name, file } of parts[kind]) {
      index = file === reporter.file ? index + 1 : index;
      const before = seen.get(name);
      seen.set(name, before ?? file);
      if (before === undefined || file !== reporter.file) continue;
      reporter.at([kind, index, 'name'], {
        code: 'duplicate_name',
        message: `There is another one named \`${name}\` in ${before}.`,
        seen: name,
      });
    }
  }
}
