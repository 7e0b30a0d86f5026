import type { MessagePort } from 'node:worker_threads';
import type { Breaker } from '../delivery/breaker.ts';
import type { LossCount } from '../model/loss.ts';
import type { Withdrawal } from '../model/withdrawal.ts';
import type { Count } from '../observe/tally.ts';
import type { Erased, OutboxItem, Person, Verdict } from '../store/ports.ts';
import type { ThreadPlan } from './plan.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly plan: ThreadPlan;
  /** Absolute path of the data file. */
  readonly dataFile: string;
  /** Connects the store thread and the delivery thread. */
  readonly link: MessagePort;
}

/** What the store thread does for the main thread. */
export type StoreCalls = {
  /** The last offset that the log or the store has. */
  lastOffset(): number;
  /** The log has got more; `pressure` is how many hits share a commit by now: 1 where each has its own. */
  logged(pressure: number): void;
  /** Takes a configuration that the main thread has checked. */
  reload(plan: ThreadPlan): Promise<void>;
  /** Works through everything logged, then returns. */
  drain(): Promise<void>;
  revive(destination: string | null, ids: readonly number[] | null): number;
  tallies(): readonly Count[];
  countLosses(counts: readonly LossCount[]): void;
  /** Returns once the choices are on disk, what waited on them is purged, and nothing of it will be sent any more. */
  withdraw(choices: readonly Withdrawal[]): Promise<void>;
  /** Stops what is under way for these visitors, deletes their events, and folds the log that is worked through away. */
  erase(person: Person): Promise<Erased>;
  close(): void;
};

/** What the store thread does for the delivery thread. */
export type OutboxCalls = {
  take(destination: string, limit: number, nowMs: number): readonly OutboxItem[];
  record(verdicts: readonly Verdict[]): void;
  nextDueAtMs(destination: string): number | null;
};

/** What the delivery thread does for the store thread. */
export type WakeCalls = {
  /** New payloads are queued for these destinations. */
  wake(destinations: readonly string[]): void;
  /** These items may not be sent; when it returns, no request with one of them begins. */
  withdrawn(ids: readonly number[]): void;
};

/** What the delivery thread does for the main thread. */
export type DeliveryCalls = {
  reload(plan: ThreadPlan): Promise<void>;
  /** Stops after what is due now is sent, or the time is over; the rest stays in the outbox. */
  drain(maxMs: number): Promise<void>;
  tallies(): readonly Count[];
  breakers(): Readonly<Record<string, Breaker>>;
};
