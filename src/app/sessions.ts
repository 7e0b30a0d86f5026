import { eventSchema } from '../model/event.ts';
import { storiesSince } from '../report/stories.ts';
import { bridgeSteps, type Comparison, createComparison, type NamedSettings } from '../session/compare.ts';
import { type SessionConfig, sessionConfigSchema, settingsOf } from '../session/definition.ts';
import { presetNames, presets } from '../session/presets.ts';
import { definitionInWords } from '../session/words.ts';
import type { Reader } from '../store/ports.ts';

export { bridgeSteps, type Comparison };

/** What names a definition on the command line: the configured one, or a preset. */
export const definitionNames = ['configured', ...presetNames] as const;
export type DefinitionName = (typeof definitionNames)[number];

/** A definition in words, as `throughline sessions define` prints it. */
export interface DefinitionText {
  readonly name: DefinitionName;
  readonly title: string;
  readonly rules: readonly string[];
  /** Where it differs from the tool that it is named after. */
  readonly differences: readonly string[];
}

/** Says what a session is under a definition. */
export function describeDefinition(
  name: DefinitionName,
  config: SessionConfig = sessionConfigSchema.parse({}),
): DefinitionText {
  const preset = presets[name === 'configured' ? config.preset : name];
  const rules = definitionInWords(namedSettings(name, config).settings, config);
  const title = name === 'configured' ? `as configured, from ${preset.title}` : preset.title;
  return { name, title, rules, differences: preset.differences };
}

/** What a comparison is asked for. */
export interface Question {
  readonly names: readonly DefinitionName[];
  readonly config?: SessionConfig | undefined;
  /** UTC milliseconds: events received since then. */
  readonly sinceMs: number;
  readonly site?: string | undefined;
  /** Whose days the sessions are counted by. */
  readonly timeZone: string;
  /** Told now and then how many events were read. */
  readonly onProgress: (events: number) => void;
}

const progressEvery = 5_000;

/** Counts the stored events' sessions under several definitions. */
export function compareSessions(
  reader: Reader,
  question: Question,
): Comparison & { readonly events: number } {
  const config = question.config ?? sessionConfigSchema.parse({});
  const comparison = createComparison(
    question.names.map((name) => namedSettings(name, config)),
    { ...config, timeZone: question.timeZone },
  );
  let events = 0;
  for (const story of storiesSince(reader, question.sinceMs)) {
    if (question.site !== undefined && story.event.site !== question.site) continue;
    // What counts twice for nobody counts twice here neither.
    if (story.decisions.some(({ reason }) => reason === 'duplicate')) continue;
    const parsed = eventSchema.safeParse(story.event);
    if (!parsed.success) continue;
    comparison.add(parsed.data);
    events += 1;
    if (events % progressEvery === 0) question.onProgress(events);
  }
  return { ...comparison.result(), events };
}

function namedSettings(name: DefinitionName, config: SessionConfig): NamedSettings {
  return { name, settings: name === 'configured' ? settingsOf(config) : presets[name].settings };
}
