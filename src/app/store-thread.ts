import { unlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { giveBackSoon } from '../lean-start.ts';
import type { LossCount } from '../model/loss.ts';
import type { Withdrawal } from '../model/withdrawal.ts';
import { createTally } from '../observe/tally.ts';
import { expireHeld, runBatch } from '../pipeline/run.ts';
import { visitorStatesOf } from '../pipeline/withdrawn.ts';
import { type Damage, LogReader, lastOffsetOf } from '../store/log/reader.ts';
import { logFolderOf } from '../store/log/segments.ts';
import type { Erased, LoggedLine, Person, Verdict } from '../store/ports.ts';
import { connect, serve } from '../store/sqlite/channel.ts';
import { SqliteWriter } from '../store/sqlite/writer.ts';
import { addErased, forgetting } from './erase.ts';
import { openLog } from './log.ts';
import { compilePipeline } from './pipeline.ts';
import type { ThreadPlan } from './plan.ts';
import { yieldToOthers } from './priority.ts';
import type { ThreadData, WakeCalls } from './threads.ts';

/** Lines gather for this long before a batch: many in one transaction cost far less than one each. */
const gatherMs = 10;
/** Lines of one batch. Delivery waits while it lasts, so it may not last long. */
const batchLines = 256;
/** Hits of one commit up to which nothing is short. */
const sharedCommits = 2;
/** The longest rest, in times of the batch before. */
const longestRest = 9;
/** Without word from the edge for so long, the pressure is over. */
const quietMs = 50;
const pipelineNiceness = 10;
const housekeepingMs = 5_000;
const purgeSlice = 500;
/** Keys of state looked at in one housekeeping: a million visitors in less than two hours. */
const stateSlice = 1_000;
/** A browser drops the visitor cookie after 400 days (RFC 6265bis section 5.5); who comes later is new. */
const visitorMs = 400 * 86_400_000;
/** No payload is tried for longer (`delivery.giveUpHours`), and no event comes that much too late. */
const longestWaitMs = 30 * 86_400_000;
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
let pressure = 0;
let pressedAtMs = 0;
const logFolder = logFolderOf(dataFile);
const source = new LogReader(logFolder, writer.lastOffset, reportDamage);

/** Takes in what the log has got, and one pipeline batch of it. */
function turn(): void {
  isTurnDue = false;
  const startedAtMs = performance.now();
  try {
    if (work() > 0) schedule(restMs(startedAtMs));
  } catch (error) {
    log.error({ error: String(error) }, 'a pipeline batch failed; it will be tried again');
    schedule(1000);
  }
}

/**
 * Answers come first: where hits have to share commits, disk and processors are short, and the pipeline, whose work can be
 * made up for, rests after each batch. It keeps up with 3,000 events a second and more; beyond that the log holds a burst.
 */
function restMs(startedAtMs: number): number {
  // Word that came during the batch is still waiting to be read.
  const wasOver = startedAtMs - pressedAtMs > quietMs;
  const tookMs = performance.now() - startedAtMs;
  return wasOver ? 0 : tookMs * Math.min(longestRest, Math.max(0, pressure - sharedCommits));
}

/** Returns how many lines the batch had. */
function work(): number {
  if (!writer.isBehind()) takeIn();
  const { lines, queuedFor } = runBatch(writer, batchLines, generation, { nowMs: nowMs(), tally, log });
  if (queuedFor.size > 0) void delivery.wake([...queuedFor]).catch(() => undefined);
  return lines;
}

/** Lines that were read from the log and are not in the store yet, because that failed. */
let unstored: readonly LoggedLine[] = [];

function takeIn(): void {
  if (unstored.length === 0) unstored = source.read(batchLines);
  if (unstored.length === 0) return;
  writer.takeIn(unstored, nowMs());
  unstored = [];
}

/** Deletes the segments of the log whose lines are in the store, on disk. */
function shortenLog(): void {
  const passed = source.passed();
  if (passed.length === 0 || unstored.length > 0) return;
  writer.sync();
  for (const { path } of passed) unlinkSync(path);
}

function reportDamage({ kind, path, atByte, bytes }: Damage): void {
  const facts = { path, atByte, bytes };
  if (kind === 'torn') log.info(facts, 'the log ends in the middle of a group that was never acknowledged');
  else log.error(facts, 'the log is damaged here: these bytes cannot be read');
}

function schedule(inMs: number): void {
  if (isTurnDue) return;
  isTurnDue = true;
  setTimeout(turn, inMs);
}

const housekeeping = setInterval(() => {
  try {
    shortenLog();
    writer.forget(nowMs() - Math.max(visitorMs, current.retentionMs), stateSlice);
    // While the log is behind, the decision that a held event waits for may be in it already.
    if (!writer.isBehind()) expireHeld(writer, nowMs(), tally);
    writer.forgetWithdrawals(nowMs() - longestWaitMs - current.retentionMs);
    writer.purgeLosses(new Date(nowMs() - current.retentionMs).toISOString().slice(0, 10));
    for (let slices = 0; slices < maxSlices; slices += 1) {
      if (writer.purge(nowMs() - current.retentionMs, purgeSlice) < purgeSlice) break;
    }
    if (writer.hasRemains()) writer.checkpoint();
  } catch (error) {
    log.error({ error: String(error) }, 'housekeeping failed; it will be tried again');
  }
}, housekeepingMs);

/** The delivery thread is told of what it holds, and asked to say so, before the visitor is answered. */
async function withdraw(choices: readonly Withdrawal[]): Promise<void> {
  const purged = writer.withdraw(choices, visitorStatesOf(choices), nowMs());
  for (const { destination } of purged) tally.add('delivery', 'withdrawn', destination);
  const underWay = writer.underWay(purged.flatMap(({ id }) => id ?? []));
  if (underWay.length > 0) await delivery.withdrawn(underWay);
}

/** A person's events in slices, so that nothing else waits for long. What comes late of theirs is refused. */
async function erase(person: Person): Promise<Erased> {
  while (work() > 0) await new Promise((resolve) => setImmediate(resolve));
  const everything = person.visitors.map(forgetting(nowMs()));
  let erased = writer.erase({ states: visitorStatesOf(everything), offsets: [] });
  await withdraw(everything);
  for (let at = 0; at < person.offsets.length; at += purgeSlice) {
    const slice = person.offsets.slice(at, at + purgeSlice);
    erased = addErased(erased, writer.erase({ states: [], offsets: slice }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  shortenLog();
  writer.checkpoint();
  return erased;
}

serve(link, {
  take: (destination: string, limit: number, atMs: number) => writer.take(destination, limit, atMs),
  record: (verdicts: readonly Verdict[]) => writer.record(verdicts),
  nextDueAtMs: (destination: string) => writer.nextDueAtMs(destination),
});

serve(parentPort, {
  lastOffset: () => lastOffsetOf(logFolder, writer.lastOffset),
  logged(now: number) {
    pressure = now;
    pressedAtMs = performance.now();
    schedule(gatherMs);
  },
  async reload(next: ThreadPlan) {
    generation = await compilePipeline(next);
    current = next;
    log = openLog(next.log);
  },
  async drain() {
    while (work() > 0) await new Promise((resolve) => setImmediate(resolve));
  },
  revive(destination: string | null, ids: readonly number[] | null) {
    const revived = writer.revive(destination, ids, nowMs());
    void delivery.wake([...generation.destinations.keys()]).catch(() => undefined);
    return revived;
  },
  tallies: () => tally.drain(),
  countLosses: (counts: readonly LossCount[]) => writer.countLosses(counts),
  withdraw: (choices: readonly Withdrawal[]) => withdraw(choices),
  erase: (person: Person) => erase(person),
  close() {
    clearInterval(housekeeping);
    source.close();
    writer.checkpoint();
    writer.close();
    link.close();
  },
});

yieldToOthers(pipelineNiceness);
giveBackSoon();
// What a stopped or killed process had logged and not worked through.
schedule(0);
