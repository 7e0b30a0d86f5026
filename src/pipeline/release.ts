import { parseLogLine } from '../contract/storable.ts';
import { isUndecided } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { Event, Visitor } from '../model/event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Tally } from '../observe/tally.ts';
import type { Batch, HeldEvent } from '../store/ports.ts';
import { additionsOf, keysOf, writeEffects } from './effects.ts';
import { forgetHeld } from './forget.ts';
import { fromSession, runStages } from './stages.ts';
import { createStep, type Step } from './step.ts';
import { honourWithdrawal } from './withdrawn.ts';

interface ReleaseTools {
  readonly tally: Tally;
  readonly log: Logger;
}

/**
 * Judges the events that waited for this visitor's decision, with the consent and the identity that came now. Each
 * destination is judged anew: granted goes on, denied is purged, undecided waits on. The event keeps its id and time.
 * Returns the destinations that got something.
 */
export function release(decider: Step, batch: Batch, tools: ReleaseTools): readonly string[] {
  const decided = decider.waiting.filter((held) => !isOpen(decider, held));
  const byOffset = Map.groupBy(decided, ({ offset }) => offset);
  return [...byOffset].flatMap(([offset, held]) => releaseOne(decider, { offset, held }, batch, tools));
}

/** The destination's own needs are still undecided, so that there is nothing to work out. A rule may ask for more. */
function isOpen({ event, generation }: Step, { destination }: HeldEvent): boolean {
  const required = generation.destinations.get(destination)?.needs.required ?? [];
  return required.some((type) => isUndecided(event.consent, type));
}

interface Waiting {
  readonly offset: number;
  readonly held: readonly HeldEvent[];
}

function releaseOne(
  decider: Step,
  { offset, held }: Waiting,
  batch: Batch,
  tools: ReleaseTools,
): readonly string[] {
  const line = batch.readLine(offset);
  const step = line === undefined ? null : stepOf(decider, { offset, held }, line, batch);
  if (step !== null) runStages(fromSession, step, tools);
  const waitsOn = new Set(step?.holds.map((hold) => hold.held.destination));
  const settled = held.filter(({ destination }) => !waitsOn.has(destination));
  for (const { destination } of settled) batch.dropHeld(offset, destination);
  if (step === null || settled.length === 0) return [];
  return step.queued.length === 0 ? purge(step, batch, tools) : goOn(step, decider, batch, tools);
}

function stepOf(decider: Step, { offset, held }: Waiting, line: string, batch: Batch): Step {
  const { generation, store, nowMs } = decider;
  const only = new Set(held.map(({ destination }) => destination));
  const known: Event = { ...parseLogLine(line).event, ...batch.readAdditions(offset) };
  const found = identified(known, decider.event);
  // Waiting does not save an event from a withdrawal that came in between, from whatever page.
  const honoured = honourWithdrawal(found, store, generation.policy);
  const event = honoured?.event ?? found;
  return createStep({
    offset,
    event,
    generation,
    store,
    nowMs,
    only,
    isPlaced: known.visitor !== undefined,
  });
}

/** Nothing is sent, so it does not count for its session either. */
function purge({ offset, decisions, nowMs }: Step, batch: Batch, { tally }: ReleaseTools): readonly string[] {
  const told = decisions
    .filter(({ stop }) => stop !== 'session')
    .flatMap((decision) => judged(decision, nowMs));
  for (const { stop, reason, destination, rule } of told) tally.add(stop, reason, destination ?? rule ?? '');
  batch.addDecisions(offset, told);
  forgetHeld(batch, offset);
  return [];
}

function goOn(step: Step, decider: Step, batch: Batch, { tally }: ReleaseTools): readonly string[] {
  const { offset, event, nowMs } = step;
  const released: Decision = {
    stop: 'gate',
    reason: 'released',
    atMs: nowMs,
    facts: { by: decider.event.id },
  };
  const decisions = [released, ...step.decisions.flatMap((decision) => judged(decision, nowMs))];
  writeEffects({ ...step, decisions }, batch, tally);
  batch.addDecisions(offset, decisions);
  const { consent, client, visitor, page } = event;
  const identity = { consent, client, ...(visitor && { visitor }), ...(page && { page }) };
  batch.rewriteAdditions(offset, { ...additionsOf(event), ...identity }, keysOf(event));
  return step.queued.map(({ destination }) => destination);
}

/** A decision in the words for a held event. That it waits on is no news. */
function judged(decision: Decision, atMs: number): readonly Decision[] {
  if (decision.reason === 'held') return [];
  if (decision.reason === 'consent_denied') return [{ ...decision, reason: 'held_denied', atMs }];
  return [{ ...decision, atMs }];
}

/**
 * The held event with the identity that the same page life now allows. The landing evidence of the page comes from the
 * deciding event where it saw the same page, because the held one was stored without click ids.
 */
function identified(held: Event, decider: Event): Event {
  const seen = isSamePage(held.page?.url, decider.page?.url) ? decider : held;
  const touch = seen.campaign.touch ?? held.campaign.touch;
  const visitor = visitorOf(held.visitor, decider.visitor);
  const { url, referrer } = seen.page ?? {};
  return {
    ...held,
    consent: decider.consent,
    client: decider.client,
    ...(visitor && { visitor }),
    ...(held.page && {
      page: { ...held.page, ...(url !== undefined && { url }), ...(referrer !== undefined && { referrer }) },
    }),
    campaign: { ...held.campaign, ...(touch && { touch: { ...touch, atMs: held.occurredAtMs } }) },
  };
}

/** Whoever the held event was of stays; the deciding event may know more ids of the same browser. */
function visitorOf(held: Visitor | undefined, decider: Visitor | undefined): Visitor | undefined {
  if (held === undefined || decider === undefined) return held ?? decider;
  return held.key === decider.key ? { ...decider, isNew: held.isNew } : held;
}

function isSamePage(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const [one, other] = [URL.parse(a), URL.parse(b)];
  return one !== null && one.origin === other?.origin && one.pathname === other.pathname;
}
