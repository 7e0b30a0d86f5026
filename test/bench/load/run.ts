import { createHash } from 'node:crypto';
import { quantile } from '../rounds.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import type { LoadJob, LoadResult } from './job.ts';

/**
 * One job under way. It lasts until the time is over and every request that was sent is answered, so that what the
 * server has promised is known to the last request.
 */
export class Run implements ConnectionEvents {
  readonly #job: LoadJob;
  readonly #visitorKeys: readonly string[];
  readonly #dueAtMs = new Map<Connection, number>();
  readonly #idle: Connection[] = [];
  /** Requests that were due while every connection was busy, by when they were: waiting counts as latency. */
  readonly #overdueAtMs: number[] = [];
  readonly #latenciesMs: number[] = [];
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #connected = 0;
  #startedAtMs = 0;
  #finish: () => void = () => undefined;

  constructor(job: LoadJob) {
    this.#job = job;
    this.#visitorKeys = makeVisitorKeys(job.visitors);
  }

  async play(connections: readonly Connection[]): Promise<LoadResult> {
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const { requestsPerSecond } = this.#job;
    const cpuBefore = process.threadCpuUsage();
    this.#connected = connections.length;
    this.#startedAtMs = performance.now();
    this.#idle.push(...connections);
    const timer = requestsPerSecond === undefined ? null : this.#startPacing(requestsPerSecond);
    if (timer === null)
      for (const connection of this.#idle.splice(0)) this.#send(connection, this.#startedAtMs);
    await finished;
    if (timer !== null) clearInterval(timer);
    const { user, system } = process.threadCpuUsage(cpuBefore);
    return this.#result((user + system) / 1000 / (performance.now() - this.#startedAtMs));
  }

  onResponse(connection: Connection, status: number): void {
    const nowMs = performance.now();
    const playedMs = nowMs - this.#startedAtMs;
    if (status < 300) this.#acknowledge(nowMs - (this.#dueAtMs.get(connection) ?? nowMs), playedMs);
    else this.#failed += 1;
    const dueAtMs = this.#job.requestsPerSecond === undefined ? nowMs : this.#overdueAtMs.shift();
    if (dueAtMs !== undefined && playedMs < this.#endMs) {
      this.#send(connection, dueAtMs);
      return;
    }
    this.#idle.push(connection);
    this.#endWhenOver(playedMs);
  }

  onLost(): void {
    this.#failed += 1;
    this.#connected -= 1;
    this.#endWhenOver(performance.now() - this.#startedAtMs);
  }

  get #endMs(): number {
    return this.#job.warmUpMs + this.#job.measuredMs;
  }

  #startPacing(perSecond: number): NodeJS.Timeout {
    let due = 0;
    return setInterval(() => {
      const nowMs = performance.now();
      const playedMs = nowMs - this.#startedAtMs;
      const wanted = Math.floor((Math.min(playedMs, this.#endMs) / 1000) * perSecond);
      for (; due < wanted; due += 1) {
        const connection = this.#idle.shift();
        if (connection === undefined) this.#overdueAtMs.push(nowMs);
        else this.#send(connection, nowMs);
      }
      this.#endWhenOver(playedMs);
    }, 1);
  }

  #send(connection: Connection, dueAtMs: number): void {
    this.#dueAtMs.set(connection, dueAtMs);
    connection.send(this.#visitorKeys[this.#sent % this.#visitorKeys.length] ?? '');
    this.#sent += 1;
  }

  #acknowledge(latencyMs: number, playedMs: number): void {
    this.#acknowledged += 1;
    if (playedMs >= this.#job.warmUpMs && playedMs < this.#endMs) this.#latenciesMs.push(latencyMs);
  }

  #endWhenOver(playedMs: number): void {
    const isOver = playedMs >= this.#endMs && this.#idle.length >= this.#connected;
    if (isOver || this.#connected === 0) this.#finish();
  }

  #result(ownCpuShare: number): LoadResult {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    return {
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      perSecond: sorted.length / (this.#job.measuredMs / 1000),
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      ownCpuShare,
    };
  }
}

/** As scattered as real ones, so that the store's indexes are hit all over; the same from run to run. */
function makeVisitorKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash('sha256').update(`visitor ${index}`).digest('base64url').slice(0, 22),
  );
}
