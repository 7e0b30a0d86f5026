import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadJob, LoadReply, LoadResult } from './job.ts';

/** The load generator, on a thread of its own: one job at a time. */
export interface LoadGenerator {
  /** Rejects when a server does not answer at all. */
  run(job: LoadJob): Promise<LoadResult>;
  close(): Promise<void>;
}

/** A server that has not answered this long after the end of a job never will. */
const graceMs = 30_000;

/** Starts the thread. It stays for all jobs, so that its code is compiled when the first measured one begins. */
export function startLoadGenerator(): LoadGenerator {
  const thread = new Worker(new URL('./thread.ts', import.meta.url));
  return {
    async run(job) {
      thread.postMessage(job);
      const signal = AbortSignal.timeout(job.warmUpMs + job.measuredMs + graceMs);
      const [reply]: LoadReply[] = await once(thread, 'message', { signal });
      if (reply?.kind === 'done') return reply.result;
      throw new Error(`the load generator failed: ${reply?.message ?? 'no reply'}`);
    },
    async close() {
      await thread.terminate();
    },
  };
}
