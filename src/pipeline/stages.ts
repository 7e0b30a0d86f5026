import type { BoundDestination, Payload } from '../contract/destination.ts';
import { gate, type Permit } from '../contract/permit.ts';
import type { ConsentType } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { Event } from '../model/event.ts';
import { isRefusal, type Refusal } from '../model/refusal.ts';
import { bitsOf, grantedBits, sequenceOf } from '../model/withdrawal.ts';
import type { Logger } from '../observe/logger.ts';
import { type Route, type RuleVerdict, route } from '../rules/match.ts';
import type { Queued } from '../store/ports.ts';
import { sessionize } from './sessionize.ts';
import { holdKeyOf, type Step, StoreFailure } from './step.ts';
import { honourWithdrawal, wasWithdrawn } from './withdrawn.ts';

/** Goes on to the next stage, or ends the event's way here; why is in the decision it left. */
export type Stage = (step: Step) => 'go' | 'stop';

/** THE list, in order: first what needs no session, … */
export const beforeSession: readonly Stage[] = [
  dedupe, // the same id on the same site is the same event
  keepBotsApart, // stored and explained, never counted or forwarded
  takeBack, // what its visitor has withdrawn since it happened counts as refused
  findWaiting, // what waited for this visitor's decision, to be judged before the event itself
];

/** … then the rest. A held event that is released starts here. */
export const fromSession: readonly Stage[] = [
  sessionize, // which session, by event time, and which touch it goes by
  applyRules, // which destinations, with which changes
  passGates, // what each of them may have, built at once
];

/**
 * Runs stages until one stops the event; false: it was stopped. A bug of ours in one event must not keep the others
 * waiting: the event stays in the log with its reason and goes nowhere.
 */
export function runStages(stages: readonly Stage[], step: Step, tools: { readonly log: Logger }): boolean {
  try {
    return stages.every((stage) => stage(step) === 'go');
  } catch (error) {
    if (error instanceof StoreFailure) throw error;
    tools.log.error(
      { event: step.event.id, error: String(error) },
      'the pipeline failed on an event; it goes nowhere',
    );
    step.queued.length = 0;
    step.holds.length = 0;
    step.decisions.push({ stop: 'rules', reason: 'failed', facts: { error: nameOf(error) } });
    return false;
  }
}

/** An error's message may repeat values of the event, which a decision must not hold. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function dedupe(step: Step): 'go' | 'stop' {
  if (!step.store.hasEvent(step.event.site, step.event.id)) return 'go';
  step.decisions.push({ stop: 'dedupe', reason: 'duplicate' });
  return 'stop';
}

function keepBotsApart(step: Step): 'go' | 'stop' {
  const { isBot, botReason } = step.event.client;
  if (!isBot) return 'go';
  step.decisions.push({
    stop: 'dedupe',
    reason: 'bot',
    ...(botReason !== undefined && { facts: { pattern: botReason } }),
  });
  return 'stop';
}

function takeBack(step: Step): 'go' {
  const honoured = honourWithdrawal(step.event, step.store, step.generation.policy);
  if (honoured === null) return 'go';
  step.event = honoured.event;
  step.decisions.push(honoured.decision);
  return 'go';
}

function findWaiting(step: Step): 'go' {
  const { event, store } = step;
  const key = holdKeyOf(event);
  if (key === undefined) return 'go';
  // One whose time is over is lost, even where it has not been purged yet.
  step.waiting.push(...store.heldFor(key).filter(({ expiresAtMs }) => expiresAtMs > event.receivedAtMs));
  return 'go';
}

function applyRules(step: Step): 'go' | 'stop' {
  const { verdicts, routes } = route(step.generation.rules, step.event);
  for (const verdict of verdicts) {
    const decision = ruleDecision(verdict);
    if (decision !== null) step.decisions.push(decision);
  }
  step.routes =
    step.only === undefined ? routes : routes.filter(({ destination }) => step.only?.has(destination));
  if (step.routes.length > 0) return 'go';
  step.decisions.push({ stop: 'rules', reason: 'no_rule' });
  return 'stop';
}

/** A rule that simply did not match leaves no record: `explain` works that out again, with the part that was false. */
function ruleDecision({ rule, reason, message }: RuleVerdict): Decision | null {
  if (reason === 'rule_not_matched' || reason === 'rule_disabled') return null;
  return { stop: 'rules', reason, rule, ...(message !== undefined && { facts: { message } }) };
}

