import { existsSync, readFileSync } from 'node:fs';
import { parseConfig } from '../config/parse.ts';
import type { Problem } from '../config/problem.ts';
import type { CompiledRules } from '../rules/match.ts';
import { crossCheck } from './cross-check.ts';
import { planThreads, type ThreadPlan } from './plan.ts';
import { loadRules, shownPath } from './rule-files.ts';
import { type Config, configSchema } from './schema.ts';
import type { Snapshot } from './snapshot.ts';

/** A configuration without a problem, its compiled rules, and the threads' part of it. */
export interface Loaded {
  readonly snapshot: Snapshot;
  readonly config: Config;
  readonly rules: CompiledRules;
  readonly plan: ThreadPlan;
}

export type LoadResult =
  | { readonly ok: true; readonly loaded: Loaded }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks a whole configuration with its rules. Every problem of every file is reported. */
export async function load(snapshot: Snapshot): Promise<LoadResult> {
  const parsed = parseConfig(configSchema, snapshot.text, shownPath(snapshot.file), {
    env: (name) => process.env[name],
    file: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  });
  if (!parsed.ok) return { ok: false, problems: parsed.problems };
  const { value: config, input, report } = parsed;
  const { rules, problems } = await loadRules(
    snapshot.rules,
    snapshot.hash,
    Object.keys(config.destinations),
  );
  const all = [...crossCheck(config, report), ...problems];
  if (all.length > 0) return { ok: false, problems: all };
  return { ok: true, loaded: { snapshot, config, rules, plan: planThreads(config, input, snapshot) } };
}
