import type { LoadGenerator } from './load/load.ts';

/** What every part of the benchmark works with. */
export interface Bench {
  readonly load: LoadGenerator;
  /** Tells a waiting person what is being measured. */
  readonly onProgress: (text: string) => void;
}

/** Keep-alive connections of the load generator. */
export const connections = 32;

/** Rounds of everything that is compared; odd, so that the median is one of them. */
export const rounds = 5;

/** One round's load, and the longer one that comes before the first. */
export const roundMs = { warmUpMs: 500, measuredMs: 2_500 } as const;
export const firstWarmUpMs = { warmUpMs: 0, measuredMs: 3_000 } as const;
