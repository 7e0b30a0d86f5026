import { parseLogLine } from '../contract/storable.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject } from '../model/json.ts';
import type { Logger } from '../observe/logger.ts';
import type { Tally } from '../observe/tally.ts';
import type { Batch, LoggedLine, State } from '../store/ports.ts';
import { additionsOf, keysOf, writeEffects } from './effects.ts';
import { forgetHeld } from './forget.ts';
import { release } from './release.ts';
import { beforeSession, fromSession, runStages } from './stages.ts';
import { createStep, type PipelineGeneration, readsOf, type Step } from './step.ts';

/** What a batch needs from outside. */
export interface BatchTools {
  /** UTC milliseconds. */
  readonly nowMs: number;
  readonly tally: Tally;
  readonly log: Logger;
}

/** How much a batch did. */
export interface BatchResult {
  readonly lines: number;
  /** Destinations that got something to send. */
  readonly queuedFor: ReadonlySet<string>;
}

/** Takes the next lines of the log through the stages, in one transaction: state, outbox and offset together. */
export function runBatch(
  state: State,
  limit: number,
  generation: PipelineGeneration,
  tools: BatchTools,
): BatchResult {
  const queuedFor = new Set<string>();
  const lines = state.advance(limit, (logged, batch) => {
    const store = readsOf(batch);
    for (const line of logged) {
      const event = eventOf(line, tools);
      if (event === null) continue;
      const step = createStep({
        offset: line.offset,
        event,
        generation,
        store,
        nowMs: tools.nowMs,
        isPlaced: false,
      });
      for (const destination of runEvent(step, batch, tools)) queuedFor.add(destination);
    }
  });
  return { lines, queuedFor };
}

/** Held events that are purged in one go, so that appends do not wait long. */
const maxExpired = 2_000;

/** Purges held events whose visitors did not decide in time. */
export function expireHeld(state: State, nowMs: number, tally: Tally): void {
  state.transact((batch) => {
    for (const { offset, destination } of state.takeExpired(nowMs, maxExpired)) {
      batch.addDecisions(offset, [{ stop: 'gate', reason: 'held_expired', destination, atMs: nowMs }]);
      tally.add('gate', 'held_expired', destination);
      forgetHeld(batch, offset);
    }
  });
}

/** The event of a line. One that cannot be read is a bug of ours and must not keep the others waiting: it is passed over. */
function eventOf({ offset, line }: LoggedLine, { log }: BatchTools): Event | null {
  try {
    const { event } = parseLogLine(line);
    if (isJsonObject(event)) return event;
  } catch {
    // The same as a line that holds something else.
  }
  log.error({ offset }, 'a logged line cannot be read; it is passed over');
  return null;
}

function runEvent(step: Step, batch: Batch, tools: BatchTools): readonly string[] {
  if (!runStages(beforeSession, step, tools)) return commit(step, batch, tools);
  const released = step.waiting.length === 0 ? [] : release(step, batch, tools);
  runStages(fromSession, step, tools);
  return [...released, ...commit(step, batch, tools)];
}

/** Writes what the stages made of an event; returns the destinations that got something. */
function commit(step: Step, batch: Batch, { tally }: BatchTools): readonly string[] {
  const { event, offset } = step;
  writeEffects(step, batch, tally);
  for (const { key, held } of step.holds) batch.hold(key, held);
  batch.writeStory({
    offset,
    site: event.site,
    eventId: event.id,
    name: event.name,
    receivedAtMs: event.receivedAtMs,
    additions: additionsOf(event),
    decisions: step.decisions,
    keys: keysOf(event),
  });
  return step.queued.map(({ destination }) => destination);
}
