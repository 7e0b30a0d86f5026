import { setTimeout as pause } from 'node:timers/promises';
import type {
  Answer,
  Attempt,
  BoundDestination,
  Outcome,
  Payload,
  Request,
} from '../contract/destination.ts';
import type { Logger } from '../observe/logger.ts';
import type { Tally } from '../observe/tally.ts';
import type { Outbox, OutboxItem, Verdict } from '../store/ports.ts';
import {
  afterFailure,
  afterRefusal,
  afterSuccess,
  type Breaker,
  batchesAllowed,
  closedBreaker,
} from './breaker.ts';
import { nextTry, type RetryConfig } from './retry.ts';

/** What a lane needs from outside. */
export interface LaneTools {
  readonly outbox: Outbox;
  /** Items whose visitor has withdrawn since they were taken: they are not sent. The lane clears those it has done with. */
  readonly withdrawn: Set<number>;
  readonly send: (request: Request) => Promise<Answer>;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly retry: RetryConfig;
  readonly log: Logger;
  readonly tally: Tally;
}

/** One destination's delivery: take, request, send, judge, record, over and over. */
export interface Lane {
  /** Something may be due. */
  wake(): void;
  /** Ends after the batches under way are recorded. */
  stop(): Promise<void>;
  breaker(): Breaker;
}

/** Batches of one destination that may be under way at once. */
const parallelBatches = 8;
/** An idle lane looks again after this long, should a wake-up have been lost. */
const longestIdleMs = 30_000;
const shortestIdleMs = 10;
const afterErrorMs = 1000;
const recordPauseMs = 250;

/** Starts a lane. It runs until stopped; failures of the store are logged and tried again. */
export function startLane(destination: BoundDestination, tools: LaneTools): Lane {
  return new RunningLane(destination, tools);
}

class RunningLane implements Lane {
  readonly #destination: BoundDestination;
  readonly #tools: LaneTools;
  readonly #ended: Promise<void>;
  #breaker = closedBreaker;
  #isStopped = false;
  #hasNews = false;
  #wakeUp: (() => void) | null = null;

  constructor(destination: BoundDestination, tools: LaneTools) {
    this.#destination = destination;
    this.#tools = tools;
    this.#ended = this.#run();
  }

  wake(): void {
    this.#hasNews = true;
    // An open breaker is not woken: the rest is the point of it.
    if (this.#breaker.openUntilMs <= this.#tools.nowMs()) this.#wakeUp?.();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeUp?.();
    await this.#ended;
  }

  breaker(): Breaker {
    return this.#breaker;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#hasNews = false;
      const waitMs = await this.#round().catch((error: unknown) => {
        this.#logError(error, 'a delivery round failed; it will be tried again');
        return afterErrorMs;
      });
      if (waitMs > 0) await this.#rest(waitMs);
    }
  }

  /** Takes what is due, delivers it and records it; returns how long to rest then. */
  async #round(): Promise<number> {
    const { outbox, nowMs } = this.#tools;
    const { key, batch } = this.#destination;
    const allowed = batchesAllowed(this.#breaker, nowMs(), parallelBatches);
    if (allowed === 0) return Math.min(this.#breaker.openUntilMs - nowMs(), longestIdleMs);
    const items = await outbox.take(key, batch.maxEvents * allowed, nowMs());
    if (items.length === 0) return untilDueMs(await outbox.nextDueAtMs(key), nowMs());
    const results = await deliverAll(splitBatches(items, batch), allowed, (some) =>
      deliver(this.#destination, some, this.#tools),
    );
    this.#breaker = judgeRound(
      this.#breaker,
      results.flatMap(({ outcomes }) => outcomes),
      nowMs(),
    );
    await this.#record(results.flatMap(({ verdicts }) => verdicts));
    return 0;
  }

  /** What was sent must be written down, or it would be sent again and what failed never: tried until the lane is stopped. */
  async #record(verdicts: readonly Verdict[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#tools.outbox.record(verdicts);
        for (const { id } of verdicts) this.#tools.withdrawn.delete(id);
        return;
      } catch (error) {
        if (this.#isStopped && attempt > 2) throw error;
        this.#logError(error, 'what became of a delivery cannot be recorded; trying again');
        await pause(recordPauseMs);
      }
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped || this.#hasNews) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        this.#wakeUp = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wakeUp = done;
    });
  }

  #logError(error: unknown, message: string): void {
    this.#tools.log.error({ destination: this.#destination.key, error: String(error) }, message);
  }
}

function untilDueMs(dueAtMs: number | null, nowMs: number): number {
  if (dueAtMs === null) return longestIdleMs;
  return Math.max(shortestIdleMs, Math.min(dueAtMs - nowMs, longestIdleMs));
}

interface Delivered {
  readonly outcomes: readonly Outcome[];
  readonly verdicts: readonly Verdict[];
}

/** As many at once as are allowed; batches by bytes may be more than that. */
async function deliverAll<Batch, Result>(
  batches: readonly Batch[],
  parallel: number,
  deliverOne: (batch: Batch) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = batches.values();
  const work = async (): Promise<void> => {
    for (const batch of waiting) results.push(await deliverOne(batch));
  };
  await Promise.all(Array.from({ length: Math.min(parallel, batches.length) }, work));
  return results;
}

