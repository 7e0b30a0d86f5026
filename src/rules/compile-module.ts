import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { RuleDefinition } from './define.ts';
import { isEvent } from './map.ts';
import type { CompiledRule } from './match.ts';
import { checkDestinations, type Reporter } from './report.ts';
import { ExpressionFailure } from './value.ts';

/** Compiles a rule that a TypeScript module defined: its functions are wrapped, so that a throw stays a value. */
export function compileDefinition(
  definition: RuleDefinition,
  use: { readonly reporter: Reporter; readonly destinations: readonly string[] },
): CompiledRule {
  const { name, map } = definition;
  checkDestinations(definition.to, [name, 'to'], use);
  return {
    name,
    file: use.reporter.file,
    isEnabled: definition.enabled ?? true,
    to: definition.to,
    requires: definition.consent ?? [],
    sample: definition.sample ?? 1,
    holds: ({ event }) => decide(definition, event),
    falsePart: () => undefined,
    ...(map !== undefined && { change: (event: JsonObject) => apply(map, event) }),
  };
}

function decide({ when }: RuleDefinition, event: Event): boolean | ExpressionFailure {
  try {
    const answer: unknown = when(event);
    if (typeof answer === 'boolean') return answer;
    return new ExpressionFailure('failed', 'when() gave neither true nor false');
  } catch (error) {
    return new ExpressionFailure('failed', `when() threw ${kindOf(error)}`);
  }
}

function apply(map: NonNullable<RuleDefinition['map']>, event: JsonObject): JsonObject | ExpressionFailure {
  if (!isEvent(event))
    return new ExpressionFailure('failed', 'map() was given something that is not an event');
  try {
    const mapped = keepIdentity(map(structuredClone(event)), event);
    return isEvent(mapped)
      ? mapped
      : new ExpressionFailure('failed', 'map() made something that is not an event');
  } catch (error) {
    return new ExpressionFailure('failed', `map() threw ${kindOf(error)}`);
  }
}

/** What a rule never changes: which event it is, whose, and what was consented to. */
function keepIdentity(mapped: Event, original: Event): JsonObject {
  const { visitor: mappedVisitor, ...rest } = mapped;
  const { visitor } = original;
  return {
    ...rest,
    id: original.id,
    site: original.site,
    protocol: original.protocol,
    sentBy: original.sentBy,
    receivedAtMs: original.receivedAtMs,
    consent: original.consent,
    ...(visitor && mappedVisitor && { visitor: { ...mappedVisitor, key: visitor.key } }),
  };
}

/** The error's class only: a message may quote personal values. */
function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
