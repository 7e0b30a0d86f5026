import { existsSync } from 'node:fs';
import { eventSchema } from '../model/event.ts';
import type { UnmatchedRule } from '../report/timeline.ts';
import { explainRules } from '../rules/match.ts';
import type { EventStory, Reader } from '../store/ports.ts';
import { openReader } from '../store/sqlite/reader.ts';
import type { Loaded } from './load.ts';

export type { EventStory, Reader } from '../store/ports.ts';

/** Opens a data file for reading; null where there is none. */
export function openStoreReader(dataFile: string): Reader | null {
  return existsSync(dataFile) ? openReader(dataFile) : null;
}

/** The rules that do not match the event as stored, and the part of each that is not true. */
export function unmatchedRules(loaded: Loaded, story: EventStory): readonly UnmatchedRule[] {
  const event = eventSchema.safeParse(story.event);
  if (!event.success) return [];
  return explainRules(loaded.rules, event.data).filter(({ reason }) => reason !== 'rule_matched');
}
