import { formatProblems } from '../config/problem.ts';
import type { PipelineGeneration } from '../pipeline/step.ts';
import { compileDefinition } from '../session/definition.ts';
import { bindDestinations } from './destinations.ts';
import type { ThreadPlan } from './plan.ts';
import { loadRules } from './rule-files.ts';

/** Everything the pipeline needs of a plan. The main thread has checked the rules, so a problem is a bug and throws. */
export async function compilePipeline(plan: ThreadPlan): Promise<PipelineGeneration> {
  const { rules, problems } = await loadRules(
    plan.rules,
    plan.version,
    plan.destinations.map(({ key }) => key),
  );
  if (problems.length > 0) throw new Error(formatProblems(problems, { colour: false }));
  return {
    rules,
    destinations: bindDestinations(plan),
    whenUndecided: new Map(plan.destinations.map(({ key, whenUndecided }) => [key, whenUndecided])),
    holdMs: plan.holdMs,
    definition: compileDefinition(plan.sessions),
    policy: plan.policy,
  };
}
