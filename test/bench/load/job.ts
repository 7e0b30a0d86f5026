import type { Template } from './template.ts';

/** What the load thread is asked to do. Plain data: it crosses threads. */
export interface LoadJob {
  readonly port: number;
  /** One connection is opened for each. */
  readonly templates: readonly Template[];
  /** How many visitors the requests rotate through. */
  readonly visitors: number;
  /** Not measured: caches and compilers warm up. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** Absent: each connection sends as soon as it was answered. */
  readonly requestsPerSecond?: number;
}

/** What a job came to. */
export interface LoadResult {
  /** Answered with a status below 300, warm-up included: the requests that the server has promised to keep. */
  readonly acknowledged: number;
  /** Answered with any other status, or not at all. */
  readonly failed: number;
  /** Acknowledged requests in each second of the measured time. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The share of one core that the load thread itself took. */
  readonly ownCpuShare: number;
}

/** What the load thread answers with. */
export type LoadReply =
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };
