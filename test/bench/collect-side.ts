import { connections, roundMs } from './bench.ts';
import type { ServerChild } from './child.ts';
import { collectTemplates } from './hits.ts';
import type { LoadJob, LoadResult } from './load/job.ts';
import type { LoadGenerator } from './load/load.ts';
import type { StoreView } from './store.ts';
import { cpuSeconds } from './usage.ts';

/** What one round of load came to, the work after the last answer included. */
export interface Round {
  /** Acknowledged events. */
  readonly perSecond: number;
  /** Processor time until everything was delivered. */
  readonly cpuMicrosPerEvent: number;
  /** The rate at which the pipeline worked off what was left after the last answer; NaN: nothing was left. */
  readonly pipelinePerSecond: number;
  /** The rate over the whole time until everything was delivered. */
  readonly sustainedPerSecond: number;
  /** The share of one core that the load generator took. */
  readonly generatorShare: number;
}

/** A server under the load of events, with the sum of all that it promised. */
export interface Side {
  run(job: Omit<LoadJob, 'port' | 'templates'>): Promise<LoadResult>;
  runRound(visitors: number): Promise<Round>;
  totals(): { readonly acknowledged: number; readonly refused: number };
}

/** `store` is null where the server keeps nothing: its work is done with its answer. */
export function createSide(
  load: LoadGenerator,
  server: Pick<ServerChild, 'pid' | 'port'>,
  store: StoreView | null,
): Side {
  let acknowledged = 0;
  let refused = 0;
  const run: Side['run'] = async (job) => {
    const result = await load.run({ ...job, port: server.port, templates: collectTemplates(connections) });
    acknowledged += result.acknowledged;
    refused += result.failed;
    return result;
  };
  return {
    run,
    totals: () => ({ acknowledged, refused }),
    async runRound(visitors) {
      const cpuBefore = cpuSeconds(server.pid) ?? Number.NaN;
      const startedAtMs = performance.now();
      const result = await run({ visitors, ...roundMs });
      const answeredAtMs = performance.now();
      const left = store?.lag() ?? 0;
      await store?.untilProcessed();
      const processedAtMs = performance.now();
      await store?.untilDelivered();
      const cpu = (cpuSeconds(server.pid) ?? Number.NaN) - cpuBefore;
      return {
        perSecond: result.perSecond,
        cpuMicrosPerEvent: (cpu * 1e6) / result.acknowledged,
        pipelinePerSecond: left === 0 ? Number.NaN : (left * 1000) / (processedAtMs - answeredAtMs),
        sustainedPerSecond: (result.acknowledged * 1000) / (performance.now() - startedAtMs),
        generatorShare: result.ownCpuShare,
      };
    },
  };
}
