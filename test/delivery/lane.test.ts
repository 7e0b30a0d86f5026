import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import {
  type BoundDestination,
  type DestinationSpec,
  defineDestination,
  judgeByStatus,
} from '../../src/contract/destination.ts';
import { type Lane, startLane } from '../../src/delivery/lane.ts';
import { createSender } from '../../src/delivery/send.ts';
import { createTally } from '../../src/observe/tally.ts';
import { itemOf, memoryOutbox } from './outbox.ts';
import { answering, startReceiver } from './server.ts';

const settings = z.strictObject({ url: z.string() });
type Spec = DestinationSpec<typeof settings>;

/** A destination that posts its batch as a JSON array. */
function destinationAt(url: string, changes: Partial<Spec> = {}): BoundDestination {
  const spec: Spec = {
    name: 'test',
    title: 'Test',
    description: '',
    settings,
    needs: 'declared',
    batch: { maxEvents: 2, maxBytes: 10_000 },
    build: ({ event }) => ({ eventId: event.id, occurredAtMs: 0, body: {} }),
    request: (payloads, own) => ({
      kind: 'http',
      method: 'POST',
      url: own.url,
      headers: {},
      body: JSON.stringify(payloads.map(({ body }) => body)),
      secrets: [],
      allowPrivate: true,
      timeoutMs: 5000,
    }),
    judge: judgeByStatus,
    ...changes,
  };
  return defineDestination(spec).bind('ads', { url }, { required: [], optional: [] });
}

/** A lane on an outbox in memory, with a clock that moves when the test says so. */
function start(destination: BoundDestination, store = memoryOutbox(), takenBack: readonly number[] = []) {
  const clock = { nowMs: 1_000_000 };
  const logged: string[] = [];
  const withdrawn = new Set(takenBack);
  const log = (_facts: object, message: string): void => void logged.push(message);
  const sender = createSender(() => clock.nowMs);
  const tally = createTally();
  const lane = startLane(destination, {
    outbox: store.outbox,
    withdrawn,
    send: sender.send,
    nowMs: () => clock.nowMs,
    random: () => 0.5,
    retry: { firstSeconds: 2, longestSeconds: 60, giveUpHours: 1 },
    log: { debug: log, info: log, warn: log, error: log },
    tally,
  });
  onTestFinished(async () => {
    await lane.stop();
    await sender.close();
  });
  return { ...store, lane, clock, logged, tally, withdrawn };
}

function storeWith(count: number) {
  const store = memoryOutbox();
  store.add(...Array.from({ length: count }, (_, index) => itemOf(index + 1, { createdAtMs: 1_000_000 })));
  return store;
}

const settled = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 5, timeout: 5000 });

/** Lets everything that is ready run. */
async function idle(): Promise<void> {
  for (let round = 0; round < 100; round += 1) await turn();
}

/** Moves the clock and tells the lane. */
function pass(lane: Lane, clock: { nowMs: number }, ms: number): void {
  clock.nowMs += ms;
  lane.wake();
}

