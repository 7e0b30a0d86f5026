/** A destination's circuit breaker: after too many failures in a row, tries rest and then go on one at a time. */
export interface Breaker {
  readonly failures: number;
  /** No try before this time, UTC milliseconds; 0: closed. */
  readonly openUntilMs: number;
}

export const closedBreaker: Breaker = { failures: 0, openUntilMs: 0 };

/** Failures in a row that open the breaker. */
const threshold = 5;
const firstRestMs = 5_000;
const longestRestMs = 5 * 60_000;

/** A round was answered, well or badly for single events: the platform is there. */
export function afterSuccess(): Breaker {
  return closedBreaker;
}

/** A whole round failed for a reason that will fail the next one too. */
export function afterFailure(breaker: Breaker, nowMs: number): Breaker {
  const failures = breaker.failures + 1;
  if (failures < threshold) return { failures, openUntilMs: 0 };
  const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures - threshold, 10));
  return { failures, openUntilMs: nowMs + restMs };
}

/** Wrong credentials: rest at once and for long, a person has to act; one probe at a time tells when it is mended. */
export function afterRefusal(breaker: Breaker, nowMs: number): Breaker {
  return { failures: Math.max(threshold, breaker.failures + 1), openUntilMs: nowMs + longestRestMs };
}

/** How many batches may go out now: none while open, one after a rest, all when closed. */
export function batchesAllowed(breaker: Breaker, nowMs: number, whenClosed: number): number {
  if (breaker.openUntilMs > nowMs) return 0;
  return breaker.failures >= threshold ? 1 : whenClosed;
}
