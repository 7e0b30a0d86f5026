import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossCases } from './cases.ts';
import { type Detector, openDetector } from './detect.ts';
import { type LossSite, startLossSite } from './site.ts';

let site: LossSite;
let detector: Detector;
beforeAll(async () => {
  site = await startLossSite();
  detector = await openDetector(site.ports);
});
afterAll(async () => {
  await detector.close();
  await site.close();
});

describe('a site that loses parameters in every way', () => {
  it('has at least 25 of them, each with a name of its own', () => {
    expect(new Set(lossCases.map(({ id }) => id)).size).toBe(lossCases.length);
    expect(lossCases.filter(({ expected }) => expected !== undefined).length).toBeGreaterThanOrEqual(25);
  });

  it.each(lossCases)('is seen through: $title', async (one) => {
    expect(await detector.detect(one)).toEqual(one.expected ?? null);
  });
});
