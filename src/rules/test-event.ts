import type { z } from 'zod';
import { type ConsentType, consentTypes } from '../model/consent.ts';
import { type Event, eventSchema } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** A complete event, or what does not fit; `value` is the completed event that the issues speak of. */
export type MadeEvent =
  | { readonly ok: true; readonly event: Event }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[]; readonly value: JsonObject };

const atMs = Date.UTC(2026, 0, 15, 12);

const granted = Object.fromEntries(
  consentTypes.map((type: ConsentType) => [type, { granted: true, basis: 'signal', by: 'test' }]),
);

const usual: JsonObject = {
  id: 'test-event',
  name: 'page_view',
  site: 'test',
  protocol: 'throughline',
  sentBy: 'browser',
  occurredAtMs: atMs,
  receivedAtMs: atMs,
  visitor: { key: 'test-visitor', isNew: false, firstSeenAtMs: atMs, clientIds: {} },
  session: {
    id: 'test-session',
    number: 1,
    startedAtMs: atMs,
    isStart: false,
    isEngaged: true,
    engagementMs: 0,
  },
  campaign: {},
  consent: { regime: 'opt_in', types: granted, optedOut: false, sources: ['test'], problems: [] },
  client: { isBot: false },
  properties: {},
};

const usualTouch: JsonObject = {
  kind: 'campaign',
  source: 'test',
  medium: 'test',
  clickIds: {},
  channel: 'Unassigned',
  atMs,
};

/**
 * Completes the event of a rule test: a known visitor with every consent granted, a running session, no campaign.
 * Maps are merged, all else is replaced, `null` takes a part away. A touch needs only what the test is about.
 */
export function makeEvent(partial: JsonObject): MadeEvent {
  const campaign = isJsonObject(partial['campaign']) ? partial['campaign'] : {};
  const touches = Object.entries(campaign).filter(([, touch]) => isJsonObject(touch));
  const base = merge(usual, { campaign: Object.fromEntries(touches.map(([name]) => [name, usualTouch])) });
  const value = merge(base, partial);
  const parsed = eventSchema.safeParse(value);
  return parsed.success
    ? { ok: true, event: parsed.data }
    : { ok: false, issues: parsed.error.issues, value };
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    if (key === '__proto__') continue;
    const below = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isJsonObject(value) && isJsonObject(below) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}
