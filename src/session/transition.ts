import { hash } from 'node:crypto';
import { isJsonObject, type Json } from '../model/json.ts';
import type { Session, SessionStartReason } from '../model/session.ts';
import type { Touch } from '../model/touch.ts';
import { firstTouch, lastTouch, sessionTouch } from './attribution.ts';
import type { EventClass } from './classes.ts';
import type { SessionDefinition } from './definition.ts';
import { isEngaged } from './engaged.ts';
import { indexAt, isOver, maxSessions, placeEvent } from './placement.ts';

/** What is remembered of one visitor of one site between two events. Plain JSON. */
export interface VisitorState {
  readonly v: 1;
  /** Sessions so far; the newest number. */
  readonly count: number;
  /** Time of the event that was taken in first, UTC milliseconds. */
  readonly firstSeenAtMs: number;
  /** The last three at most, in the order of their start. They do not overlap. */
  readonly sessions: readonly Session[];
  /** The first touch that is not direct; the first direct one until there is one. */
  readonly firstTouch?: Touch;
  /** The last touch that is not direct, of any session. */
  readonly lastTouch?: Touch;
  /** Whom the newest session has named. */
  readonly userId?: string;
}

/** What the session rules look at in an event. */
export interface SessionInput {
  readonly site: string;
  readonly visitorKey: string;
  /** When it happened, corrected for the client's clock, UTC milliseconds. */
  readonly atMs: number;
  readonly receivedAtMs: number;
  readonly class: EventClass;
  /** Foreground milliseconds since the event before. */
  readonly engagementMs?: number;
  /** A page or screen view. */
  readonly isView: boolean;
  readonly isKeyEvent: boolean;
  readonly pageUrl?: string;
  readonly touch?: Touch;
  readonly userId?: string;
}

/** What one event did. */
export interface Transition {
  readonly state: VisitorState;
  /** The event's session with the event in it; undefined exactly where the reason is `session_none`. */
  readonly session: Session | undefined;
  readonly reason: 'session_started' | 'session_continued' | 'session_attached' | 'session_none';
  /** Set exactly where the reason is `session_started`. */
  readonly startReason?: SessionStartReason;
  /** What was out of the ordinary, in words. */
  readonly why?: string;
}

/**
 * Takes one event into its visitor's sessions. Pure: the same events in the same order give the same sessions.
 *
 * Interactive events begin and extend sessions. Server events go to the session that is live at their time (from its
 * start until one timeout after its last event), never begin or extend one, and add nothing to it but a key event.
 * Heartbeats do as server events do, but add their time; some definitions let them extend or begin sessions. An event that arrives later than the allowed lateness has no session.
 */
export function transition(
  state: VisitorState | undefined,
  input: SessionInput,
  definition: SessionDefinition,
): Transition {
  const known: VisitorState = state ?? { v: 1, count: 0, firstSeenAtMs: input.atMs, sessions: [] };
  if (input.receivedAtMs - input.atMs > definition.allowedLatenessMs) {
    return {
      state: known,
      session: undefined,
      reason: 'session_none',
      why: 'it came later than the allowed lateness',
    };
  }
  if (input.class === 'interactive') return act(known, input, definition);
  if (input.class === 'server' || definition.heartbeats === 'ignore') return attach(known, input, definition);
  const isLive = definition.heartbeats === 'begin' || placeEvent(known, input, definition).kind === 'join';
  return isLive ? act(known, input, definition) : attach(known, input, definition);
}

