import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Tally } from '../observe/tally.ts';
import type { Batch } from '../store/ports.ts';
import type { Step } from './step.ts';

/** Writes the state and the payloads that an event's stages have made, and counts their decisions. */
export function writeEffects(step: Step, batch: Batch, tally: Tally): void {
  for (const [key, value] of step.states) batch.writeState(key, value, step.nowMs);
  for (const item of step.queued) batch.enqueue(item);
  for (const { stop, reason, destination, rule } of step.decisions) {
    tally.add(stop, reason, destination ?? rule ?? '');
  }
}

/** What the pipeline added to the logged event. */
export function additionsOf({ visitor, session, campaign }: Event): JsonObject {
  if (visitor === undefined) return {};
  return { campaign, ...(session && { session }) };
}

/** What a person may look the event up by. */
export function keysOf(event: Event): readonly string[] {
  const keys = [event.id];
  const named = [event.commerce?.transactionId, event.session?.id, event.visitor?.key];
  for (const key of named) if (key) keys.push(key);
  for (const { value } of Object.values(event.campaign.touch?.clickIds ?? {})) if (value) keys.push(value);
  return keys;
}
