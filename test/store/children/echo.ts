// A thread that serves a few methods, for the tests of the channel.
import { parentPort } from 'node:worker_threads';
import { serve } from '../../../src/store/sqlite/channel.ts';

if (parentPort === null) throw new Error('this file runs as a worker thread');

const seen: number[] = [];

serve(parentPort, {
  add: (a: number, b: number) => a + b,
  later: async (text: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  },
  nothing: () => undefined,
  fail: () => {
    throw new TypeError('the disk is full');
  },
  failLater: async () => await Promise.reject(new Error('later')),
  notCloneable: () => () => undefined,
  see: (value: number) => void seen.push(value),
  seen: () => seen,
  never: async () => await new Promise(() => undefined),
  exit: () => process.exit(3),
  echo: (value: unknown) => value,
});