/** Reads stored state; undefined where there is none or where it cannot be read. */
export function parseVisitorState(json: string | undefined): VisitorState | undefined {
  if (json === undefined) return undefined;
  try {
    const state: unknown = JSON.parse(json);
    return isVisitorState(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function attach(state: VisitorState, input: SessionInput, definition: SessionDefinition): Transition {
  const index = indexAt(state.sessions, input.atMs);
  const live = state.sessions[index];
  if (live === undefined || isOver(input.atMs - live.lastAtMs, definition)) {
    return { state, session: undefined, reason: 'session_none', why: 'no session was live at its time' };
  }
  const session = count(live, input, definition);
  const reason = input.class === 'server' ? 'session_attached' : 'session_continued';
  return { state: { ...state, sessions: state.sessions.with(index, session) }, session, reason };
}

function act(state: VisitorState, input: SessionInput, definition: SessionDefinition): Transition {
  const place = placeEvent(state, input, definition);
  const why = place.why !== undefined && { why: place.why };
  if (place.kind === 'join') {
    const session = extend(place.session, input, definition);
    const sessions = state.sessions.with(place.index, session);
    return { state: remember(state, sessions, input), session, reason: 'session_continued', ...why };
  }
  const { startReason } = place;
  const number = state.count + 1;
  const session = extend(begin(input, number, startReason), input, definition);
  const sessions = state.sessions.toSpliced(place.index, 0, session).slice(-maxSessions);
  const next = remember({ ...state, count: number }, sessions, input);
  return { state: next, session, reason: 'session_started', startReason, ...why };
}

/** The id is derived, so that two writers agree on it; a site's name has no `|` in it. 22 characters are 132 bits. */
function begin(
  { site, visitorKey, atMs }: SessionInput,
  number: number,
  startReason: SessionStartReason,
): Session {
  return {
    id: hash('sha256', `${site}|${visitorKey}|${atMs}`, 'base64url').slice(0, 22),
    number,
    startedAtMs: atMs,
    lastAtMs: atMs,
    isEngaged: false,
    engagementMs: 0,
    counts: { events: 0, views: 0, keyEvents: 0 },
    startReason,
  };
}

function extend(session: Session, input: SessionInput, definition: SessionDefinition): Session {
  const { startedAtMs, lastAtMs, entryPage, exitPage } = session;
  const { atMs, isView, pageUrl } = input;
  const isEntry = entryPage === undefined || atMs < startedAtMs;
  const isExit = exitPage === undefined || atMs >= lastAtMs;
  const touch = sessionTouch(session.touch, input.touch);
  return {
    ...count(session, input, definition),
    lastAtMs: Math.max(lastAtMs, atMs),
    ...(isView && pageUrl !== undefined && isEntry && { entryPage: pageUrl }),
    ...(isView && pageUrl !== undefined && isExit && { exitPage: pageUrl }),
    ...(touch !== undefined && { touch }),
  };
}

/** Adds an event to a session's numbers. Foreground time beyond the longest session is an error or a lie. */
function count(session: Session, input: SessionInput, definition: SessionDefinition): Session {
  const { events, views, keyEvents } = session.counts;
  const isServer = input.class === 'server';
  const addedMs = isServer ? 0 : (input.engagementMs ?? 0);
  const counts = {
    events: isServer ? events : events + 1,
    views: input.class === 'interactive' && input.isView ? views + 1 : views,
    keyEvents: input.isKeyEvent ? keyEvents + 1 : keyEvents,
  };
  const engagementMs =
    addedMs > 0 ? Math.min(session.engagementMs + addedMs, definition.maxMs) : session.engagementMs;
  return { ...session, counts, engagementMs, isEngaged: isEngaged({ counts, engagementMs }, definition) };
}

function remember(state: VisitorState, sessions: readonly Session[], input: SessionInput): VisitorState {
  const { v, count: number, firstSeenAtMs } = state;
  const first = firstTouch(state.firstTouch, input.touch);
  const last = lastTouch(state.lastTouch, input.touch);
  const userId = userOf(state, sessions, input);
  return {
    v,
    count: number,
    firstSeenAtMs,
    sessions,
    ...(first !== undefined && { firstTouch: first }),
    ...(last !== undefined && { lastTouch: last }),
    ...(userId !== undefined && { userId }),
  };
}

/** A new session forgets the user of the one before; within a session the first one named stays. */
function userOf(state: VisitorState, sessions: readonly Session[], input: SessionInput): string | undefined {
  const newest = sessions.at(-1);
  if (newest?.startedAtMs !== state.sessions.at(-1)?.startedAtMs) return input.userId;
  if (newest === undefined || input.atMs < newest.startedAtMs) return state.userId;
  return state.userId ?? input.userId;
}

/** Only this file writes state, so a version and the fields that the rules count with are check enough. */
function isVisitorState(value: unknown): value is VisitorState {
  if (!isJsonObject(value) || value.v !== 1) return false;
  const { count: number, firstSeenAtMs, sessions } = value;
  return (
    Number.isSafeInteger(number) &&
    Number.isSafeInteger(firstSeenAtMs) &&
    Array.isArray(sessions) &&
    sessions.length <= maxSessions &&
    sessions.every(isSession) &&
    isOptionalTouch(value.firstTouch) &&
    isOptionalTouch(value.lastTouch)
  );
}

function isSession(value: Json): boolean {
  if (!isJsonObject(value) || !isJsonObject(value.counts)) return false;
  const { id, startedAtMs, lastAtMs, engagementMs, touch } = value;
  const { events, views, keyEvents } = value.counts;
  const numbers = [startedAtMs, lastAtMs, engagementMs, events, views, keyEvents];
  return typeof id === 'string' && numbers.every(Number.isSafeInteger) && isOptionalTouch(touch);
}

function isOptionalTouch(value: Json | undefined): boolean {
  if (value === undefined) return true;
  return isJsonObject(value) && typeof value.atMs === 'number' && isJsonObject(value.clickIds);
}
