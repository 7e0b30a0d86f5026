import type { Session } from '../../src/model/session.ts';
import type { Touch } from '../../src/model/touch.ts';
import {
  compileDefinition,
  type SessionDefinition,
  sessionConfigSchema,
} from '../../src/session/definition.ts';
import {
  parseVisitorState,
  type SessionInput,
  type Transition,
  transition,
  type VisitorState,
} from '../../src/session/transition.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
/** A Tuesday morning. */
export const baseMs = Date.UTC(2026, 2, 10, 10);

export const define = (config: unknown = {}): SessionDefinition =>
  compileDefinition(sessionConfigSchema.parse(config));

/** A page view of `v1`, received at once. */
export function input(atMs: number, changes: Partial<SessionInput> = {}): SessionInput {
  return {
    site: 'shop',
    visitorKey: 'v1',
    atMs,
    receivedAtMs: atMs,
    class: 'interactive',
    isView: true,
    isKeyEvent: false,
    ...changes,
  };
}

export function touch(atMs: number, changes: Partial<Touch> = {}): Touch {
  return {
    kind: 'campaign',
    source: 'google',
    medium: 'cpc',
    clickIds: {},
    channel: 'Paid Search',
    atMs,
    ...changes,
  };
}

export const direct = (atMs: number, changes: Partial<Touch> = {}): Touch =>
  touch(atMs, { kind: 'direct', source: '(direct)', medium: '(none)', channel: 'Direct', ...changes });

/** What a stream of one visitor's events did. The state goes through JSON after each event, as in the store. */
export interface Run {
  readonly transitions: readonly Transition[];
  readonly state: VisitorState | undefined;
  /** Every session as it was last seen, by id, in the order they began to be known. */
  readonly sessions: readonly Session[];
}

export function run(inputs: readonly SessionInput[], definition: SessionDefinition): Run {
  const transitions: Transition[] = [];
  const sessions = new Map<string, Session>();
  let state: VisitorState | undefined;
  for (const one of inputs) {
    const done = transition(state, one, definition);
    state = parseVisitorState(JSON.stringify(done.state));
    transitions.push(done);
    if (done.session !== undefined) sessions.set(done.session.id, done.session);
  }
  return { transitions, state, sessions: [...sessions.values()] };
}
