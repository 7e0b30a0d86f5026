import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, serve } from '../../src/store/sqlite/channel.ts';

type EchoCalls = {
  add(a: number, b: number): number;
  later(text: string): Promise<string>;
  nothing(): void;
  fail(): void;
  failLater(): Promise<void>;
  notCloneable(): unknown;
  see(value: number): void;
  seen(): readonly number[];
  never(): Promise<void>;
  exit(): void;
  echo(value: unknown): unknown;
  missing(): void;
};

function startThread() {
  const worker = new Worker(new URL('./children/echo.ts', import.meta.url));
  onTestFinished(async () => void (await worker.terminate()));
  return { worker, remote: connect<EchoCalls>(worker) };
}

describe('calls across threads', () => {
  it('bring values back, of methods that answer at once or later', async () => {
    const { remote } = startThread();
    expect(await Promise.all([remote.add(1, 2), remote.later('a'), remote.nothing()])).toEqual([
      3,
      'a',
      undefined,
    ]);
  });

  it('bring errors back by their message', async () => {
    const { remote } = startThread();
    await expect(remote.fail()).rejects.toThrow('the disk is full');
    await expect(remote.failLater()).rejects.toThrow('later');
    await expect(remote.missing()).rejects.toThrow('no method missing');
    await expect(remote.notCloneable()).rejects.toThrow('could not be cloned');
    expect(await remote.add(1, 1)).toBe(2);
  });

  it('reject where an argument cannot cross, and go on', async () => {
    const { remote } = startThread();
    await expect(remote.echo(() => undefined)).rejects.toThrow('could not be cloned');
    expect(await remote.echo('a')).toBe('a');
  });

  it('arrive in the order they were made', async () => {
    const { remote } = startThread();
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(numbers.map((number) => remote.see(number)));
    expect(await remote.seen()).toEqual(numbers);
  });

  it('reject when the other thread exits while they are pending, and ever after', async () => {
    const { worker, remote } = startThread();
    expect(await remote.add(1, 1)).toBe(2);
    const pending = [remote.never(), remote.exit()];
    const settled = await Promise.allSettled(pending);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(remote.add(1, 1)).rejects.toThrow('the other thread has ended');
    expect(worker.threadId).toBe(-1);
  });

  it('reject when the other thread is terminated', async () => {
    const { worker, remote } = startThread();
    const pending = remote.never();
    const rejected = expect(pending).rejects.toThrow('the other thread has ended');
    await worker.terminate();
    await rejected;
  });

  it('work both ways over one message channel, and reject when it is closed', async () => {
    const { port1, port2 } = new MessageChannel();
    serve(port1, { name: () => 'one' });
    serve(port2, { name: () => 'two' });
    const [two, one] = [connect<{ name(): string }>(port1), connect<{ name(): string }>(port2)];
    expect(await Promise.all([one.name(), two.name()])).toEqual(['one', 'two']);
    const closed = once(port2, 'close');
    port1.close();
    await closed;
    await expect(one.name()).rejects.toThrow('the other thread has ended');
  });

  it('never reach what a method table inherits', async () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    serve(port1, { name: () => 'one' });
    const remote = connect<{ toLocaleString(): string }>(port2);
    await expect(remote.toLocaleString()).rejects.toThrow('no method toLocaleString');
  });
});
