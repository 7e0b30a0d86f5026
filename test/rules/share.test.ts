import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../src/rules/share.ts';

describe('the share of two texts', () => {
  it('is always the same, from 0 up to 1', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const share = shareOf(first, second);
        expect(share).toBe(shareOf(first, second));
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(1);
      }),
    );
  });

  it('is spread evenly, also over texts that differ in the last character only', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index++) {
      const bucket = Math.floor(shareOf('rule', `visitor-${index}`) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(850);
    expect(Math.max(...buckets)).toBeLessThan(1150);
  });

  it('tells rules apart, so that two samples are not the same visitors', () => {
    const same = Array.from({ length: 1000 }, (_, index) => `v${index}`).filter(
      (key) => shareOf('a', key) < 0.5 === shareOf('b', key) < 0.5,
    );
    expect(same.length).toBeGreaterThan(400);
    expect(same.length).toBeLessThan(600);
  });
});
