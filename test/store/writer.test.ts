import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeldEvent, LoggedLine } from '../../src/store/ports.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { lineOf, logLines, openReading, openStore, queuedOf, storyOf, takeIn, tempFolder } from './store.ts';

function readAll(writer: SqliteWriter): readonly LoggedLine[] {
  const all: LoggedLine[] = [];
  while (writer.advance(100, (lines) => void all.push(...lines)) > 0);
  return all;
}

describe('the log', () => {
  it('hands out lines in order, each once, and goes on after a reopen', () => {
    const { path, writer, close } = openStore();
    logLines(writer, ['a', 'b'], 1);
    logLines(writer, ['c'], 2);
    const first: LoggedLine[] = [];
    expect(writer.advance(2, (lines) => void first.push(...lines))).toBe(2);
    expect(first).toEqual([
      { offset: 1, line: 'a' },
      { offset: 2, line: 'b' },
    ]);
    close();
    const again = openStore(path).writer;
    logLines(again, ['d'], 3);
    expect(readAll(again)).toEqual([
      { offset: 3, line: 'c' },
      { offset: 4, line: 'd' },
    ]);
    expect(again.advance(10, () => expect.unreachable())).toBe(0);
  });

  it('makes the folder of a new data file', () => {
    const writer = new SqliteWriter(`${tempFolder()}/deep/er/store.db`);
    logLines(writer, ['a'], 1);
    expect(readAll(writer)).toHaveLength(1);
    writer.close();
  });

  it('keeps NUL characters, lone surrogates and every other text of a line', () => {
    const { writer } = openStore();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const lines = [...texts, '\0', 'a\0b', '\ud800x'].map((text) => JSON.stringify({ text }));
        logLines(writer, lines, 1);
        expect(readAll(writer).map(({ line }) => line)).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  it('never gives an offset twice, even when everything was purged', () => {
    const { path, writer, close } = openStore();
    takeIn(writer, 3, (offset, batch) => batch.writeStory(storyOf(offset)));
    expect(writer.purge(Number.MAX_SAFE_INTEGER, 10)).toBe(3);
    close();
    const again = openStore(path).writer;
    logLines(again, ['later'], 1);
    expect(readAll(again)).toEqual([{ offset: 4, line: 'later' }]);
  });
});

describe('a batch', () => {
  it('is rolled back as a whole when its work throws, and comes again', () => {
    const { path, writer } = openStore();
    const reader = openReading(path);
    logLines(writer, [lineOf({ id: 'event-1' })], 1);
    const fail = (): unknown =>
      writer.advance(10, (_lines, batch) => {
        batch.writeState('k', 'v', 1);
        batch.writeStory(storyOf(1));
        batch.enqueue(queuedOf(1));
        batch.hold('shop/p', { offset: 1, destination: 'ads', expiresAtMs: 5, needs: 0 });
        throw new Error('boom');
      });
    expect(fail).toThrow('boom');
    expect(reader.lag()).toBe(1);
    expect(reader.queues()).toEqual([]);
    expect(writer.takeExpired(100, 10)).toEqual([]);
    writer.advance(10, (lines, batch) => {
      expect(lines).toHaveLength(1);
      expect(batch.readState('k')).toBeUndefined();
      expect(batch.hasEvent('shop', 'event-1')).toBe(false);
    });
    expect(reader.lag()).toBe(0);
  });

  it('is rolled back in a transaction of its own too', () => {
    const { writer } = openStore();
    const fail = (): void =>
      writer.transact((batch) => {
        batch.writeState('k', 'v', 1);
        throw new Error('boom');
      });
    expect(fail).toThrow('boom');
    writer.transact((batch) => expect(batch.readState('k')).toBeUndefined());
  });

  it('refuses to write outside of its transaction', () => {
    const { writer } = openStore();
    let leaked: { writeState(key: string, value: string, atMs: number): void } | undefined;
    writer.transact((batch) => {
      leaked = batch;
    });
    expect(() => leaked?.writeState('k', 'v', 1)).toThrow('rolled back');
  });

  it('keeps state over a reopen and overwrites it', () => {
    const { path, writer, close } = openStore();
    writer.transact((batch) => {
      batch.writeState('visitor/shop/a', 'one', 1);
      batch.writeState('visitor/shop/a', 'two', 2);
    });
    close();
    openStore(path).writer.transact((batch) => {
      expect(batch.readState('visitor/shop/a')).toBe('two');
      expect(batch.readState('visitor/shop/b')).toBeUndefined();
    });
  });

  it('knows an event by its id on its site only', () => {
    const { writer } = openStore();
    takeIn(writer, 1, (offset, batch) => batch.writeStory(storyOf(offset, { keys: ['event-1', 'order-9'] })));
    writer.transact((batch) => {
      expect(batch.hasEvent('shop', 'event-1')).toBe(true);
      expect(batch.hasEvent('blog', 'event-1')).toBe(false);
      expect(batch.hasEvent('shop', 'order-9')).toBe(false);
      expect(batch.hasEvent('shop', 'event-2')).toBe(false);
    });
  });

  it('tells keys apart that differ only in a NUL character or a lone surrogate', () => {
    const { path, writer } = openStore();
    const ids = ['a\0b', 'a\0c', 'a', '\ud800', '\ud801', '\udc00', '\u{10000}', '\ufffd'];
    takeIn(writer, ids.length, (offset, batch) => {
      const eventId = ids[offset - 1] ?? '';
      expect(batch.hasEvent('shop', eventId)).toBe(false);
      batch.writeStory(storyOf(offset, { eventId, keys: [eventId, `key ${eventId}`] }));
      batch.writeState(eventId, `state ${offset}`, 1);
    });
    const reader = openReading(path);
    writer.transact((batch) => {
      for (const [index, id] of ids.entries()) {
        expect(batch.hasEvent('shop', id)).toBe(true);
        expect(batch.readState(id)).toBe(`state ${index + 1}`);
        expect(reader.find(id, 10).map(({ offset }) => offset)).toEqual([index + 1]);
        expect(reader.find(`key ${id}`, 10).map(({ offset }) => offset)).toEqual([index + 1]);
      }
    });
  });

  it('tells what it added to an event before', () => {
    const { writer } = openStore();
    takeIn(writer, 1, (offset, batch) => {
      expect(batch.readAdditions(offset)).toBeUndefined();
      batch.writeStory(storyOf(offset, { additions: { session: { id: 's' } } }));
      expect(batch.readAdditions(offset)).toEqual({ session: { id: 's' } });
      batch.rewriteAdditions(offset, { session: { id: 't' } }, []);
      expect(batch.readAdditions(offset)).toEqual({ session: { id: 't' } });
    });
  });

  it('reads logged lines back', () => {
    const { writer } = openStore();
    logLines(writer, ['a'], 1);
    writer.transact((batch) => {
      expect(batch.readLine(1)).toBe('a');
      expect(batch.readLine(2)).toBeUndefined();
    });
  });
});

describe('held events', () => {
  const held = (offset: number, destination = 'ads'): HeldEvent => ({
    offset,
    destination,
    expiresAtMs: offset * 10,
    needs: 0,
  });

  it('wait under their page life, in order, until they are dropped', () => {
    const { writer } = openStore();
    writer.transact((batch) => {
      for (const offset of [2, 1]) batch.hold('shop/p', held(offset));
      batch.hold('shop/p', held(1, 'stats'));
      batch.hold('shop/q', held(3));
      expect(batch.heldFor('shop/p')).toEqual([held(1), held(1, 'stats'), held(2)]);
      batch.dropHeld(1, 'ads');
      expect(batch.heldFor('shop/p')).toEqual([held(1, 'stats'), held(2)]);
      expect(batch.heldFor('shop/none')).toEqual([]);
    });
  });

  it('are taken out once their time is over, a slice at a time', () => {
    const { writer } = openStore();
    writer.transact((batch) => {
      for (const offset of [1, 2, 3, 4]) batch.hold('shop/p', held(offset));
    });
    expect(writer.takeExpired(9, 10)).toEqual([]);
    expect(writer.takeExpired(30, 2)).toEqual([held(1), held(2)]);
    expect(writer.takeExpired(30, 2)).toEqual([held(3)]);
    expect(writer.takeExpired(30, 2)).toEqual([]);
    writer.transact((batch) => expect(batch.heldFor('shop/p')).toEqual([held(4)]));
  });

  it('come back when the transaction that took them out fails', () => {
    const { writer } = openStore();
    writer.transact((batch) => batch.hold('shop/p', held(1)));
    const fail = (): void =>
      writer.transact(() => {
        expect(writer.takeExpired(30, 2)).toHaveLength(1);
        throw new Error('boom');
      });
    expect(fail).toThrow('boom');
    expect(writer.takeExpired(30, 2)).toHaveLength(1);
  });
});

describe('purging', () => {
  function count(path: string, table: string): unknown {
    const db = new DatabaseSync(path, { readOnly: true });
    const row = db.prepare(`SELECT count(*) AS n FROM ${table}`).get();
    db.close();
    return row?.['n'];
  }

  it('deletes old events with everything about them, a slice at a time', () => {
    const { path, writer } = openStore();
    takeIn(writer, 5, (offset, batch) => {
      batch.writeStory(storyOf(offset, { keys: [`event-${offset}`, 'visitor'] }));
      batch.enqueue(queuedOf(offset));
      batch.hold('shop/p', { offset, destination: 'other', expiresAtMs: 1e12, needs: 0 });
    });
    const ids = writer.take('ads', 10, 1e9).map(({ id }) => id);
    writer.record(ids.map((id) => ({ id, kind: 'delivered', atMs: 1, note: 'ok' })));
    expect(writer.purge(4000, 2)).toBe(2);
    expect(writer.purge(4000, 2)).toBe(1);
    expect(writer.purge(4000, 2)).toBe(0);
    for (const table of ['log', 'story', 'outbox', 'lookup', 'held']) {
      expect([table, count(path, table)]).toEqual([table, 2]);
    }
  });

  it('keeps what is still to be sent, and gets past it', () => {
    const { path, writer } = openStore();
    takeIn(writer, 6, (offset, batch) => {
      batch.writeStory(storyOf(offset));
      if (offset <= 3) batch.enqueue(queuedOf(offset));
    });
    const purged = Array.from({ length: 4 }, () => writer.purge(1e9, 2));
    expect(purged).toEqual([0, 1, 2, 0]);
    expect(count(path, 'log')).toBe(3);
    writer.record(
      writer.take('ads', 10, 1e9).map(({ id }) => ({ id, kind: 'dead', atMs: 1, message: 'no' })),
    );
    expect(writer.purge(1e9, 2) + writer.purge(1e9, 2)).toBe(3);
    expect(count(path, 'log')).toBe(0);
  });

  it('leaves lines alone that the pipeline has not reached', () => {
    const { path, writer } = openStore();
    logLines(writer, ['a'], 0);
    expect(writer.purge(1e9, 10)).toBe(0);
    expect(count(path, 'log')).toBe(1);
  });
});

describe('forgetting', () => {
  it('drops state that was not written for long, a slice at a time, over and over', () => {
    const { writer } = openStore();
    const write = (key: string, atMs: number): void =>
      writer.transact((batch) => batch.writeState(key, key, atMs));
    const known = (): readonly string[] => {
      const keys: string[] = [];
      writer.transact((batch) => {
        for (const key of ['a', 'b', 'c', 'd', 'e']) if (batch.readState(key) !== undefined) keys.push(key);
      });
      return keys;
    };
    for (const [index, key] of ['a', 'b', 'c', 'd', 'e'].entries()) write(key, index * 10);
    write('a', 100);
    expect([writer.forget(25, 2), writer.forget(25, 2), writer.forget(25, 2)]).toEqual([1, 1, 0]);
    expect(known()).toEqual(['a', 'd', 'e']);
    // Round again, with a later time.
    expect([writer.forget(50, 2), writer.forget(50, 2), writer.forget(50, 2)].reduce((a, b) => a + b)).toBe(
      2,
    );
    expect(known()).toEqual(['a']);
  });
});

describe('the data file', () => {
  it('of a newer release is refused and stays as it was', () => {
    const { path, close } = openStore();
    close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    expect(() => new SqliteWriter(path)).toThrow('version 99');
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    db.close();
  });

  it('is opened again without a migration', () => {
    const { path, writer, close } = openStore();
    logLines(writer, ['a'], 1);
    close();
    expect(readAll(openStore(path).writer)).toEqual([{ offset: 1, line: 'a' }]);
  });
});
