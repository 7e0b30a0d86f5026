import { isDeepStrictEqual } from 'node:util';
import { isGranted } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { readPath } from './map.ts';
import { type CompiledCase, type CompiledRules, explainRules, type Route, route } from './match.ts';
import type { MadeEvent } from './test-event.ts';

/** How one test of a rule file went. */
export interface CaseResult {
  readonly file: string;
  readonly line?: number;
  readonly name: string;
  readonly ok: boolean;
  /** What was expected and what came, a line for each difference; empty when it passed. */
  readonly differences: readonly string[];
}

/**
 * Runs the tests inside the rule files. A destination counts as reached where the rules route the event to it and the
 * test's consent grants what the rules ask for; what the destination itself needs is not known here.
 */
export function runCases(
  rules: CompiledRules,
  makeEvent: (partial: JsonObject) => MadeEvent,
): readonly CaseResult[] {
  return rules.cases.map((test) => {
    const made = makeEvent(test.event);
    const differences = made.ok
      ? compare(test, rules, made.event)
      : made.issues.map((issue) => `event.${issue.path.join('.')}: ${issue.message}`);
    return {
      file: test.file,
      ...(test.line !== undefined && { line: test.line }),
      name: test.name,
      ok: differences.length === 0,
      differences,
    };
  });
}

function compare(test: CompiledCase, rules: CompiledRules, event: Event): readonly string[] {
  const reached = route(rules, event).routes.filter((found) =>
    found.requires.every((type) => isGranted(event.consent, type)),
  );
  return [...compareDestinations(test, reached, () => why(rules, event)), ...compareValues(test, reached)];
}

function compareDestinations(
  test: CompiledCase,
  reached: readonly Route[],
  reasons: () => readonly string[],
): readonly string[] {
  const expected = [...new Set(test.expect.to)].toSorted();
  const actual = reached.map((found) => found.destination).toSorted();
  if (isDeepStrictEqual(expected, actual)) return [];
  return [`to: expected [${expected.join(', ')}], got [${actual.join(', ')}]`, ...reasons()];
}

function why(rules: CompiledRules, event: Event): readonly string[] {
  return explainRules(rules, event).map(({ rule, reason, falsePart, message }) => {
    const detail = falsePart ?? message;
    return `  ${rule}: ${reason}${detail === undefined ? '' : ` (${detail})`}`;
  });
}

function compareValues(test: CompiledCase, reached: readonly Route[]): readonly string[] {
  return Object.entries(test.expect.values).flatMap(([destination, values]) => {
    const found = reached.find((candidate) => candidate.destination === destination);
    if (found === undefined) return [`${destination}: expected values, and the event does not reach it`];
    return Object.entries(values).flatMap(([path, expected]) => compareValue(found, path, expected));
  });
}

function compareValue(found: Route, path: string, expected: Json): readonly string[] {
  const actual = readPath(found.event, path.split('.')) ?? null;
  if (isDeepStrictEqual(actual, expected)) return [];
  const place = `${found.destination}: ${path}`;
  return [`${place}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`, ...found.notes];
}
