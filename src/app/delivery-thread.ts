import { parentPort, workerData } from 'node:worker_threads';
import { type Lane, startLane } from '../delivery/lane.ts';
import { createSender } from '../delivery/send.ts';
import { giveBackSoon } from '../lean-start.ts';
import { createTally } from '../observe/tally.ts';
import { connect, serve } from '../store/sqlite/channel.ts';
import { bindDestinations } from './destinations.ts';
import { openLog } from './log.ts';
import type { ThreadPlan } from './plan.ts';
import type { OutboxCalls, ThreadData } from './threads.ts';

const { plan, link }: ThreadData = workerData;
if (parentPort === null) throw new Error('this file runs as a worker thread');

const outbox = connect<OutboxCalls>(link);
const tally = createTally();
const nowMs = (): number => Date.now();
let sender = createSender(nowMs);
let lanes = new Map<string, Lane>();
const withdrawn = new Set<number>();

function start(next: ThreadPlan): void {
  const log = openLog(next.log);
  const { send } = sender;
  const tools = { outbox, withdrawn, send, nowMs, random: Math.random, retry: next.retry, log, tally };
  lanes = new Map(
    [...bindDestinations(next)].map(([key, destination]) => [key, startLane(destination, tools)]),
  );
}

async function stopLanes(): Promise<void> {
  await Promise.all([...lanes.values()].map((lane) => lane.stop()));
}

serve(link, {
  wake(keys: readonly string[]) {
    for (const key of keys) lanes.get(key)?.wake();
  },
  withdrawn(ids: readonly number[]) {
    for (const id of ids) withdrawn.add(id);
  },
});

serve(parentPort, {
  async reload(next: ThreadPlan) {
    await stopLanes();
    await sender.close();
    sender = createSender(nowMs);
    start(next);
  },
  async drain(maxMs: number) {
    const untilMs = nowMs() + maxMs;
    while (nowMs() < untilMs && (await isAnythingDue()))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await stopLanes();
    await sender.close();
  },
  tallies: () => tally.drain(),
  breakers: () => Object.fromEntries([...lanes].map(([key, lane]) => [key, lane.breaker()])),
});

/** Something is due that a closed breaker would let through now. */
async function isAnythingDue(): Promise<boolean> {
  for (const [key, lane] of lanes) {
    if (lane.breaker().openUntilMs > nowMs()) continue;
    const dueAtMs = await outbox.nextDueAtMs(key);
    if (dueAtMs !== null && dueAtMs <= nowMs()) return true;
  }
  return false;
}

start(plan);
giveBackSoon();
