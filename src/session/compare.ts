import type { Event } from '../model/event.ts';
import type { Session } from '../model/session.ts';
import { attributedTouch } from './attribution.ts';
import { compileSettings, type SessionConfig, type SessionDefinition } from './definition.ts';
import { toInput } from './input.ts';
import type { SessionSettings } from './presets.ts';
import { transition, type VisitorState } from './transition.ts';

/** One definition of a comparison. */
export interface NamedSettings {
  readonly name: string;
  readonly settings: SessionSettings;
}

/** What makes one definition count other sessions than another, in the order in which it is asked. */
export const bridgeSteps = {
  campaign: {
    keys: ['campaignChange', 'campaignKey', 'letterCase', 'directStart'],
    words: 'another source begins a session',
  },
  midnight: { keys: ['midnight'], words: 'midnight begins a session' },
  timeout: { keys: ['timeoutMinutes', 'timeoutEdge'], words: 'the pause that ends a session' },
  longest: { keys: ['maxHours', 'maxEvents'], words: 'the longest session' },
  user: { keys: ['userChange'], words: 'another user begins a session' },
  heartbeats: { keys: ['heartbeats'], words: 'page pings extend or begin sessions' },
} as const satisfies Readonly<
  Record<string, { readonly keys: readonly (keyof SessionSettings)[]; readonly words: string }>
>;
export type BridgeStep = keyof typeof bridgeSteps;

/** Sessions that began on one day and go by one channel, under each definition. */
export interface ComparedRow {
  /** Such as `2026-11-24`, in the comparison's time zone. */
  readonly day: string;
  readonly channel: string;
  /** In the order of the definitions. */
  readonly counts: readonly number[];
}

/** How one definition's count becomes another's. The changes add up to the difference exactly. */
export interface Bridge {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly { readonly step: BridgeStep; readonly change: number }[];
}

/** What several definitions make of the same events. */
export interface Comparison {
  readonly totals: readonly number[];
  readonly rows: readonly ComparedRow[];
  /** From the first definition to each other one. */
  readonly bridges: readonly Bridge[];
}

/**
 * Counts sessions under several definitions at once. Events come in the order of the log, so the configured definition
 * makes the very sessions that the pipeline has made. State grows with the visitors and definitions, not with the events.
 */
export function createComparison(
  definitions: readonly NamedSettings[],
  rules: Pick<SessionConfig, 'engaged' | 'allowedLatenessHours'> & { readonly timeZone: string },
): { add(event: Event): void; result(): Comparison } {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: rules.timeZone, dateStyle: 'short' });
  const counters = new Map<string, Counter>();
  const counterOf = (settings: SessionSettings): Counter => {
    const key = JSON.stringify(settings);
    const known =
      counters.get(key) ?? createCounter(compileSettings(settings, rules), (atMs) => day.format(atMs));
    counters.set(key, known);
    return known;
  };
  const counted = definitions.map(({ settings }) => counterOf(settings));
  const bridges = definitions.slice(1).map((to) => planBridge(definitions[0] ?? to, to, counterOf));
  return {
    add(event) {
      if (event.visitor === undefined || event.client.isBot) return;
      for (const counter of counters.values()) counter.add(event, event.visitor.key);
    },
    result() {
      for (const counter of counters.values()) counter.finish();
      return {
        totals: counted.map((counter) => counter.total()),
        rows: rowsOf(counted),
        bridges: bridges.map((bridge) => bridge()),
      };
    },
  };
}

interface Counter {
  add(event: Event, visitorKey: string): void;
  /** Counts the sessions that could still have gone on. */
  finish(): void;
  total(): number;
  /** Sessions by day and channel; the key is both. */
  readonly cells: ReadonlyMap<
    string,
    { readonly day: string; readonly channel: string; readonly count: number }
  >;
}

/** What one counter remembers of a visitor. */
interface Remembered {
  state: VisitorState;
  /** By session: a session goes by what was known at its last event, not by what came after it. */
  readonly channels: Map<string, string>;
}

function createCounter(definition: SessionDefinition, dayOf: (atMs: number) => string): Counter {
  const visitors = new Map<string, Remembered>();
  const cells = new Map<string, { day: string; channel: string; count: number }>();
  const take = ({ id, startedAtMs }: Session, { channels }: Remembered): void => {
    const day = dayOf(startedAtMs);
    const channel = channels.get(id) ?? 'Direct';
    const key = `${day} ${channel}`;
    const cell = cells.get(key) ?? { day, channel, count: 0 };
    cell.count += 1;
    cells.set(key, cell);
    channels.delete(id);
  };
  return {
    cells,
    add(event, visitorKey) {
      const key = `${event.site}/${visitorKey}`;
      const known = visitors.get(key);
      const { state, session } = transition(known?.state, toInput(event, visitorKey, definition), definition);
      const remembered = known ?? { state, channels: new Map<string, string>() };
      // A session that is no longer remembered does not change any more.
      const forgotten = remembered.state.sessions[0];
      if (forgotten !== undefined && !state.sessions.some(({ id }) => id === forgotten.id)) {
        take(forgotten, remembered);
      }
      remembered.state = state;
      const channel = session && attributedTouch(session, state, definition)?.channel;
      if (session !== undefined && channel !== undefined) remembered.channels.set(session.id, channel);
      visitors.set(key, remembered);
    },
    finish() {
      for (const one of visitors.values()) for (const session of one.state.sessions) take(session, one);
      visitors.clear();
    },
    total: () => cells.values().reduce((sum, { count }) => sum + count, 0),
  };
}

/** Takes over one group of settings after the other; what each changes is its share of the difference. */
function planBridge(
  from: NamedSettings,
  to: NamedSettings,
  counterOf: (settings: SessionSettings) => Counter,
): () => Bridge {
  let settings = from.settings;
  const planned: { readonly step: BridgeStep; readonly before: Counter; readonly after: Counter }[] = [];
  for (const [step, { keys }] of entriesOf(bridgeSteps)) {
    const next = { ...settings, ...Object.fromEntries(keys.map((key) => [key, to.settings[key]])) };
    if (JSON.stringify(next) === JSON.stringify(settings)) continue;
    planned.push({ step, before: counterOf(settings), after: counterOf(next) });
    settings = next;
  }
  return () => ({
    from: from.name,
    to: to.name,
    steps: planned.map(({ step, before, after }) => ({ step, change: after.total() - before.total() })),
  });
}

function entriesOf(
  steps: typeof bridgeSteps,
): readonly (readonly [BridgeStep, { keys: readonly (keyof SessionSettings)[] }])[] {
  const { campaign, midnight, timeout, longest, user, heartbeats } = steps;
  return [
    ['campaign', campaign],
    ['midnight', midnight],
    ['timeout', timeout],
    ['longest', longest],
    ['user', user],
    ['heartbeats', heartbeats],
  ];
}

function rowsOf(counted: readonly Counter[]): readonly ComparedRow[] {
  const keys = new Set(counted.flatMap(({ cells }) => [...cells.keys()]));
  return [...keys].sort().flatMap((key) => {
    const cell = counted.map(({ cells }) => cells.get(key)).find((found) => found !== undefined);
    if (cell === undefined) return [];
    return [
      {
        day: cell.day,
        channel: cell.channel,
        counts: counted.map(({ cells }) => cells.get(key)?.count ?? 0),
      },
    ];
  });
}
