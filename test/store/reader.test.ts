import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReader } from '../../src/store/sqlite/reader.ts';
import { lineOf, logLines, openReading, openStore, queuedOf, storyOf, takeIn, tempFolder } from './store.ts';

describe('finding', () => {
  it('finds an event by every key it was given, oldest first', () => {
    const { path, writer } = openStore();
    takeIn(writer, 3, (offset, batch) => {
      const keys = [`event-${offset}`, `order-${offset}`, 'gclid-1', 'session-1', 'visitor-1'];
      batch.writeStory(storyOf(offset, { keys }));
    });
    const reader = openReading(path);
    const found = (key: string, limit = 10) => reader.find(key, limit).map(({ offset }) => offset);
    expect(found('event-2')).toEqual([2]);
    expect(found('order-3')).toEqual([3]);
    for (const key of ['gclid-1', 'session-1', 'visitor-1']) expect(found(key)).toEqual([1, 2, 3]);
    expect(found('visitor-1', 2)).toEqual([1, 2]);
    expect(found('nothing')).toEqual([]);
    expect(found('')).toEqual([]);
  });

  it('finds a duplicate beside the event itself', () => {
    const { path, writer } = openStore();
    takeIn(writer, 2, (offset, batch) =>
      batch.writeStory(storyOf(offset, { eventId: 'same', keys: ['same'] })),
    );
    expect(
      openReading(path)
        .find('same', 10)
        .map(({ offset }) => offset),
    ).toEqual([1, 2]);
  });

  it('finds a released event by the keys it got later', () => {
    const { path, writer } = openStore();
    takeIn(writer, 1, (offset, batch) => batch.writeStory(storyOf(offset)));
    writer.transact((batch) => batch.rewriteAdditions(1, { session: { id: 's' } }, ['event-1', 's']));
    const reader = openReading(path);
    expect(reader.find('s', 10)).toMatchObject([{ offset: 1, event: { session: { id: 's' } } }]);
    expect(reader.find('event-1', 10)).toHaveLength(1);
  });
});

describe('a story', () => {
  it('is the logged event with what the pipeline added and decided, and its deliveries', () => {
    const { path, writer } = openStore();
    logLines(writer, [lineOf({ id: 'event-1', campaign: {} }, [{ stop: 'capture', reason: 'received' }])], 0);
    writer.advance(1, (_lines, batch) => {
      const decisions = [{ stop: 'session', reason: 'session_started' }] as const;
      batch.writeStory(storyOf(1, { additions: { campaign: { first: 1 } }, decisions }));
      batch.addDecisions(1, [{ stop: 'gate', reason: 'held' }]);
      batch.addDecisions(99, [{ stop: 'gate', reason: 'held' }]);
      batch.enqueue(queuedOf(1, { payload: '{"a":1}' }));
    });
    expect(openReading(path).since(0, 10)).toEqual([
      {
        offset: 1,
        event: { id: 'event-1', campaign: { first: 1 } },
        isProcessed: true,
        decisions: [
          { stop: 'capture', reason: 'received' },
          { stop: 'session', reason: 'session_started' },
          { stop: 'gate', reason: 'held' },
        ],
        deliveries: [
          {
            id: expect.any(Number),
            offset: 1,
            eventId: 'event-1',
            destination: 'ads',
            status: 'pending',
            tries: [],
            payload: { a: 1 },
            dueAtMs: 1000,
          },
        ],
      },
    ]);
  });

  it('has the deliveries of its own event only, those that were queued later included', () => {
    const { path, writer } = openStore();
    takeIn(writer, 3, (offset, batch) => {
      batch.writeStory(storyOf(offset));
      for (const destination of ['ads', 'stats']) batch.enqueue(queuedOf(offset, { destination }));
    });
    writer.transact((batch) => {
      for (const offset of [2, 1]) batch.enqueue(queuedOf(offset, { destination: 'late' }));
    });
    const stories = openReading(path).since(0, 10);
    const destinations = stories.map((story) => story.deliveries.map(({ destination }) => destination));
    expect(destinations).toEqual([
      ['ads', 'stats', 'late'],
      ['ads', 'stats', 'late'],
      ['ads', 'stats'],
    ]);
    expect(new Set(stories.flatMap((story) => story.deliveries.map(({ id }) => id))).size).toBe(8);
    expect(stories.flatMap((story) => story.deliveries.map(({ offset }) => offset))).toEqual([
      1, 1, 1, 2, 2, 2, 3, 3,
    ]);
  });

  it('of an event that the pipeline has not reached says so', () => {
    const { path, writer } = openStore();
    logLines(writer, [lineOf({ id: 'a' }), lineOf({ id: 'b' })], 0);
    const reader = openReading(path);
    expect(reader.since(1, 10)).toMatchObject([{ offset: 2, isProcessed: false, event: { id: 'b' } }]);
    expect(reader.lastOffset()).toBe(2);
    expect(reader.lag()).toBe(2);
  });
});

