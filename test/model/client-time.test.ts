import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctClientTime } from '../../src/model/client-time.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const receivedAtMs = Date.UTC(2026, 10, 23, 12);
const ago = (ms: number): number => receivedAtMs - ms;

describe("a client's time", () => {
  it.each([
    { title: 'absent: the time of receipt', times: {}, atMs: receivedAtMs, corrected: 'none' },
    { title: 'a moment ago: as it is', times: { occurredAtMs: ago(50) }, atMs: ago(50), corrected: 'none' },
    {
      title: 'two days ago, from a queue',
      times: { occurredAtMs: ago(2 * dayMs) },
      atMs: ago(2 * dayMs),
      corrected: 'none',
    },
    {
      title: 'exactly 72 hours ago',
      times: { occurredAtMs: ago(72 * hourMs) },
      atMs: ago(72 * hourMs),
      corrected: 'none',
    },
    {
      title: 'older than 72 hours',
      times: { occurredAtMs: ago(72 * hourMs + 1) },
      atMs: receivedAtMs,
      corrected: 'ignored',
    },
    {
      title: 'in the future: clamped',
      times: { occurredAtMs: ago(-minuteMs) },
      atMs: receivedAtMs,
      corrected: 'clamped',
    },
    {
      title: 'with a right clock, queued for an hour',
      times: { occurredAtMs: ago(hourMs), sentAtMs: receivedAtMs },
      atMs: ago(hourMs),
      corrected: 'none',
    },
    {
      title: 'with a clock an hour fast',
      times: { occurredAtMs: ago(-hourMs), sentAtMs: ago(-hourMs) },
      atMs: receivedAtMs,
      corrected: 'skew',
    },
    {
      title: 'with a clock years slow, queued for ten minutes',
      times: { occurredAtMs: 10 * minuteMs, sentAtMs: 20 * minuteMs },
      atMs: ago(10 * minuteMs),
      corrected: 'skew',
    },
    {
      title: 'after it was sent',
      times: { occurredAtMs: ago(0), sentAtMs: ago(1) },
      atMs: receivedAtMs,
      corrected: 'ignored',
    },
    {
      title: 'longer in the queue than a queue lasts',
      times: { occurredAtMs: ago(80 * hourMs), sentAtMs: ago(0) },
      atMs: receivedAtMs,
      corrected: 'ignored',
    },
    { title: 'with a fraction', times: { occurredAtMs: ago(10) + 0.5 }, atMs: ago(10), corrected: 'none' },
    { title: 'not a number', times: { occurredAtMs: Number.NaN }, atMs: receivedAtMs, corrected: 'ignored' },
    {
      title: 'infinite',
      times: { occurredAtMs: Number.NEGATIVE_INFINITY },
      atMs: receivedAtMs,
      corrected: 'ignored',
    },
    { title: 'beyond every date', times: { occurredAtMs: -1e300 }, atMs: receivedAtMs, corrected: 'ignored' },
    {
      title: 'sent at no time',
      times: { occurredAtMs: ago(1), sentAtMs: Number.NaN },
      atMs: receivedAtMs,
      corrected: 'ignored',
    },
  ])('$title', ({ times, atMs, corrected }) => {
    expect(correctClientTime({ receivedAtMs, ...times })).toEqual({ atMs, corrected });
  });
});

describe("a server's time", () => {
  it.each([
    {
      title: 'six days ago is believed',
      occurredAtMs: ago(6 * dayMs),
      atMs: ago(6 * dayMs),
      corrected: 'none',
    },
    {
      title: 'seven days ago is believed',
      occurredAtMs: ago(7 * dayMs),
      atMs: ago(7 * dayMs),
      corrected: 'none',
    },
    { title: 'older is not', occurredAtMs: ago(7 * dayMs + 1), atMs: receivedAtMs, corrected: 'ignored' },
    { title: 'in the future is clamped', occurredAtMs: ago(-1), atMs: receivedAtMs, corrected: 'clamped' },
  ])('$title', ({ occurredAtMs, atMs, corrected }) => {
    expect(correctClientTime({ receivedAtMs, occurredAtMs, sentBy: 'server' })).toEqual({ atMs, corrected });
  });

  it('is believed with the time of sending too', () => {
    const times = {
      receivedAtMs,
      occurredAtMs: ago(6 * dayMs),
      sentAtMs: ago(1000),
      sentBy: 'server',
    } as const;
    expect(correctClientTime(times)).toEqual({ atMs: ago(6 * dayMs - 1000), corrected: 'skew' });
  });

  it.each(['browser', 'gateway'] as const)('is more than a %s may state', (sentBy) => {
    const times = { receivedAtMs, occurredAtMs: ago(6 * dayMs), sentBy };
    expect(correctClientTime(times)).toEqual({ atMs: receivedAtMs, corrected: 'ignored' });
  });
});

describe('any time', () => {
  it('becomes a whole millisecond, never later than the receipt and never older than a week', () => {
    const time = fc.option(fc.double({ noDefaultInfinity: false }), { nil: undefined });
    const sentBy = fc.constantFrom('browser', 'server', 'gateway');
    fc.assert(
      fc.property(time, time, sentBy, (occurredAtMs, sentAtMs, by) => {
        const { atMs } = correctClientTime({
          receivedAtMs,
          sentBy: by,
          ...(occurredAtMs !== undefined && { occurredAtMs }),
          ...(sentAtMs !== undefined && { sentAtMs }),
        });
        expect(Number.isSafeInteger(atMs)).toBe(true);
        expect(atMs).toBeLessThanOrEqual(receivedAtMs);
        expect(atMs).toBeGreaterThanOrEqual(ago(7 * dayMs));
      }),
    );
  });
});
