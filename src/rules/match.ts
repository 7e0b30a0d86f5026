import type { ConsentType } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Reason } from '../model/reason.ts';
import { type Change, isEvent } from './map.ts';
import type { Case } from './schema.ts';
import { shareOf } from './share.ts';
import { ExpressionFailure, type Scope } from './value.ts';

/** A compiled rule. */
export interface CompiledRule {
  readonly name: string;
  readonly file: string;
  readonly isEnabled: boolean;
  readonly to: readonly string[];
  readonly requires: readonly ConsentType[];
  /** 0 to 1. */
  readonly sample: number;
  holds(scope: Scope & { readonly event: Event }): boolean | ExpressionFailure;
  falsePart(scope: Scope & { readonly event: Event }): string | undefined;
  /** Absent where the rule changes nothing. A failure: the rule does not apply. */
  readonly change?: (event: JsonObject, notes: string[]) => JsonObject | ExpressionFailure;
}

/** A compiled transformation. */
export interface CompiledTransformation {
  readonly name: string;
  readonly file: string;
  readonly to: 'all' | readonly string[];
  readonly change: Change;
}

/** A test of a rule file, with the place it stands. */
export interface CompiledCase extends Case {
  readonly file: string;
  readonly line?: number;
}

/** All rules of a gateway, ready to run. Made by `compileRules`, replaced as a whole on reload. */
export interface CompiledRules {
  readonly rules: readonly CompiledRule[];
  readonly transformations: readonly CompiledTransformation[];
  readonly cases: readonly CompiledCase[];
  readonly plans: readonly DestinationPlan[];
}

/** Which rules and transformations concern one destination; worked out once. */
export interface DestinationPlan {
  readonly destination: string;
  /** Indexes into the rules. */
  readonly rules: readonly number[];
  readonly changes: readonly Change[];
}

/** What one rule said of one event, for the decision record. */
export interface RuleVerdict {
  readonly rule: string;
  readonly reason: Reason;
  /** Why it failed; holds no values of the event. */
  readonly message?: string;
  /** The smallest part of the condition that is not true; only where it was asked for. */
  readonly falsePart?: string;
}

/** An event on its way to one destination, before the consent gate. */
export interface Route {
  readonly destination: string;
  /** The event as this destination's rules and transformations made it; the very same object where they change nothing. */
  readonly event: Event;
  /** What the rules ask for beside the destination's own needs; all of it must be granted. */
  readonly requires: readonly ConsentType[];
  readonly rules: readonly string[];
  /** What was skipped on the way, in words. */
  readonly notes: readonly string[];
}

/** What all rules made of one event. No routes: the event goes nowhere. */
export interface Routing {
  readonly verdicts: readonly RuleVerdict[];
  readonly routes: readonly Route[];
}

/** Makes the plans of compiled rules. */
export function planRules(parts: Omit<CompiledRules, 'plans'>): CompiledRules {
  const destinations = new Set(parts.rules.flatMap((rule) => rule.to));
  const plans = [...destinations].toSorted().map((destination) => ({
    destination,
    rules: parts.rules.flatMap((rule, index) => (rule.to.includes(destination) ? [index] : [])),
    changes: parts.transformations
      .filter(({ to }) => to === 'all' || to.includes(destination))
      .map(({ change }) => change),
  }));
  return { ...parts, plans };
}

/**
 * Runs every rule over one event. A destination gets the event once where at least one enabled rule that names it
 * matches; the mappings of all such rules apply in order, then its transformations; their consent requirements unite.
 */
export function route(rules: CompiledRules, event: Event): Routing {
  const scope = { event };
  const verdicts = rules.rules.map((rule) => verdictOf(rule, scope));
  const routes: Route[] = [];
  for (const plan of rules.plans) {
    const found = routeTo(plan, { rules, event, verdicts });
    if (found !== undefined) routes.push(found);
  }
  return { verdicts, routes };
}

/** The verdict of every rule with the part that is not true; what `route` leaves out for speed. */
export function explainRules(rules: CompiledRules, event: Event): readonly RuleVerdict[] {
  return rules.rules.map((rule) => explainRule(rule, event));
}

/** One rule's verdict with the part of its condition that is not true. */
export function explainRule(rule: CompiledRule, event: Event): RuleVerdict {
  const scope = { event };
  const verdict = verdictOf(rule, scope);
  if (verdict.reason !== 'rule_not_matched' && verdict.reason !== 'rule_failed') return verdict;
  const falsePart = rule.falsePart(scope);
  return { ...verdict, ...(falsePart !== undefined && { falsePart }) };
}

function verdictOf(rule: CompiledRule, scope: { readonly event: Event }): RuleVerdict {
  if (!rule.isEnabled) return { rule: rule.name, reason: 'rule_disabled' };
  const holds = rule.holds(scope);
  if (holds === false) return { rule: rule.name, reason: 'rule_not_matched' };
  if (holds instanceof ExpressionFailure) return failed(rule, holds);
  if (rule.sample < 1 && shareOf(rule.name, sampleKey(scope.event)) >= rule.sample) {
    return { rule: rule.name, reason: 'rule_sampled_out' };
  }
  return { rule: rule.name, reason: 'rule_matched' };
}

/** A field that is not there is an ordinary no; anything else deserves a look. */
function failed(rule: CompiledRule, failure: ExpressionFailure): RuleVerdict {
  if (failure.kind === 'missing') return { rule: rule.name, reason: 'rule_not_matched' };
  return { rule: rule.name, reason: 'rule_failed', message: failure.message };
}

/** By visitor, so that a visitor's events stay together; by event where there is no visitor. */
function sampleKey(event: Event): string {
  return event.visitor?.key ?? event.id;
}

interface Work {
  readonly rules: CompiledRules;
  readonly event: Event;
  /** A rule whose mapping fails is marked here. */
  readonly verdicts: RuleVerdict[];
}

function routeTo(plan: DestinationPlan, work: Work): Route | undefined {
  const used: CompiledRule[] = [];
  const notes: string[] = [];
  let mapped: JsonObject = work.event;
  for (const index of plan.rules) {
    const rule = work.rules.rules[index];
    if (rule === undefined || work.verdicts[index]?.reason !== 'rule_matched') continue;
    const next = rule.change === undefined ? mapped : rule.change(mapped, notes);
    if (next instanceof ExpressionFailure) {
      work.verdicts[index] = { rule: rule.name, reason: 'rule_failed', message: next.message };
      continue;
    }
    mapped = next;
    used.push(rule);
  }
  if (used.length === 0) return undefined;
  for (const change of plan.changes) mapped = change(mapped, notes);
  return {
    destination: plan.destination,
    event: eventOf(mapped, work.event),
    requires: [...new Set(used.flatMap((rule) => rule.requires))],
    rules: used.map((rule) => rule.name),
    notes,
  };
}

/** Every change keeps the event's shape (a property test holds it to that), so anything else is our own bug. */
function eventOf(mapped: JsonObject, original: Event): Event {
  if (mapped === original) return original;
  if (isEvent(mapped)) return mapped;
  throw new Error('a rule change made something that is not an event');
}
