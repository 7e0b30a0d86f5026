import { expect, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { Payload } from '../../src/contract/destination.ts';
import { type Lane, startLane } from '../../src/delivery/lane.ts';
import { createSender } from '../../src/delivery/send.ts';
import { destinations } from '../../src/destinations/index.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { createTally } from '../../src/observe/tally.ts';
import { memoryOutbox } from '../delivery/outbox.ts';
import { bindGolden, buildOf, goldenOf } from './golden.ts';

/** The clock of deliveries: shortly after the golden files' events. */
const deliveredAtMs = 1_795_428_005_000;

/** A destination type with the golden file's settings and the given ones, pointed at a platform on loopback. */
export function connect(name: string, settings: Readonly<Record<string, unknown>>) {
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) throw new Error(`there is no destination ${name}`);
  const golden = goldenOf(name);
  const bound = bindGolden(destination, golden, { allowPrivate: true, ...settings });
  const [first] = golden.cases.flatMap((one) =>
    'event' in one && 'payload' in one.expect ? [one.event] : [],
  );
  if (first === undefined) throw new Error(`the golden file of ${name} has no event that is sent`);
  const payload = (id: string): Payload => {
    const built = buildOf(bound, { ...first, id });
    if (isRefusal(built)) throw new Error(built.message);
    return built;
  };
  return { bound, payload };
}

/** Every payload that the golden file expects, each under an id of its own. */
export function goldenPayloads(name: string): readonly Payload[] {
  return goldenOf(name).cases.flatMap((one, at): Payload[] => {
    if (!('event' in one) || !('payload' in one.expect)) return [];
    return [{ eventId: `case-${at}`, occurredAtMs: 0, body: bodySchema.parse(one.expect.payload) }];
  });
}

const bodySchema = z.record(z.string(), z.json());

/** The payload so many times, each under an id of its own. */
export function copies(payload: Payload, count: number): readonly Payload[] {
  return Array.from({ length: count }, (_, at) => ({ ...payload, eventId: `evt-${at}` }));
}

/** Puts payloads into a lane of the real delivery and waits until each has its verdict. */
export async function deliver(
  { bound }: ReturnType<typeof connect>,
  payloads: readonly Payload[],
): Promise<readonly string[]> {
  const { outbox, add, verdicts } = memoryOutbox();
  add(
    ...payloads.map((payload, at) => ({
      id: at + 1,
      destination: bound.key,
      eventId: payload.eventId,
      payload: JSON.stringify(payload),
      attempts: 0,
      createdAtMs: deliveredAtMs,
    })),
  );
  const sender = createSender(() => deliveredAtMs);
  const quiet = (): void => undefined;
  const lane: Lane = startLane(bound, {
    outbox,
    send: sender.send,
    nowMs: () => deliveredAtMs,
    random: () => 0.999,
    retry: { firstSeconds: 2, longestSeconds: 60, giveUpHours: 1 },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    tally: createTally(),
    withdrawn: new Set(),
  });
  onTestFinished(async () => {
    await lane.stop();
    await sender.close();
  });
  await vi.waitFor(() => expect(verdicts.length).toBeGreaterThanOrEqual(payloads.length), {
    interval: 5,
    timeout: 5000,
  });
  await lane.stop();
  return [...verdicts]
    .sort((a, b) => a.id - b.id)
    .slice(0, payloads.length)
    .map((verdict) => {
      if (verdict.kind === 'delivered') return `delivered: ${verdict.note}`;
      if (verdict.kind === 'withdrawn') return 'withdrawn';
      if (verdict.kind !== 'retry') return `${verdict.kind}: ${verdict.message}`;
      return `retry after ${Math.floor((verdict.dueAtMs - verdict.atMs) / 1000)} s: ${verdict.message}`;
    });
}
