import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { type Answer, defineDestination, judgeByStatus } from '../../src/contract/destination.ts';
import { startLane } from '../../src/delivery/lane.ts';
import { createTally } from '../../src/observe/tally.ts';
import { itemOf, memoryOutbox } from './outbox.ts';

const accepted: Answer = { kind: 'answered', status: 200, headers: {}, body: '' };
const refused: Answer = { kind: 'answered', status: 400, headers: {}, body: '' };

/** A platform that takes a batch of numbers whole or not at all; `bad` ones spoil it. */
async function deliver(count: number, bad: readonly number[]) {
  const store = memoryOutbox();
  store.add(...Array.from({ length: count }, (_, at) => itemOf(at + 1, { createdAtMs: 1000 })));
  const batches: (readonly number[])[] = [];
  const destination = defineDestination({
    name: 'test',
    title: 'Test',
    description: '',
    settings: z.strictObject({}),
    needs: { required: [], optional: [] },
    batch: { maxEvents: 100, maxBytes: 100_000 },
    build: ({ event }) => ({ eventId: event.id, occurredAtMs: 0, body: {} }),
    request: (payloads) => ({
      kind: 'append',
      path: '/',
      rotateBytes: 1,
      lines: payloads.map(({ body }) => JSON.stringify(body['n'])),
    }),
    judge: (answer, sent) =>
      answer.kind === 'answered' && answer.status === 400
        ? sent.map(() => ({ kind: 'split', message: 'HTTP 400' }))
        : judgeByStatus(answer, sent),
  }).bind('ads', {}, { required: [], optional: [] });
  const quiet = (): void => undefined;
  const lane = startLane(destination, {
    outbox: store.outbox,
    send: async (request) => {
      const numbers = request.kind === 'append' ? request.lines.map(Number) : [];
      batches.push(numbers);
      return numbers.some((n) => bad.includes(n)) ? refused : accepted;
    },
    withdrawn: new Set(),
    nowMs: () => 1000,
    random: () => 0.5,
    retry: { firstSeconds: 2, longestSeconds: 60, giveUpHours: 1 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    tally: createTally(),
  });
  onTestFinished(() => lane.stop());
  await vi.waitFor(() => expect(store.verdicts).toHaveLength(count), { interval: 5, timeout: 5000 });
  return { batches, verdicts: store.verdicts };
}

describe('a batch that was refused as a whole', () => {
  it('is halved until it is known which event it was; the others go through', async () => {
    const { batches, verdicts } = await deliver(8, [6]);
    expect(batches).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]]);
    expect(verdicts.filter(({ kind }) => kind === 'delivered').map(({ id }) => id)).toEqual([
      1, 2, 3, 4, 5, 7, 8,
    ]);
    expect(verdicts.find(({ id }) => id === 6)).toMatchObject({ kind: 'dead', message: 'HTTP 400' });
  });

  it('is not sent again and again where every event of it is bad', async () => {
    const { batches, verdicts } = await deliver(4, [1, 2, 3, 4]);
    expect(batches).toHaveLength(7);
    expect(verdicts.every(({ kind }) => kind === 'dead')).toBe(true);
  });

  it('of one event is a dead letter at once', async () => {
    const { batches, verdicts } = await deliver(1, [1]);
    expect(batches).toHaveLength(1);
    expect(verdicts).toMatchObject([{ id: 1, kind: 'dead', message: 'HTTP 400' }]);
  });

  it('does not hold up the lane where all its events are bad: what is not known yet is tried again later', async () => {
    const count = 100;
    const { batches, verdicts } = await deliver(
      count,
      Array.from({ length: count }, (_, at) => at + 1),
    );
    expect(batches).toHaveLength(64);
    const kinds = new Set(verdicts.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['dead', 'retry']));
    const dead = verdicts.filter(({ kind }) => kind === 'dead').map(({ id }) => id);
    // The first events come to their end first.
    expect(dead).toEqual(Array.from({ length: dead.length }, (_, at) => at + 1));
  });
});