async function deliver(
  destination: BoundDestination,
  items: readonly OutboxItem[],
  tools: LaneTools,
): Promise<Delivered> {
  // The last look before anything leaves: nothing may happen between it and the request.
  const live = items.filter(({ id }) => !tools.withdrawn.has(id));
  const purged = items
    .filter(({ id }) => tools.withdrawn.has(id))
    .map(({ id }): Verdict => ({ id, kind: 'withdrawn', atMs: tools.nowMs() }));
  const outcomes = live.length === 0 ? [] : await attemptInParts(destination, live, tools);
  const verdicts = live.map((item, index) => toVerdict(item, outcomes[index], tools));
  for (const verdict of verdicts) {
    const reason = verdict.kind === 'retry' ? 'retrying' : verdict.kind;
    tools.tally.add('delivery', reason, destination.key);
  }
  return { outcomes, verdicts: [...verdicts, ...purged] };
}

/** How many parts of one batch are sent at most, so that a batch full of bad events does not hold up the lane. */
const mostParts = 64;

/**
 * A batch that was refused as a whole is halved until it is known which event it was; the others go through. What is not
 * known after so many parts is tried again later.
 */
async function attemptInParts(
  destination: BoundDestination,
  items: readonly OutboxItem[],
  tools: LaneTools,
  sent = { parts: 0 },
): Promise<readonly Outcome[]> {
  if (sent.parts >= mostParts) {
    return items.map(() => ({ kind: 'retry', message: 'its batch was refused, for an event not yet found' }));
  }
  // Answers to the parts before took their time: the next look-up in the outbox leaves out who has withdrawn since.
  if (items.some(({ id }) => tools.withdrawn.has(id))) {
    return items.map(() => ({
      kind: 'retry',
      message: 'somebody of its batch withdrew while it was under way',
    }));
  }
  sent.parts += 1;
  const outcomes = await attemptBatch(destination, items, tools);
  const refusals = outcomes.filter((outcome) => outcome.kind === 'split');
  if (refusals.length < items.length) return outcomes;
  if (items.length < 2) return refusals.map(({ message }) => ({ kind: 'rejected', message }));
  const middle = Math.ceil(items.length / 2);
  const first = await attemptInParts(destination, items.slice(0, middle), tools, sent);
  return [...first, ...(await attemptInParts(destination, items.slice(middle), tools, sent))];
}

async function attemptBatch(
  destination: BoundDestination,
  items: readonly OutboxItem[],
  tools: LaneTools,
): Promise<readonly Outcome[]> {
  try {
    const payloads = items.map(({ payload }): Payload => JSON.parse(payload));
    const attempt: Attempt = { nowMs: tools.nowMs(), number: (items[0]?.attempts ?? 0) + 1 };
    const answer = await tools.send(destination.request(payloads, attempt));
    return destination.judge(answer, payloads);
  } catch (error) {
    // A destination's bug must not take the other batches' verdicts with it. A newer release may mend it in time.
    tools.log.error(
      { destination: destination.key, error: String(error) },
      'the destination failed on a batch',
    );
    return items.map(() => ({
      kind: 'retry',
      message: 'the destination itself failed on it, which is a bug',
    }));
  }
}

function toVerdict(item: OutboxItem, outcome: Outcome | undefined, tools: LaneTools): Verdict {
  const atMs = tools.nowMs();
  const { id } = item;
  if (outcome?.kind === 'delivered') return { id, kind: 'delivered', atMs, note: outcome.note ?? 'accepted' };
  if (outcome?.kind === 'rejected') return { id, kind: 'dead', atMs, message: outcome.message };
  // Not the event's fault, so its time does not run out: the breaker rests until a person has acted.
  if (outcome?.kind === 'unauthorised')
    return { id, kind: 'retry', atMs, dueAtMs: atMs, message: outcome.message };
  const message = outcome?.message ?? 'the destination judged fewer events than were sent';
  const askedMs = outcome?.kind === 'retry' ? outcome.afterMs : undefined;
  const next = nextTry(
    { tries: item.attempts + 1, createdAtMs: item.createdAtMs, askedMs },
    tools.retry,
    atMs,
    tools.random(),
  );
  if (next.kind === 'give_up') return { id, kind: 'dead', atMs, message: `${message}; gave up` };
  return { id, kind: 'retry', atMs, dueAtMs: next.dueAtMs, message };
}

/** A round is judged as one: eight batches that fail together are one failure of the platform. */
function judgeRound(breaker: Breaker, outcomes: readonly Outcome[], nowMs: number): Breaker {
  if (outcomes.some(({ kind }) => kind === 'unauthorised')) return afterRefusal(breaker, nowMs);
  const isDown = outcomes.length > 0 && outcomes.every(({ kind }) => kind === 'retry');
  return isDown ? afterFailure(breaker, nowMs) : afterSuccess();
}

/** Cuts items into batches within the destination's limits; an item larger than a batch goes alone. */
export function splitBatches(
  items: readonly OutboxItem[],
  limits: { readonly maxEvents: number; readonly maxBytes: number },
): readonly (readonly OutboxItem[])[] {
  const batches: OutboxItem[][] = [];
  let batch: OutboxItem[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item.payload);
    if (batch.length > 0 && (batch.length >= limits.maxEvents || bytes + size > limits.maxBytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
