import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { getJson } from './support/gateway.ts';
import { postEvent, startLoad } from './support/load.ts';
import { webhookEvents } from './support/received.ts';
import { startStack } from './support/stack.ts';
import { until } from './support/until.ts';

const deadLettersSchema = z.object({
  items: z.array(z.object({ id: z.int(), eventId: z.string(), destination: z.string(), status: z.string() })),
});
const explainedSchema = z.object({
  events: z.array(
    z.object({
      deliveries: z.array(
        z.object({
          destination: z.string(),
          status: z.string(),
          tries: z.array(z.object({ note: z.string() })),
        }),
      ),
    }),
  ),
});

function openAgent(): Agent {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return agent;
}

describe('a destination that fails', () => {
  it('gets the event once, when it is back', async () => {
    const { gateway, receiver } = await startStack();
    receiver.failNext(3, 503);
    expect(await postEvent(openAgent(), gateway.port, 'down-1', 'newsletter_sign_up')).toBe('204');
    await until('the event', () => webhookEvents(receiver).length > 0);
    await gateway.settled();
    expect(webhookEvents(receiver).map(({ id }) => id)).toEqual(['down-1']);
    expect(receiver.duplicates()).toBe(0);
    const { events } = explainedSchema.parse(await getJson(`${gateway.adminUrl}api/explain?key=down-1`));
    const toReceiver = events
      .flatMap(({ deliveries }) => deliveries)
      .find(({ destination }) => destination === 'receiver');
    expect(toReceiver?.status).toBe('delivered');
    expect(toReceiver?.tries.map(({ note }) => note.slice(0, 8))).toEqual([
      'HTTP 503',
      'HTTP 503',
      'HTTP 503',
      'HTTP 200',
    ]);
  });

  it('refuses an event: it is a dead letter that can be seen and put back in the queue', async () => {
    const { gateway, receiver } = await startStack();
    receiver.failNext(1, 400);
    expect(await postEvent(openAgent(), gateway.port, 'refused-1', 'newsletter_sign_up')).toBe('204');
    const letters = async () =>
      deadLettersSchema.parse(await getJson(`${gateway.adminUrl}api/dead-letters`)).items;
    const [letter] = await until('a dead letter', async () => {
      const items = await letters();
      return items.length > 0 && items;
    });
    expect(letter).toMatchObject({ eventId: 'refused-1', destination: 'receiver', status: 'dead' });
    expect(webhookEvents(receiver)).toEqual([]);

    const revived = await fetch(`${gateway.adminUrl}api/dead-letters/retry`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ destination: 'receiver', ids: [letter?.id] }),
    });
    expect(await revived.json()).toEqual({ revived: 1 });
    await until('the event', () => webhookEvents(receiver).length > 0);
    await gateway.settled();
    expect(webhookEvents(receiver).map(({ id }) => id)).toEqual(['refused-1']);
    expect(await letters()).toEqual([]);
  });
});

describe('a rule file that changes while hits come in', () => {
  it('takes effect without a failed hit, and an invalid change leaves the rules before in force', async () => {
    const { gateway, receiver, folder } = await startStack();
    const ruleFile = join(folder, 'rules', 'essentials.yaml');
    const before = readFileSync(ruleFile, 'utf8');
    const withGreeting = before.replace(
      'rules:\n',
      'rules:\n  - name: greeting\n    to: [receiver]\n    set:\n      properties.greeting: \'"hello"\'\n\n',
    );
    const agent = openAgent();
    const load = startLoad(gateway.port, 'flow', 1_000_000, 2);
    onTestFinished(() => load.stop());
    let probes = 0;
    const isGreeted = async (): Promise<boolean> => {
      const id = `probe-${probes++}`;
      expect(await postEvent(agent, gateway.port, id, 'probe')).toBe('204');
      const event = await until(id, () => webhookEvents(receiver).find((each) => each.id === id));
      return event.properties['greeting'] === 'hello';
    };

    expect(await isGreeted()).toBe(false);
    writeFileSync(ruleFile, withGreeting);
    await until('the new rule', isGreeted);
    const logged = gateway.logged().length;
    writeFileSync(ruleFile, withGreeting.replace('\'"hello"\'', '"event.name +"'));
    await until('the refusal', () => gateway.logged().slice(logged).includes('TL4001'));
    expect(gateway.logged().slice(logged)).toContain('essentials.yaml');
    expect(await isGreeted()).toBe(true);
    await load.stop();
    expect(load.others).toEqual([]);
    expect(load.acknowledged.length).toBeGreaterThan(100);
  });
});
