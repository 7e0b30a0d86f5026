import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Problem } from '../config/problem.ts';
import { compileRules, type RuleFile } from '../rules/compile.ts';
import { rulesOfModule } from '../rules/define.ts';
import type { CompiledRules } from '../rules/match.ts';
import type { RuleSource } from './snapshot.ts';

// A rule module imports `throughline/rules` wherever its folder is, also where nothing is installed beside it.
const authorsModule = new URL(
  `../rules/define.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
  import.meta.url,
).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'throughline/rules' ? { url: authorsModule, shortCircuit: true } : next(specifier, context),
});

/** Compiles rule files, modules included. Every problem of every file is reported. */
export async function loadRules(
  sources: readonly RuleSource[],
  version: string,
  destinations: readonly string[],
): Promise<{ readonly rules: CompiledRules; readonly problems: readonly Problem[] }> {
  const read = await Promise.all(sources.map((source) => readRuleFile(source, version)));
  const unreadable = read.flatMap((source) => ('problem' in source ? [source.problem] : []));
  const files = read.flatMap((source) => ('problem' in source ? [] : [source]));
  const { rules, problems } = compileRules(files, { destinations });
  return { rules, problems: [...unreadable, ...problems] };
}

async function readRuleFile(
  source: RuleSource,
  version: string,
): Promise<RuleFile | { readonly problem: Problem }> {
  const file = shownPath(source.file);
  if (source.kind === 'yaml') return { file, text: source.text };
  try {
    // The query makes a changed module a new one; Node keeps modules for ever by their address.
    const exports: Readonly<Record<string, unknown>> = await import(
      `${pathToFileURL(source.file).href}?v=${version}`
    );
    const rules = rulesOfModule(exports);
    if (rules.length > 0) return { file, rules };
    return {
      problem: { code: 'bad_module', file, message: 'The module exports no rule made by defineRule.' },
    };
  } catch (error) {
    const message = `The module could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
    return { problem: { code: 'bad_module', file, message } };
  }
}

/** The path as a person at the terminal would write it. */
export function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
