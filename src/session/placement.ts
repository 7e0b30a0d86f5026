import type { Session, SessionStartReason } from '../model/session.ts';
import type { Touch } from '../model/touch.ts';
import { isOtherCampaign } from './attribution.ts';
import type { SessionDefinition } from './definition.ts';

/** How many sessions of a visitor are remembered, so that events out of order still find theirs. */
export const maxSessions = 3;

/** Where an event belongs: into a known session, or into a new one at `index` of the list. */
export type Placement =
  | { readonly kind: 'join'; readonly index: number; readonly session: Session; readonly why?: string }
  | {
      readonly kind: 'open';
      readonly index: number;
      readonly startReason: SessionStartReason;
      readonly why?: string;
    };

/** What is known of a visitor. Sessions are in the order of their start and do not overlap. */
interface Known {
  readonly sessions: readonly Session[];
  readonly userId?: string;
}

interface Arrival {
  readonly atMs: number;
  readonly touch?: Touch;
  readonly userId?: string;
}

/**
 * Finds the place of an interactive event. In order, the boundary rules decide. Out of order, it goes into the session
 * it falls into, else after the one before it, else before the one after it, else into a session of its own between
 * them. A session that is already known never changes its start and is never merged with another.
 */
export function placeEvent(known: Known, arrival: Arrival, definition: SessionDefinition): Placement {
  const { sessions } = known;
  const { atMs } = arrival;
  const index = indexAt(sessions, atMs);
  const earlier = sessions[index];
  const later = sessions[index + 1];
  if (later !== undefined) return placeBefore(later, { sessions, index, atMs }, definition);
  if (earlier === undefined) return { kind: 'open', index: 0, startReason: 'first' };
  if (atMs < earlier.lastAtMs) return { kind: 'join', index, session: earlier, why: whyInside };
  const startReason =
    timeBoundary(earlier, atMs, definition) ?? otherBoundary(earlier, known, arrival, definition);
  if (startReason === undefined) return { kind: 'join', index, session: earlier };
  return { kind: 'open', index: index + 1, startReason };
}

/** The last session that had started by then; -1: none. */
export function indexAt(sessions: readonly Session[], atMs: number): number {
  return sessions.findLastIndex(({ startedAtMs }) => startedAtMs <= atMs);
}

const whyInside = 'out of order: it falls into this session';
const whyAfter = 'out of order: it follows this session';
const whyBefore = 'out of order: it comes just before this session, which keeps its start';
const whyOldest = 'out of order: it is older than every session still remembered';
const whyBetween = 'out of order: it is too far from the sessions around it';

/**
 * The place of an event that a known session follows. Neither user nor campaign split here: who was logged in back
 * then, and by which campaign the visitor had come, is not known.
 */
function placeBefore(
  later: Session,
  place: { readonly sessions: readonly Session[]; readonly index: number; readonly atMs: number },
  definition: SessionDefinition,
): Placement {
  const { sessions, index, atMs } = place;
  const earlier = sessions[index];
  const after = earlier && timeBoundary(earlier, atMs, definition);
  if (earlier !== undefined && after === undefined) {
    return { kind: 'join', index, session: earlier, why: atMs < earlier.lastAtMs ? whyInside : whyAfter };
  }
  const before = boundaryBefore(later, atMs, definition);
  if (before === undefined) return { kind: 'join', index: index + 1, session: later, why: whyBefore };
  // A session here would be the first to be forgotten, and the next event of its kind would begin it again.
  if (earlier === undefined && sessions.length === maxSessions) {
    return { kind: 'join', index: 0, session: later, why: whyOldest };
  }
  return { kind: 'open', index: index + 1, startReason: after ?? before, why: whyBetween };
}

/** Whether a pause is longer than a session survives. */
export function isOver(pauseMs: number, { timeoutMs, timeoutEdge }: SessionDefinition): boolean {
  return timeoutEdge === 'ends' ? pauseMs >= timeoutMs : pauseMs > timeoutMs;
}

type TimeBoundary = 'idle' | 'max_duration' | 'max_events' | 'midnight';

/** Why an event at or after a session's start is not its next one. Idle comes first where several hold. */
function timeBoundary(
  { startedAtMs, lastAtMs, counts }: Session,
  atMs: number,
  definition: SessionDefinition,
): TimeBoundary | undefined {
  const { maxMs, maxEvents, isSameDay } = definition;
  if (atMs <= lastAtMs) return undefined;
  if (isOver(atMs - lastAtMs, definition)) return 'idle';
  if (atMs - startedAtMs > maxMs) return 'max_duration';
  if (counts.events >= maxEvents) return 'max_events';
  return isSameDay === undefined || isSameDay(lastAtMs, atMs) ? undefined : 'midnight';
}

/** Why an event before a session's start does not belong to it. */
function boundaryBefore(
  { startedAtMs, lastAtMs }: Session,
  atMs: number,
  definition: SessionDefinition,
): TimeBoundary | undefined {
  const { maxMs, isSameDay } = definition;
  if (isOver(startedAtMs - atMs, definition)) return 'idle';
  if (lastAtMs - atMs > maxMs) return 'max_duration';
  return isSameDay === undefined || isSameDay(atMs, startedAtMs) ? undefined : 'midnight';
}

/** A split in the very millisecond of the start would give two sessions one id, so there is none. */
function otherBoundary(
  session: Session,
  { userId }: Known,
  arrival: Arrival,
  { campaign, userChange }: SessionDefinition,
): 'user_change' | 'campaign' | undefined {
  if (arrival.atMs === session.startedAtMs) return undefined;
  const isOtherUser = userId !== undefined && arrival.userId !== undefined && arrival.userId !== userId;
  if (isOtherUser && userChange === 'split') return 'user_change';
  return isOtherCampaign(session.touch, arrival.touch, campaign) ? 'campaign' : undefined;
}
