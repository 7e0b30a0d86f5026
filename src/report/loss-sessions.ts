import { isJsonObject, type Json } from '../model/json.ts';
import type { EventStory } from '../store/ports.ts';

/** What one loss is, apart from when it happened. */
export interface LossIdentity {
  readonly site: string;
  readonly parameter: string;
  readonly hop: string;
  readonly cause: string;
  readonly culprit: string;
  readonly release: string;
  readonly day: string;
}

/** One loss in one session. */
export interface AffectedSession extends LossIdentity {
  readonly session: string;
}

/** The sessions that stored events know of. */
export interface AffectedSessions {
  readonly losses: readonly AffectedSession[];
  /** Conversions by session. */
  readonly conversions: ReadonlyMap<string, number>;
  /** There were more than the report holds. */
  readonly isPartial: boolean;
}

/** Losses that are looked at; beyond these a report says that it is partial. */
const maxLosses = 200_000;

/** Finds the sessions that lost parameters, and what they brought. Bots and duplicates are left out. Pure. */
export function affectedSessions(
  stories: Iterable<EventStory>,
  isConversion: (name: string) => boolean,
): AffectedSessions {
  const losses: AffectedSession[] = [];
  const conversions = new Map<string, number>();
  let isPartial = false;
  for (const story of stories) {
    const session = sessionOf(story);
    if (session === undefined || !isCounted(story)) continue;
    const { name, site } = story.event;
    if (typeof name === 'string' && isConversion(name))
      conversions.set(session, (conversions.get(session) ?? 0) + 1);
    const found = lossesOf(story, typeof site === 'string' ? site : '');
    isPartial ||= losses.length + found.length > maxLosses;
    if (!isPartial) losses.push(...found.map((loss) => ({ ...loss, session })));
  }
  return { losses, conversions, isPartial };
}

function sessionOf({ event: { session } }: EventStory): string | undefined {
  return isJsonObject(session) && typeof session.id === 'string' ? session.id : undefined;
}

function isCounted({ event, decisions }: EventStory): boolean {
  const isBot = isJsonObject(event.client) && event.client.isBot === true;
  return !isBot && !decisions.some(({ reason }) => reason === 'duplicate');
}

function lossesOf({ decisions }: EventStory, site: string): readonly LossIdentity[] {
  const facts = decisions.find(
    ({ reason }) => reason === 'parameters_lost' || reason === 'parameters_repaired',
  )?.facts;
  if (facts === undefined || !Array.isArray(facts.losses)) return [];
  const about = { site, release: textOf(facts.release), day: textOf(facts.day) };
  return facts.losses.flatMap((loss: Json): readonly LossIdentity[] => {
    if (!isJsonObject(loss) || !Array.isArray(loss.parameters)) return [];
    const where = { hop: textOf(loss.hop), cause: textOf(loss.cause), culprit: textOf(loss.culprit) };
    return loss.parameters.map((parameter: Json) => ({ ...about, ...where, parameter: textOf(parameter) }));
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
