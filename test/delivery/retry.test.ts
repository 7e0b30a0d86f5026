import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTry, type RetryConfig, retryConfigSchema } from '../../src/delivery/retry.ts';

const config: RetryConfig = { firstSeconds: 2, longestSeconds: 60, giveUpHours: 1 };
const nowMs = 1_000_000;
const fresh = { tries: 1, createdAtMs: nowMs, askedMs: undefined };

describe('the next try', () => {
  it.each([
    { title: 'is at once at the luckiest', item: fresh, random: 0, waitMs: 0 },
    { title: 'is half way on average', item: fresh, random: 0.5, waitMs: 1000 },
    {
      title: 'doubles the longest wait with each try',
      item: { ...fresh, tries: 4 },
      random: 0.5,
      waitMs: 8000,
    },
    {
      title: 'never waits longer than the longest',
      item: { ...fresh, tries: 40 },
      random: 0.5,
      waitMs: 30_000,
    },
    { title: 'survives any number of tries', item: { ...fresh, tries: 1e9 }, random: 0.5, waitMs: 30_000 },
    {
      title: 'waits as long as it was asked to',
      item: { ...fresh, askedMs: 90_000 },
      random: 0.5,
      waitMs: 90_000,
    },
    {
      title: 'waits longer than asked where that is due',
      item: { ...fresh, tries: 4, askedMs: 10 },
      random: 0.5,
      waitMs: 8000,
    },
    {
      title: 'is allowed right up to the end',
      item: { ...fresh, askedMs: 3_600_000 },
      random: 0,
      waitMs: 3_600_000,
    },
  ])('$title', ({ item, random, waitMs }) => {
    expect(nextTry(item, config, nowMs, random)).toEqual({ kind: 'retry', dueAtMs: nowMs + waitMs });
  });

  it.each([
    { title: 'its time is over', item: { ...fresh, createdAtMs: nowMs - 3_600_001 } },
    { title: 'the next try would be after that', item: { ...fresh, createdAtMs: nowMs - 3_599_500 } },
    { title: 'the platform asks for more time than there is', item: { ...fresh, askedMs: 3_600_001 } },
  ])('is given up when $title', ({ item }) => {
    expect(nextTry(item, config, nowMs, 0.9)).toEqual({ kind: 'give_up' });
  });

  it('is drawn between now and the longest wait for that try, never before what was asked', () => {
    const inputs = {
      tries: fc.integer({ min: 1, max: 1000 }),
      askedMs: fc.option(fc.integer({ min: 0, max: 600_000 }), { nil: undefined }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(inputs), ({ tries, askedMs, random }) => {
        const next = nextTry({ tries, askedMs, createdAtMs: nowMs }, config, nowMs, random);
        if (next.kind === 'give_up') return expect.unreachable();
        const capMs = Math.min(60_000, 2000 * 2 ** (tries - 1));
        expect(next.dueAtMs - nowMs).toBeGreaterThanOrEqual(askedMs ?? 0);
        expect(next.dueAtMs - nowMs).toBeLessThanOrEqual(Math.max(capMs, askedMs ?? 0));
      }),
    );
  });
});

describe('its configuration', () => {
  it('has defaults', () => {
    expect(retryConfigSchema.parse({})).toEqual({ firstSeconds: 2, longestSeconds: 3600, giveUpHours: 48 });
  });
});