function passGates(step: Step): 'go' {
  for (const found of step.routes) {
    const destination = step.generation.destinations.get(found.destination);
    if (destination !== undefined) passGate(step, found, destination);
    else step.decisions.push({ stop: 'gate', reason: 'destination_off', destination: found.destination });
  }
  return 'go';
}

function passGate(step: Step, found: Route, destination: BoundDestination): void {
  const { generation, decisions } = step;
  const { key } = destination;
  const required = [...new Set([...destination.needs.required, ...found.requires])];
  const permit = gate(found.event, key, { ...destination.needs, required }, generation.policy);
  if (isRefusal(permit)) {
    refuse(step, permit, { key, required });
    return;
  }
  if (found.notes.length > 0) {
    decisions.push({
      stop: 'rules',
      reason: 'rule_matched',
      destination: key,
      facts: { notes: found.notes },
    });
  }
  build(step, permit, { destination, required });
}

interface Refused {
  readonly key: string;
  readonly required: readonly ConsentType[];
}

/** What may wait for one page life, over all destinations: every event of it looks through what waits. */
const maxWaiting = 500;

/** Undecided: held where the page can still tell us, dropped otherwise. Denied: dropped, whatever the policy. */
function refuse(step: Step, refusal: Refusal, { key: destination, required }: Refused): void {
  const { generation, decisions, event } = step;
  const holdKey = holdKeyOf(event);
  const mayHold =
    refusal.refused === 'consent_undecided' && generation.whenUndecided.get(destination) === 'hold';
  const isFull = step.waiting.length + step.holds.length >= maxWaiting;
  const facts = {
    ...refusal.facts,
    ...(mayHold && isFull && { why: 'too much of this page life waits already' }),
  };
  if (!mayHold || isFull || holdKey === undefined || generation.holdMs === 0) {
    const reason = wasWithdrawn(event, required) ? 'withdrawn' : refusal.refused;
    decisions.push({ stop: 'gate', reason, destination, facts });
    return;
  }
  const expiresAtMs = event.receivedAtMs + generation.holdMs;
  step.holds.push({
    key: holdKey,
    held: { offset: step.offset, destination, expiresAtMs, needs: bitsOf(required) },
  });
  decisions.push({ stop: 'gate', reason: 'held', destination, facts });
}

interface Sending {
  readonly destination: BoundDestination;
  readonly required: readonly ConsentType[];
}

function build(step: Step, permit: Permit, { destination, required }: Sending): void {
  const { decisions, event, offset } = step;
  const { key } = destination;
  const payload = buildSafely(permit, destination);
  if (isRefusal(payload)) {
    const facts = { message: payload.message, ...payload.facts };
    decisions.push({ stop: 'build', reason: payload.refused, destination: key, facts });
    return;
  }
  decisions.push(gateDecision(permit));
  step.queued.push({
    destination: key,
    offset,
    eventId: event.id,
    payload: JSON.stringify(payload),
    atMs: step.nowMs,
    ...grantOf(event, [...required, ...destination.needs.optional]),
  });
}

/** What the payload rests on: what had to be granted, and what was and let fields in. */
function grantOf(event: Event, types: readonly ConsentType[]): Pick<Queued, 'grant'> {
  const { site, visitor, consent } = event;
  if (visitor === undefined) return {};
  const used = bitsOf(types) & grantedBits(consent);
  return { grant: { site, visitorKey: visitor.key, types: used, sequenceMs: sequenceOf(event) } };
}

/** Which of the three ways of being let through it was; of what had to go, the names. */
function gateDecision({ destination, removed, isRestricted }: Permit): Decision {
  if (removed !== undefined) {
    return { stop: 'gate', reason: 'consent_reduced', destination, facts: { removed } };
  }
  return { stop: 'gate', reason: isRestricted ? 'consent_restricted' : 'consent_granted', destination };
}

/** A destination's bug keeps the event from that destination, not from the others. */
function buildSafely(permit: Permit, destination: BoundDestination): Payload | Refusal {
  try {
    return destination.build(permit);
  } catch (error) {
    return { refused: 'failed', message: `the destination threw a ${nameOf(error)}` };
  }
}
