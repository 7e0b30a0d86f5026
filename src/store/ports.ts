import type { Decision } from '../model/decision.ts';
import type { JsonObject } from '../model/json.ts';
import type { LossCount } from '../model/loss.ts';
import type { TypeBits, Withdrawn } from '../model/withdrawal.ts';

/** One line of the log. The edge's type parameter makes sure that it appends nothing but a Storable. */
export interface Line {
  readonly line: string;
}

/**
 * The durable log. `append` resolves once every entry is on disk, and rejects when that cannot be said; the entries of one
 * append are kept together or not at all.
 */
export interface Log<Entry extends Line> {
  append(entries: readonly Entry[]): Promise<void>;
}

/** A logged line and its place. Offsets only grow. */
export interface LoggedLine {
  readonly offset: number;
  readonly line: string;
}

/** A payload waiting for one destination. */
export interface OutboxItem {
  readonly id: number;
  readonly destination: string;
  readonly eventId: string;
  /** JSON of the payload. */
  readonly payload: string;
  /** Tries so far. */
  readonly attempts: number;
  readonly createdAtMs: number;
}

/** What delivery learnt about one item. */
export type Verdict =
  | { readonly id: number; readonly kind: 'delivered'; readonly atMs: number; readonly note: string }
  | {
      readonly id: number;
      readonly kind: 'retry';
      readonly atMs: number;
      readonly dueAtMs: number;
      readonly message: string;
    }
  | { readonly id: number; readonly kind: 'dead'; readonly atMs: number; readonly message: string }
  /** Not sent: the store has purged it meanwhile. */
  | { readonly id: number; readonly kind: 'withdrawn'; readonly atMs: number };

/** One queue for each destination. An item is handed to one taker at a time; a crash hands it out again. */
export interface Outbox {
  take(destination: string, limit: number, nowMs: number): Promise<readonly OutboxItem[]>;
  record(verdicts: readonly Verdict[]): Promise<void>;
  /** When the next item of the destination is due, UTC milliseconds; null: nothing waits. */
  nextDueAtMs(destination: string): Promise<number | null>;
}

/** An event waiting for its visitor's decision. */
export interface HeldEvent {
  readonly offset: number;
  readonly destination: string;
  readonly expiresAtMs: number;
  /** What the destination would need for it; 0 where an earlier release did not say. */
  readonly needs: TypeBits;
}

/** What the pipeline reads and writes inside one transaction. */
export interface Batch {
  /** State by key; undefined when there is none. */
  readState(key: string): string | undefined;
  writeState(key: string, value: string, atMs: number): void;
  /** True when the site has taken in an event with this id before. */
  hasEvent(site: string, eventId: string): boolean;
  /** Writes what the pipeline made of the logged event, and the keys it can be found by. */
  writeStory(story: Story): void;
  /** What the pipeline added to an event before; undefined: it has not been there. */
  readAdditions(offset: number): JsonObject | undefined;
  addDecisions(offset: number, decisions: readonly Decision[]): void;
  /** Replaces what the pipeline made of an event (a held event that was released), and adds keys to find it by. */
  rewriteAdditions(offset: number, additions: JsonObject, keys: readonly string[]): void;
  enqueue(item: Queued): void;
  /** Keeps a logged event until its visitor decides; `holdKey` is site and page-load token. */
  hold(holdKey: string, held: HeldEvent): void;
  heldFor(holdKey: string): readonly HeldEvent[];
  dropHeld(offset: number, destination: string): void;
  readLine(offset: number): string | undefined;
  /** Replaces a logged line by one that says less. */
  rewriteLine(offset: number, line: string): void;
  /** True while a destination waits for the visitor's decision on this event. */
  isHeld(offset: number): boolean;
  /** What the visitor has taken back so far; null: nothing. */
  readWithdrawn(site: string, visitorKey: string): Withdrawn | null;
}

