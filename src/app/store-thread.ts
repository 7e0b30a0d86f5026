import { parentPort, workerData } from 'node:worker_threads';
import { createTally } from '../observe/tally.ts';
import { expireHeld, runBatch } from '../pipeline/run.ts';
import type { Verdict } from '../store/ports.ts';
import { connect, serve } from '../store/sqlite/channel.ts';
import { SqliteWriter } from '../store/sqlite/writer.ts';
import { openLog } from './log.ts';
import { createPace } from './pace.ts';
import { compilePipeline } from './pipeline.ts';
import type { ThreadPlan } from './plan.ts';
import type { ThreadData, WakeCalls } from './threads.ts';

/** Nobody has appended for this long: the thread is the pipeline's alone. */
const quietMs = 30;
/** A batch that took long, such as one that met a checkpoint, is not rested from in full. */
const longestRestMs = 30;
/** Lines gather for this long before a batch: many in one transaction cost far less than one each. */
const gatherMs = 10;
/** Lines of one batch while draining, when nobody waits for an append. */
const drainLines = 512;
const housekeepingMs = 5_000;
const purgeSlice = 500;
/** Slices of one housekeeping: 2,000 events a second may go, more than come. */
const maxSlices = 20;

const { plan, dataFile, link }: ThreadData = workerData;
if (parentPort === null) throw new Error('this file runs as a worker thread');

const writer = new SqliteWriter(dataFile);
const delivery = connect<WakeCalls>(link);
const tally = createTally();
const nowMs = (): number => Date.now();

let current = plan;
let generation = await compilePipeline(plan);
let log = openLog(plan.log);
let isTurnDue = false;
const pace = createPace({ batchMs: 8, minLines: 32, maxLines: 512 });
let appendedAt = 0;

/**
 * One pipeline batch, then a rest. Appends come first: a batch takes a few milliseconds at most, and under load the thread
 * belongs to the pipeline half of the time and no more. What it falls behind it makes up when the load is over; the log
 * holds it meanwhile.
 */
function turn(): void {
  isTurnDue = false;
  const startedAt = performance.now();
  try {
    const { lines, queuedFor } = runBatch(writer, pace.limit(), generation, { nowMs: nowMs(), tally, log });
    if (queuedFor.size > 0) void delivery.wake([...queuedFor]).catch(() => undefined);
    const tookMs = performance.now() - startedAt;
    pace.learn(lines, tookMs);
    const isQuiet = performance.now() - appendedAt > quietMs;
    if (lines > 0) schedule(isQuiet ? 0 : Math.max(gatherMs, Math.min(tookMs, longestRestMs)));
  } catch (error) {
    log.error({ error: String(error) }, 'a pipeline batch failed; it will be tried again');
    schedule(1000);
  }
}

function schedule(inMs: number): void {
  if (isTurnDue) return;
  isTurnDue = true;
  setTimeout(turn, inMs);
}

const housekeeping = setInterval(() => {
  try {
    // While the log is behind, the decision that a held event waits for may be in it already.
    if (!writer.isBehind()) expireHeld(writer, nowMs(), tally);
    for (let slices = 0; slices < maxSlices; slices += 1) {
      if (writer.purge(nowMs() - current.retentionMs, purgeSlice) < purgeSlice) break;
    }
  } catch (error) {
    log.error({ error: String(error) }, 'housekeeping failed; it will be tried again');
  }
}, housekeepingMs);

serve(link, {
  take: (destination: string, limit: number, atMs: number) => writer.take(destination, limit, atMs),
  record: (verdicts: readonly Verdict[]) => writer.record(verdicts),
  nextDueAtMs: (destination: string) => writer.nextDueAtMs(destination),
});

serve(parentPort, {
  append(lines: readonly string[]) {
    appendedAt = performance.now();
    writer.append(lines, nowMs());
    schedule(gatherMs);
  },
  async reload(next: ThreadPlan) {
    generation = await compilePipeline(next);
    current = next;
    log = openLog(next.log);
  },
  async drain() {
    while (runBatch(writer, drainLines, generation, { nowMs: nowMs(), tally, log }).lines > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  revive(destination: string | null, ids: readonly number[] | null) {
    const revived = writer.revive(destination, ids, nowMs());
    void delivery.wake([...generation.destinations.keys()]).catch(() => undefined);
    return revived;
  },
  tallies: () => tally.drain(),
  close() {
    clearInterval(housekeeping);
    writer.checkpoint();
    writer.close();
    link.close();
  },
});

// What a stopped or killed process had logged and not worked through.
schedule(0);
