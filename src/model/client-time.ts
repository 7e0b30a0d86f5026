const maxQueueMs = 72 * 3_600_000;
const maxServerAgeMs = 7 * 24 * 3_600_000;

/**
 * The event's time, corrected for the client's clock.
 *
 * Where the client says when it sent the hit, a constant clock error cancels out: `received - (sent - occurred)`.
 * The result is never later than the time of receipt. A client time without `sentAtMs` is taken as it is, clamped.
 * A gap that is negative or longer than the longest offline queue (72 h) makes the client's clock worthless: the time
 * of receipt is used. A server's clock is right and its jobs are slow, so its events may be 7 days old, the most that
 * ad platforms take. All times UTC milliseconds; order does not matter. `sentBy` absent: a browser.
 */
export function correctClientTime(times: {
  readonly occurredAtMs?: number;
  readonly sentAtMs?: number;
  readonly receivedAtMs: number;
  readonly sentBy?: 'browser' | 'server' | 'gateway';
}): { readonly atMs: number; readonly corrected: 'none' | 'skew' | 'clamped' | 'ignored' } {
  const { occurredAtMs, sentAtMs, receivedAtMs, sentBy } = times;
  if (occurredAtMs === undefined) return { atMs: receivedAtMs, corrected: 'none' };
  if (!Number.isSafeInteger(Math.trunc(occurredAtMs))) return { atMs: receivedAtMs, corrected: 'ignored' };
  const queuedMs = (sentAtMs ?? receivedAtMs) - occurredAtMs;
  const maxMs = sentBy === 'server' ? maxServerAgeMs : maxQueueMs;
  if (!Number.isFinite(queuedMs) || queuedMs > maxMs) return { atMs: receivedAtMs, corrected: 'ignored' };
  if (queuedMs < 0) return { atMs: receivedAtMs, corrected: sentAtMs === undefined ? 'clamped' : 'ignored' };
  const atMs = Math.trunc(receivedAtMs - queuedMs);
  return { atMs, corrected: atMs === Math.trunc(occurredAtMs) ? 'none' : 'skew' };
}
