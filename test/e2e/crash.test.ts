import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { startLoad } from './support/load.ts';
import { type Stack, secret, startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { startWebhookRecorder, type WebhookRecorder } from './support/webhook-recorder.ts';

const hitsInARound = 1_500;

async function startLoadedStack() {
  const recorder = await startWebhookRecorder(secret);
  const stack = await startStack({
    config: {
      'destinations.receiver.settings.url': recorder.url,
      'destinations.ga4.enabled': false,
      'destinations.meta.enabled': false,
    },
  });
  return { recorder, stack };
}

/** Every acknowledged event went to the webhook under one id and is in the archive. */
function expectNothingLost(acknowledged: readonly string[], recorder: WebhookRecorder, stack: Stack): void {
  const { deliveries } = recorder;
  const archived = new Set(stack.archived().map(({ id }) => id));
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(acknowledged.filter((id) => !deliveries.has(id))).toEqual([]);
  expect(acknowledged.filter((id) => !archived.has(id))).toEqual([]);
  expect(
    [...deliveries].filter(([id, webhookIds]) => webhookIds.some((webhookId) => webhookId !== id)),
  ).toEqual([]);
  expect(recorder.problems).toEqual([]);
}

function integrityOf(dataFile: string): unknown {
  const database = new DatabaseSync(dataFile, { readOnly: true });
  try {
    return database.prepare('PRAGMA integrity_check').get();
  } finally {
    database.close();
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.on('connect', () => answer(true)).on('error', () => answer(false));
  });
}

describe('a gateway that is killed', () => {
  it('has delivered every acknowledged event after the restart, however often and whenever it was killed', async () => {
    const { recorder, stack } = await startLoadedStack();
    const acknowledged: string[] = [];
    let { gateway } = stack;
    for (const round of [1, 2, 3]) {
      const killAfter = 50 + Math.floor(Math.random() * 800);
      const load = startLoad(gateway.port, `round-${round}`, hitsInARound);
      await until(`${killAfter} answers`, () => load.acknowledged.length >= killAfter);
      expect(await gateway.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      await load.stop();
      expect(load.acknowledged.length).toBeLessThan(hitsInARound);
      acknowledged.push(...load.acknowledged);
      gateway = await stack.restart();
    }
    await gateway.settled();
    expectNothingLost(acknowledged, recorder, stack);
    expect(await gateway.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(integrityOf(gateway.dataFile)).toEqual({ integrity_check: 'ok' });
  }, 75_000);
});

describe('a gateway that is asked to stop', () => {
  it('finishes what it has taken, exits with 0 and frees its port', async () => {
    const { recorder, stack } = await startLoadedStack();
    const { gateway } = stack;
    const load = startLoad(gateway.port, 'graceful', hitsInARound);
    await until('some answers', () => load.acknowledged.length >= 200);
    const ended = gateway.end('SIGTERM');
    await until('the port to close', async () => !(await isOpen(gateway.port)));
    await load.stop();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await isOpen(gateway.port)).toBe(false);
    expect(load.others.filter((outcome) => /^\d+$/.test(outcome))).toEqual([]);
    const delivered = load.acknowledged.filter((id) => recorder.deliveries.has(id));
    expect(delivered).toEqual(load.acknowledged);

    const again = await stack.restart();
    await again.settled();
    expectNothingLost(load.acknowledged, recorder, stack);
    const repeated = [...recorder.deliveries].filter(([, webhookIds]) => webhookIds.length > 1);
    expect(repeated).toEqual([]);
  }, 60_000);
});