/** A new outbox item. */
export interface Queued {
  readonly destination: string;
  readonly offset: number;
  readonly eventId: string;
  readonly payload: string;
  readonly atMs: number;
  /** Whose consent it rests on; absent: nobody's, there is no visitor. */
  readonly grant?: Grant;
}

/** The consent that a payload was built on, to be asked for again when it is sent. */
export interface Grant {
  readonly site: string;
  readonly visitorKey: string;
  /** Types that had to be granted, and those whose fields are in it. */
  readonly types: TypeBits;
  /** The event's place among the visitor's choices, UTC milliseconds. */
  readonly sequenceMs: number;
}

/** What the pipeline adds to a logged event. */
export interface Story {
  readonly offset: number;
  readonly site: string;
  readonly eventId: string;
  readonly name: string;
  readonly receivedAtMs: number;
  /** Session, campaign and the rest that the pipeline decided, merged over the logged event when it is read. */
  readonly additions: JsonObject;
  readonly decisions: readonly Decision[];
  /** Keys the event can be found by: event id, order id, click ids, session id, visitor key. */
  readonly keys: readonly string[];
}

/** The pipeline's side of the store: reads on from the last committed offset, commits batch and offset together. */
export interface State {
  /**
   * Runs `work` over up to `limit` new lines in one transaction; returns how many there were.
   * When `work` throws, everything it wrote is rolled back and the offset stays.
   */
  advance(limit: number, work: (lines: readonly LoggedLine[], batch: Batch) => void): number;
  /** Runs `work` in one transaction of its own, without moving the offset; what it calls on the store joins in. */
  transact(work: (batch: Batch) => void): void;
  /** Takes up to `limit` held events whose time is over out of the store. */
  takeExpired(nowMs: number, limit: number): readonly HeldEvent[];
}

/** One try to deliver. */
export interface Try {
  readonly atMs: number;
  readonly note: string;
}

/** One delivery of one event, as the debugger shows it. */
export interface DeliveryRow {
  readonly id: number;
  readonly offset: number;
  readonly eventId: string;
  readonly destination: string;
  readonly status: 'pending' | 'delivered' | 'dead' | 'withdrawn';
  readonly tries: readonly Try[];
  /** Empty once it was purged. */
  readonly payload: JsonObject;
  readonly dueAtMs: number;
}

/** Everything known of one event. */
export interface EventStory {
  readonly offset: number;
  /** The event as logged, with what the pipeline added. */
  readonly event: JsonObject;
  /** False: logged, and the pipeline has not reached it yet. */
  readonly isProcessed: boolean;
  readonly decisions: readonly Decision[];
  readonly deliveries: readonly DeliveryRow[];
}

/** How full one queue is. */
export interface QueueDepth {
  readonly destination: string;
  readonly status: 'pending' | 'dead';
  readonly count: number;
  /** When the oldest of them was queued, UTC milliseconds. */
  readonly oldestAtMs: number;
}

/** Read-only access for debugging, reports and the command line. */
export interface Reader {
  /** Events found by event id, order id, click id, session id or visitor key, oldest first. */
  find(key: string, limit: number): readonly EventStory[];
  /** Events after an offset, oldest first. */
  since(offset: number, limit: number): readonly EventStory[];
  lastOffset(): number;
  /** How many logged lines the pipeline has still to work through. */
  lag(): number;
  queues(): readonly QueueDepth[];
  deadLetters(limit: number): readonly DeliveryRow[];
  /** What was counted of losses on this day (such as `2026-11-24`) and later. */
  losses(sinceDay: string): readonly LossCount[];
  close(): void;
}

/** Somebody who wants to be forgotten, as the store knows them. */
export interface Person {
  readonly visitors: readonly { readonly site: string; readonly key: string }[];
  /** Their events. */
  readonly offsets: readonly number[];
}

/** What was deleted, in rows. */
export interface Erased {
  readonly events: number;
  readonly queued: number;
  readonly states: number;
}
