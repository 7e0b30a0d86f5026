import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterRefusal,
  afterSuccess,
  type Breaker,
  batchesAllowed,
  closedBreaker,
} from '../../src/delivery/breaker.ts';

const nowMs = 1_000_000;
const minuteMs = 60_000;

function afterFailures(count: number): Breaker {
  let breaker = closedBreaker;
  for (let failure = 0; failure < count; failure += 1) breaker = afterFailure(breaker, nowMs);
  return breaker;
}

describe('a breaker', () => {
  it.each([
    { failures: 0, restMs: 0 },
    { failures: 1, restMs: 0 },
    { failures: 4, restMs: 0 },
    { failures: 5, restMs: 5_000 },
    { failures: 6, restMs: 10_000 },
    { failures: 7, restMs: 20_000 },
    { failures: 11, restMs: 5 * minuteMs },
    { failures: 500, restMs: 5 * minuteMs },
  ])('after $failures failures in a row rests $restMs ms', ({ failures, restMs }) => {
    const { openUntilMs } = afterFailures(failures);
    expect(openUntilMs).toBe(restMs === 0 ? 0 : nowMs + restMs);
  });

  it.each([
    { title: 'closed', breaker: closedBreaker, atMs: nowMs, allowed: 8 },
    { title: 'with a few failures', breaker: afterFailures(4), atMs: nowMs, allowed: 8 },
    { title: 'open', breaker: afterFailures(5), atMs: nowMs + 4_999, allowed: 0 },
    { title: 'after its rest', breaker: afterFailures(5), atMs: nowMs + 5_000, allowed: 1 },
    { title: 'closed again', breaker: afterSuccess(), atMs: nowMs, allowed: 8 },
    {
      title: 'refused',
      breaker: afterRefusal(closedBreaker, nowMs),
      atMs: nowMs + 5 * minuteMs - 1,
      allowed: 0,
    },
    {
      title: 'refused, after its rest',
      breaker: afterRefusal(closedBreaker, nowMs),
      atMs: nowMs + 5 * minuteMs,
      allowed: 1,
    },
  ])('$title allows $allowed batches', ({ breaker, atMs, allowed }) => {
    expect(batchesAllowed(breaker, atMs, 8)).toBe(allowed);
  });

  it('opens anew, for longer, when the one try after a rest fails', () => {
    const again = afterFailure(afterFailures(5), nowMs + 5_000);
    expect(again.openUntilMs).toBe(nowMs + 15_000);
  });
});
