import { describe, expect, it } from 'vitest';
import { storiesSince } from '../../src/report/stories.ts';
import { lineOf, logLines, openReading, openStore } from '../store/store.ts';

describe('storiesSince', () => {
  const store = (timesMs: readonly number[]) => {
    const { path, writer } = openStore();
    const lines = timesMs.map((receivedAtMs, index) => lineOf({ id: `e${index}`, receivedAtMs }));
    if (lines.length > 0) logLines(writer, lines, 0);
    return openReading(path);
  };
  const times = Array.from({ length: 1_800 }, (_, index) => (index + 1) * 10);

  it.each([
    [0, 1_800],
    [10, 1_800],
    [9_995, 801],
    [18_000, 1],
    [18_001, 0],
  ])('gives every event from %i ms on', (sinceMs, count) => {
    const found = [...storiesSince(store(times), sinceMs)];
    expect(found).toHaveLength(count);
    expect(found.map(({ offset }) => offset)).toEqual(times.map((_, at) => at + 1).slice(1_800 - count));
  });

  it('finds events that were logged a little out of order', () => {
    const found = [...storiesSince(store([100, 300, 200, 400]), 200)];
    expect(found.map(({ event }) => event.receivedAtMs)).toEqual([300, 200, 400]);
  });

  it('gives nothing of an empty store', () => {
    expect([...storiesSince(store([]), 0)]).toEqual([]);
  });
});
