import { describe, expect, it } from 'vitest';
import type { Journey } from '../../src/campaign/journey.ts';
import { createJourneys } from '../../src/edge/journeys.ts';

function journeyOf(changes: Partial<Journey> = {}): Journey {
  return {
    visitor: undefined,
    startedAtMs: 0,
    lastAtMs: 0,
    stand: { at: 'seen', page: new URL('https://shop.example/') },
    hops: [],
    awaited: new Map(),
    losses: [],
    hasDecided: false,
    release: '',
    isShared: false,
    ...changes,
  };
}

describe('journeys in memory', () => {
  it('are bounded: the oldest goes first', () => {
    const journeys = createJourneys({ maxKeys: 2 });
    for (const key of ['a', 'b', 'c']) journeys.replace(key, undefined, journeyOf());
    expect(['a', 'b', 'c'].map((key) => journeys.find(key, undefined, 1) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('are found by the visitor where there is one, and never by another one', () => {
    const journeys = createJourneys({ maxKeys: 10 });
    journeys.replace('a', undefined, journeyOf({ visitor: 'anna' }));
    journeys.replace('a', undefined, journeyOf({ visitor: 'ben' }));
    expect(journeys.find('a', 'anna', 1)?.visitor).toBe('anna');
    expect(journeys.find('a', 'carl', 1)).toBeUndefined();
    expect(journeys.find('a', undefined, 1)?.visitor).toBe('ben');
  });

  it('are gone a minute after their last hop, and two after their first', () => {
    const journeys = createJourneys({ maxKeys: 10 });
    journeys.replace('quiet', undefined, journeyOf());
    journeys.replace('busy', undefined, journeyOf({ lastAtMs: 119_000 }));
    expect(journeys.find('quiet', undefined, 60_000)).toBeDefined();
    expect(journeys.find('quiet', undefined, 60_001)).toBeUndefined();
    journeys.sweep(120_000);
    expect(journeys.isEmpty()).toBe(false);
    journeys.sweep(120_001);
    expect(journeys.isEmpty()).toBe(true);
  });
});