describe('a lane', () => {
  it('delivers what is queued, in batches, and records each item', async () => {
    const receiver = await startReceiver(answering(200));
    const { verdicts, tally } = start(destinationAt(receiver.url), storeWith(5));
    await settled(() => expect(verdicts).toHaveLength(5));
    expect(verdicts.every(({ kind }) => kind === 'delivered')).toBe(true);
    const bodies = receiver.received.map(({ body }): unknown => JSON.parse(body));
    expect(bodies).toHaveLength(3);
    expect(bodies.flat()).toEqual(expect.arrayContaining([1, 2, 3, 4, 5].map((n) => ({ n }))));
    expect(tally.drain()).toEqual([{ stop: 'delivery', reason: 'delivered', subject: 'ads', n: 5 }]);
  });

  it('does not send what was withdrawn after it was taken, and has done with it then', async () => {
    const receiver = await startReceiver(answering(200));
    const { verdicts, withdrawn } = start(destinationAt(receiver.url), storeWith(3), [2]);
    await settled(() => expect(verdicts).toHaveLength(3));
    expect(verdicts.find(({ id }) => id === 2)).toMatchObject({ kind: 'withdrawn' });
    const bodies = receiver.received.map(({ body }): unknown => JSON.parse(body));
    expect(bodies.flat()).toHaveLength(2);
    expect(bodies.flat()).not.toContainEqual({ n: 2 });
    expect(withdrawn.size).toBe(0);
  });

  it('has several batches under way at once', async () => {
    const waiting: (() => void)[] = [];
    const receiver = await startReceiver((res) => void waiting.push(() => void res.writeHead(200).end()));
    const { verdicts } = start(destinationAt(receiver.url), storeWith(16));
    await settled(() => expect(receiver.received).toHaveLength(8));
    for (const answer of waiting) answer();
    await settled(() => expect(verdicts).toHaveLength(16));
  });

  it('tries again after 503, not before the platform allows, and then delivers', async () => {
    let isUp = false;
    const receiver = await startReceiver((res) => answering(isUp ? 200 : 503, { 'retry-after': '120' })(res));
    const { verdicts, lane, clock } = start(destinationAt(receiver.url), storeWith(1));
    await settled(() => expect(verdicts).toHaveLength(1));
    expect(verdicts).toEqual([
      { id: 1, kind: 'retry', atMs: 1_000_000, dueAtMs: 1_120_000, message: 'HTTP 503' },
    ]);
    isUp = true;
    pass(lane, clock, 119_999);
    await idle();
    expect(receiver.received).toHaveLength(1);
    pass(lane, clock, 1);
    await settled(() => expect(verdicts).toHaveLength(2));
    expect(verdicts[1]).toMatchObject({ kind: 'delivered' });
  });

  it('waits longer with each failure and gives up in the end', async () => {
    const receiver = await startReceiver(answering(500));
    const { verdicts, lane, clock, pending } = start(destinationAt(receiver.url), storeWith(1));
    for (const [index, waitMs] of [1000, 2000, 4000].entries()) {
      await settled(() => expect(verdicts).toHaveLength(index + 1));
      expect(verdicts[index]).toMatchObject({ kind: 'retry', dueAtMs: clock.nowMs + waitMs });
      pass(lane, clock, waitMs);
    }
    await settled(() => expect(verdicts).toHaveLength(4));
    pass(lane, clock, 3_600_000);
    await settled(() => expect(verdicts).toHaveLength(5));
    expect(verdicts[4]).toMatchObject({ kind: 'dead', message: 'HTTP 500; gave up' });
    expect(pending.size).toBe(0);
  });

  it('buries what the platform refuses, and goes on', async () => {
    const receiver = await startReceiver((res, { body }) =>
      answering(body.includes('"n":1') ? 400 : 200)(res),
    );
    const { verdicts } = start(destinationAt(receiver.url), storeWith(4));
    await settled(() => expect(verdicts).toHaveLength(4));
    const kinds = Object.fromEntries(verdicts.map(({ id, kind }) => [id, kind]));
    expect(kinds).toEqual({ 1: 'dead', 2: 'dead', 3: 'delivered', 4: 'delivered' });
  });

  it('pauses on wrong credentials, never gives an event up for them, and resumes with one batch', async () => {
    let status = 401;
    const receiver = await startReceiver((res) => answering(status)(res));
    const { verdicts, lane, clock, add } = start(destinationAt(receiver.url), storeWith(1));
    await settled(() => expect(verdicts).toMatchObject([{ kind: 'retry', message: 'HTTP 401' }]));
    expect(lane.breaker().openUntilMs).toBe(clock.nowMs + 300_000);
    add(...[2, 3, 4, 5].map((id) => itemOf(id, { createdAtMs: clock.nowMs })));
    pass(lane, clock, 299_999);
    await idle();
    expect(receiver.received).toHaveLength(1);
    // Long after everything else would have been given up.
    pass(lane, clock, 5 * 3_600_000);
    await settled(() => expect(verdicts).toHaveLength(3));
    expect(verdicts.slice(1).map(({ kind }) => kind)).toEqual(['retry', 'retry']);
    expect(receiver.received).toHaveLength(2);
    status = 200;
    pass(lane, clock, 300_000);
    await settled(() => expect(verdicts.filter(({ kind }) => kind === 'delivered')).toHaveLength(5));
    expect(lane.breaker()).toEqual({ failures: 0, openUntilMs: 0 });
  });

  it('counts batches that fail together as one failure, and opens after five rounds', async () => {
    const receiver = await startReceiver(answering(503));
    const { lane, clock, verdicts } = start(destinationAt(receiver.url), storeWith(16));
    for (let round = 1; round <= 5; round += 1) {
      await settled(() => expect(verdicts).toHaveLength(16 * round));
      expect(lane.breaker().failures).toBe(round);
      if (round < 5) pass(lane, clock, 60_000);
    }
    expect(lane.breaker().openUntilMs).toBe(clock.nowMs + 5000);
    pass(lane, clock, 4999);
    await idle();
    expect(receiver.received).toHaveLength(40);
  });

  it('does nothing while there is nothing to do', async () => {
    const receiver = await startReceiver(answering(200));
    const { asked, verdicts } = start(destinationAt(receiver.url), storeWith(1));
    await settled(() => expect(verdicts).toHaveLength(1));
    await idle();
    const { takes } = asked;
    expect(takes).toBe(2);
    await idle();
    expect(asked.takes).toBe(takes);
  });

  it('does nothing while a payload waits for its time', async () => {
    const receiver = await startReceiver(answering(503, { 'retry-after': '60' }));
    const { asked, verdicts } = start(destinationAt(receiver.url), storeWith(1));
    await settled(() => expect(verdicts).toHaveLength(1));
    await idle();
    expect(asked.takes).toBe(2);
  });

  it('takes new payloads as soon as it is woken', async () => {
    const receiver = await startReceiver(answering(200));
    const { lane, add, verdicts, asked } = start(destinationAt(receiver.url));
    await settled(() => expect(asked.takes).toBe(1));
    await idle();
    add(itemOf(1));
    lane.wake();
    await settled(() => expect(verdicts).toMatchObject([{ id: 1, kind: 'delivered' }]));
  });

  it('does not miss what is queued between its last look and its rest', async () => {
    const receiver = await startReceiver(answering(200));
    const store = memoryOutbox();
    let queueNow = (): void => undefined;
    const outbox = {
      ...store.outbox,
      async nextDueAtMs() {
        queueNow();
        return null;
      },
    };
    const { lane, verdicts } = start(destinationAt(receiver.url), { ...store, outbox });
    queueNow = () => {
      queueNow = () => undefined;
      store.add(itemOf(1));
      lane.wake();
    };
    await settled(() => expect(verdicts).toMatchObject([{ id: 1, kind: 'delivered' }]));
  });

  it('records what is under way before it ends, and takes nothing more', async () => {
    const answers: (() => void)[] = [];
    const receiver = await startReceiver((res) => void answers.push(() => void res.writeHead(200).end()));
    const { lane, add, verdicts, asked } = start(destinationAt(receiver.url), storeWith(1));
    await settled(() => expect(answers).toHaveLength(1));
    const stopped = lane.stop();
    add(itemOf(2));
    answers[0]?.();
    await stopped;
    expect(verdicts).toMatchObject([{ id: 1, kind: 'delivered' }]);
    lane.wake();
    await idle();
    expect(asked.takes).toBe(1);
  });

  it('tries to record until it can: what was sent is not sent again', async () => {
    const receiver = await startReceiver(answering(200));
    const store = storeWith(1);
    store.failing.records = 2;
    const { verdicts, logged, asked } = start(destinationAt(receiver.url), store);
    await settled(() => expect(verdicts).toHaveLength(1));
    expect(receiver.received).toHaveLength(1);
    expect(asked.records).toBe(3);
    expect(logged).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('cannot be recorded')));
  });

  it('ends even where nothing can be recorded any more', async () => {
    const receiver = await startReceiver(answering(200));
    const store = storeWith(1);
    store.failing.records = 1_000_000;
    const { lane, asked, verdicts } = start(destinationAt(receiver.url), store);
    await settled(() => expect(asked.records).toBe(1));
    await lane.stop();
    expect(verdicts).toEqual([]);
  });

  it('goes on after the store was away', async () => {
    const receiver = await startReceiver(answering(200));
    const store = storeWith(1);
    store.failing.takes = 1;
    const { lane, verdicts, logged } = start(destinationAt(receiver.url), store);
    await settled(() => expect(logged).toHaveLength(1));
    lane.wake();
    await settled(() => expect(verdicts).toHaveLength(1));
  });

  it('keeps the verdicts of the other batches when the destination throws on one', async () => {
    const receiver = await startReceiver(answering(200));
    const good = destinationAt(receiver.url);
    const destination: BoundDestination = {
      ...good,
      request(payloads, attempt) {
        if (payloads.some(({ eventId }) => eventId === 'event-3')) throw new TypeError('a bug');
        return good.request(payloads, attempt);
      },
    };
    const { verdicts, logged } = start(destination, storeWith(6));
    await settled(() => expect(verdicts).toHaveLength(6));
    const kinds = Object.fromEntries(verdicts.map(({ id, kind }) => [id, kind]));
    expect(kinds).toEqual({
      1: 'delivered',
      2: 'delivered',
      3: 'retry',
      4: 'retry',
      5: 'delivered',
      6: 'delivered',
    });
    expect(logged).toEqual(['the destination failed on a batch']);
  });

  it('tries again what the destination did not judge', async () => {
    const receiver = await startReceiver(answering(200));
    const { verdicts } = start(
      destinationAt(receiver.url, { judge: () => [{ kind: 'delivered' }] }),
      storeWith(2),
    );
    await settled(() => expect(verdicts).toHaveLength(2));
    expect(verdicts).toMatchObject([{ kind: 'delivered', note: 'accepted' }, { kind: 'retry' }]);
  });

  it('sends one batch after the other while it only tries whether the platform is back', async () => {
    let underWay = 0;
    let most = 0;
    let status = 503;
    const receiver = await startReceiver((res) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        answering(status)(res);
      });
    });
    const destination = destinationAt(receiver.url, { batch: { maxEvents: 4, maxBytes: 1 } });
    const { lane, clock, verdicts } = start(destination, storeWith(4));
    for (let round = 1; round <= 5; round += 1) {
      await settled(() => expect(verdicts).toHaveLength(4 * round));
      pass(lane, clock, 60_000);
    }
    status = 200;
    most = 0;
    await settled(() => expect(verdicts.filter(({ kind }) => kind === 'delivered')).toHaveLength(4));
    expect(most).toBe(1);
  });
});
