import { describe, expect, it } from 'vitest';
import type { OutboxItem, Verdict } from '../../src/store/ports.ts';
import type { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { openReading, openStore, queuedOf, storyOf, takeIn } from './store.ts';

function fill(writer: SqliteWriter, count: number, destination = 'ads'): void {
  takeIn(writer, count, (offset, batch) => {
    batch.writeStory(storyOf(offset));
    batch.enqueue(queuedOf(offset, { destination }));
  });
}

const events = (items: readonly OutboxItem[]): readonly string[] => items.map(({ eventId }) => eventId);
const delivered = ({ id }: OutboxItem): Verdict => ({ id, kind: 'delivered', atMs: 7, note: 'HTTP 200' });
const retried = ({ id }: OutboxItem, dueAtMs: number): Verdict => ({
  id,
  kind: 'retry',
  atMs: 8,
  dueAtMs,
  message: 'HTTP 503',
});

describe('taking', () => {
  it('hands out what is due, in order, and nothing of other destinations', () => {
    const { writer } = openStore();
    fill(writer, 4);
    expect(writer.take('stats', 10, 1e9)).toEqual([]);
    expect(events(writer.take('ads', 10, 2500))).toEqual(['event-1', 'event-2']);
    expect(events(writer.take('ads', 10, 1e9))).toEqual(['event-3', 'event-4']);
  });

  it('never hands an item to two takers', () => {
    const { writer } = openStore();
    fill(writer, 100);
    const taken = Array.from({ length: 30 }, (_, index) =>
      events(writer.take('ads', 1 + (index % 7), 1e9)),
    ).flat();
    expect(taken).toHaveLength(100);
    expect(new Set(taken).size).toBe(100);
    expect(writer.take('ads', 10, 1e9)).toEqual([]);
  });

  it('takes nothing where nothing is asked for', () => {
    const { writer } = openStore();
    fill(writer, 1);
    expect(writer.take('ads', 0, 1e9)).toEqual([]);
    expect(writer.take('ads', 1, 1e9)).toHaveLength(1);
  });

  it('hands out again after a restart what nobody has recorded', () => {
    const { path, writer, close } = openStore();
    fill(writer, 2);
    const [first] = writer.take('ads', 2, 1e9);
    expect(first).toBeDefined();
    if (first !== undefined) writer.record([delivered(first)]);
    close();
    expect(events(openStore(path).writer.take('ads', 5, 1e9))).toEqual(['event-2']);
  });
});

describe('recording', () => {
  it('ends what is delivered or dead, and tells the story of every try', () => {
    const { path, writer } = openStore();
    fill(writer, 2);
    const [first, second] = writer.take('ads', 2, 1e9);
    if (first === undefined || second === undefined) return expect.unreachable();
    writer.record([retried(first, 5000), { id: second.id, kind: 'dead', atMs: 9, message: 'HTTP 400' }]);
    expect(writer.take('ads', 5, 4999)).toEqual([]);
    expect(writer.take('ads', 5, 5000)).toEqual([{ ...first, attempts: 1 }]);
    writer.record([delivered(first)]);
    expect(writer.take('ads', 5, 1e9)).toEqual([]);
    const reader = openReading(path);
    expect(reader.find('event-1', 1)[0]?.deliveries).toMatchObject([
      {
        status: 'delivered',
        tries: [
          { atMs: 8, note: 'HTTP 503' },
          { atMs: 7, note: 'HTTP 200' },
        ],
      },
    ]);
    expect(reader.deadLetters(10)).toMatchObject([
      { id: second.id, status: 'dead', tries: [{ atMs: 9, note: 'HTTP 400' }] },
    ]);
  });

  it('puts a retry behind what is due before it', () => {
    const { writer } = openStore();
    fill(writer, 3);
    const [first] = writer.take('ads', 1, 1e9);
    if (first === undefined) return expect.unreachable();
    writer.record([retried(first, 2500)]);
    expect(events(writer.take('ads', 5, 1e9))).toEqual(['event-2', 'event-1', 'event-3']);
  });

  it('keeps any message, NUL characters and lone surrogates included', () => {
    const { path, writer } = openStore();
    fill(writer, 1);
    const note = 'a\0b \ud800 "quoted" \u2028';
    writer.record(writer.take('ads', 1, 1e9).map(({ id }) => ({ id, kind: 'delivered', atMs: 1, note })));
    expect(openReading(path).find('event-1', 1)[0]?.deliveries[0]?.tries).toEqual([{ atMs: 1, note }]);
  });
});

describe('the next due time', () => {
  it('is the earliest of what is pending, of this destination', () => {
    const { writer } = openStore();
    expect(writer.nextDueAtMs('ads')).toBeNull();
    fill(writer, 3);
    expect(writer.nextDueAtMs('ads')).toBe(1000);
    expect(writer.nextDueAtMs('stats')).toBeNull();
    const [first] = writer.take('ads', 1, 1e9);
    if (first === undefined) return expect.unreachable();
    writer.record([retried(first, 9000)]);
    expect(writer.nextDueAtMs('ads')).toBe(2000);
  });
});

describe('reviving', () => {
  function bury(writer: SqliteWriter, destination: string): readonly number[] {
    const ids = writer.take(destination, 10, 1e9).map(({ id }) => id);
    writer.record(ids.map((id) => ({ id, kind: 'dead', atMs: 9, message: 'HTTP 400' })));
    return ids;
  }

  it('queues dead letters again as if they were new', () => {
    const { writer } = openStore();
    fill(writer, 1);
    bury(writer, 'ads');
    expect(writer.revive(null, null, 70_000)).toBe(1);
    expect(writer.take('ads', 5, 69_999)).toEqual([]);
    expect(writer.take('ads', 5, 70_000)).toMatchObject([{ attempts: 0, createdAtMs: 70_000 }]);
  });

  it.each([
    { title: 'all of them', destination: null, pick: null, revived: ['ads', 'ads', 'stats'] },
    { title: 'those of one destination', destination: 'ads', pick: null, revived: ['ads', 'ads'] },
    { title: 'some', destination: null, pick: [0, 2], revived: ['ads', 'stats'] },
    { title: 'some of one destination', destination: 'stats', pick: [0, 2], revived: ['stats'] },
    { title: 'none', destination: null, pick: [], revived: [] },
  ])('revives $title', ({ destination, pick, revived }) => {
    const { writer } = openStore();
    takeIn(writer, 3, (offset, batch) =>
      batch.enqueue(queuedOf(offset, { destination: offset < 3 ? 'ads' : 'stats' })),
    );
    const ids = [...bury(writer, 'ads'), ...bury(writer, 'stats')];
    const chosen = pick === null ? null : ids.filter((_id, index) => pick.some((one) => one === index));
    expect(writer.revive(destination, chosen, 1)).toBe(revived.length);
    const queued = [...writer.take('ads', 9, 1e9), ...writer.take('stats', 9, 1e9)];
    expect(queued.map((item) => item.destination)).toEqual(revived);
  });

  it('leaves alone what is pending or delivered', () => {
    const { writer } = openStore();
    fill(writer, 2);
    const [first, second] = writer.take('ads', 2, 1e9);
    if (first === undefined || second === undefined) return expect.unreachable();
    writer.record([delivered(first)]);
    expect(writer.revive(null, null, 1)).toBe(0);
    expect(writer.revive(null, [first.id, second.id], 1)).toBe(0);
  });
});