describe('queues', () => {
  it('says how full they are and since when, by destination', () => {
    const { path, writer } = openStore();
    takeIn(writer, 5, (offset, batch) =>
      batch.enqueue(queuedOf(offset, { destination: offset < 4 ? 'ads' : 'stats' })),
    );
    const [first, second] = writer.take('ads', 2, 1e9);
    if (first === undefined || second === undefined) return expect.unreachable();
    writer.record([
      { id: first.id, kind: 'delivered', atMs: 1, note: 'ok' },
      { id: second.id, kind: 'dead', atMs: 1, message: 'no' },
    ]);
    expect(openReading(path).queues()).toEqual([
      { destination: 'ads', status: 'pending', count: 1, oldestAtMs: 3000 },
      { destination: 'stats', status: 'pending', count: 2, oldestAtMs: 4000 },
      { destination: 'ads', status: 'dead', count: 1, oldestAtMs: 2000 },
    ]);
  });

  it('lists dead letters, the latest first', () => {
    const { path, writer } = openStore();
    takeIn(writer, 3, (offset, batch) => batch.enqueue(queuedOf(offset)));
    writer.record(writer.take('ads', 3, 1e9).map(({ id }) => ({ id, kind: 'dead', atMs: 1, message: 'no' })));
    expect(
      openReading(path)
        .deadLetters(2)
        .map(({ eventId }) => eventId),
    ).toEqual(['event-3', 'event-2']);
  });
});

describe('a reader', () => {
  it('needs a data file', () => {
    expect(() => openReader(join(tempFolder(), 'none.db'))).toThrow('unable to open');
  });

  it('works beside a writer, sees each commit, and cannot write', () => {
    const { path, writer } = openStore();
    const reader = openReading(path);
    for (let n = 1; n <= 5; n += 1) {
      logLines(writer, [lineOf({ id: `event-${n}` })], n);
      expect(reader.lastOffset()).toBe(n);
    }
    expect(reader.since(0, 10)).toHaveLength(5);
  });

  it('works on a file that no writer has open', () => {
    const { path, writer, close } = openStore();
    logLines(writer, [lineOf({ id: 'event-1' })], 1);
    close();
    expect(openReading(path).lastOffset()).toBe(1);
  });

  it('does not let the write-ahead log grow without bound while it reads now and then', () => {
    const { path, writer } = openStore();
    const reader = openReading(path);
    const line = lineOf({ id: 'x'.repeat(2000) });
    let largestBytes = 0;
    for (let round = 0; round < 240; round += 1) {
      logLines(
        writer,
        Array.from({ length: 200 }, () => line),
        round,
      );
      expect(reader.since(reader.lastOffset() - 1, 10)).toHaveLength(1);
      largestBytes = Math.max(largestBytes, statSync(`${path}-wal`).size);
    }
    expect(statSync(path).size).toBeGreaterThan(80 * 1024 * 1024);
    expect(largestBytes).toBeLessThan(40 * 1024 * 1024);
    writer.checkpoint();
    expect(statSync(`${path}-wal`).size).toBe(0);
  });
});
