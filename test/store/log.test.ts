import {
  appendFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLogFile } from '../../src/store/log/file.ts';
import { encodeFrame } from '../../src/store/log/frame.ts';
import { type Damage, LogReader, lastOffsetOf } from '../../src/store/log/reader.ts';
import type { LoggedLine } from '../../src/store/ports.ts';
import { openReading, openStore, tempFolder } from './store.ts';

function openLog(folder: string, changes: { firstOffset?: number; maxSegmentBytes?: number } = {}) {
  const file = openLogFile(folder, { firstOffset: 1, maxSegmentBytes: 1e9, ...changes });
  onTestFinished(() => file.close());
  return file;
}

function openReader(folder: string, afterOffset = 0) {
  const damages: Damage[] = [];
  const reader = new LogReader(folder, afterOffset, (damage) => void damages.push(damage));
  onTestFinished(() => reader.close());
  return { reader, damages };
}

function readAll(reader: LogReader): readonly LoggedLine[] {
  const all: LoggedLine[] = [];
  for (let lines = reader.read(3); lines.length > 0; lines = reader.read(3)) all.push(...lines);
  return all;
}

const textsOf = (lines: readonly LoggedLine[]): readonly string[] => lines.map(({ line }) => line);
const offsetsOf = (lines: readonly LoggedLine[]): readonly number[] => lines.map(({ offset }) => offset);

function onlySegment(folder: string): string {
  const [name = ''] = readdirSync(folder);
  return join(folder, name);
}

describe('the log', () => {
  it('gives its lines back in order, each with its offset, while it grows', async () => {
    const folder = join(tempFolder(), 'log');
    const { reader } = openReader(folder);
    expect(reader.read(10)).toEqual([]);
    const log = openLog(folder);
    await log.commit(['a', 'b']);
    await log.commit(['c']);
    expect(reader.read(10)).toEqual([
      { offset: 1, line: 'a' },
      { offset: 2, line: 'b' },
      { offset: 3, line: 'c' },
    ]);
    expect(reader.read(10)).toEqual([]);
    await log.commit(['d']);
    expect(reader.read(10)).toEqual([{ offset: 4, line: 'd' }]);
  });

  it('keeps every text that JSON can write, over any number of segments and groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        async (groups, maxSegmentBytes) => {
          const folder = tempFolder();
          const file = openLogFile(folder, { firstOffset: 7, maxSegmentBytes });
          const lines = groups.map((group) => group.map((text) => JSON.stringify({ text })));
          for (const group of lines) await file.commit(group);
          await file.close();
          const { reader, damages } = openReader(folder);
          const read = readAll(reader);
          expect(textsOf(read)).toEqual(lines.flat());
          expect(offsetsOf(read)).toEqual(lines.flat().map((_line, index) => 7 + index));
          expect(damages).toEqual([]);
          expect(lastOffsetOf(folder, 6)).toBe(6 + lines.flat().length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads lines that are longer than its buffer', async () => {
    const folder = tempFolder();
    const lines = ['x'.repeat(3_000_000), 'y', 'z'.repeat(300_000)];
    const log = openLog(folder);
    for (const line of lines) await log.commit([line]);
    expect(textsOf(readAll(openReader(folder).reader))).toEqual(lines);
  });

  it('goes on after the lines that were taken over', async () => {
    const folder = tempFolder();
    const log = openLog(folder, { maxSegmentBytes: 60 });
    for (const line of ['a', 'b', 'c', 'd', 'e', 'f']) await log.commit([line, line]);
    expect(offsetsOf(readAll(openReader(folder, 7).reader))).toEqual([8, 9, 10, 11, 12]);
    expect(readAll(openReader(folder, 12).reader)).toEqual([]);
  });

  it('names the segments that are done with', async () => {
    const folder = tempFolder();
    const log = openLog(folder, { maxSegmentBytes: 1 });
    for (const line of ['a', 'b', 'c']) await log.commit([line]);
    const { reader } = openReader(folder);
    expect(reader.passed()).toEqual([]);
    readAll(reader);
    const passed = reader.passed();
    expect(passed.map(({ firstOffset }) => firstOffset)).toEqual([1, 2]);
    for (const { path } of passed) unlinkSync(path);
    await log.commit(['d']);
    expect(textsOf(readAll(reader))).toEqual(['d']);
    expect(textsOf(readAll(openReader(folder, 2).reader))).toEqual(['c', 'd']);
  });
});

describe('a torn end', () => {
  it('is passed over wherever it was torn, and costs no other group', async () => {
    const whole = Buffer.concat(encodeFrame(3, ['third', 'fourth']));
    for (let bytes = 1; bytes < whole.length; bytes += 1) {
      const folder = tempFolder();
      const before = openLogFile(folder, { firstOffset: 1, maxSegmentBytes: 1e9 });
      await before.commit(['first', 'second']);
      await before.close();
      appendFileSync(onlySegment(folder), whole.subarray(0, bytes));
      const { reader, damages } = openReader(folder);
      expect(textsOf(readAll(reader))).toEqual(['first', 'second']);
      // The process that comes next begins a segment of its own.
      const after = openLogFile(folder, { firstOffset: lastOffsetOf(folder, 0) + 1, maxSegmentBytes: 1e9 });
      await after.commit(['fifth']);
      await after.close();
      expect(readAll(reader)).toEqual([{ offset: 3, line: 'fifth' }]);
      expect(damages).toMatchObject([{ kind: 'torn', bytes }]);
    }
  });

  it('of a file that has nothing else does not take the name of the next one', async () => {
    const folder = tempFolder();
    const first = openLogFile(folder, { firstOffset: 1, maxSegmentBytes: 1e9 });
    await first.commit(['a']);
    await first.close();
    truncateSync(onlySegment(folder), 5);
    const log = openLog(folder, { firstOffset: lastOffsetOf(folder, 0) + 1 });
    await log.commit(['b']);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(textsOf(readAll(openReader(folder).reader))).toEqual(['b']);
  });
});

describe('a damaged segment', () => {
  it('loses the group that was hit and no other', async () => {
    const folder = tempFolder();
    const log = openLog(folder);
    for (const line of ['first', 'second', 'third']) await log.commit([line]);
    const path = onlySegment(folder);
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('second')] = 0x53;
    writeFileSync(path, bytes);
    await log.close();
    await log.commit(['fourth']);
    const { reader, damages } = openReader(folder);
    expect(textsOf(readAll(reader))).toEqual(['first', 'third', 'fourth']);
    expect(damages).toMatchObject([{ kind: 'damaged', path }]);
  });

  it('that asks for more bytes than there are is not believed', async () => {
    const folder = tempFolder();
    const log = openLog(folder);
    await log.commit(['first']);
    appendFileSync(onlySegment(folder), 'TL1 2 1 9999999999 0\nx\n');
    await log.close();
    await log.commit(['second']);
    expect(textsOf(readAll(openReader(folder).reader))).toEqual(['first', 'second']);
  });
});

describe('a commit that fails', () => {
  it('is followed by a segment of its own, and its offsets are never given again', async () => {
    const folder = join(tempFolder(), 'log');
    const log = openLog(folder);
    await log.commit(['a']);
    await log.close();
    // The folder is a file: nothing can be opened in it.
    const other = openLogFile(join(folder, 'gone'), { firstOffset: 2, maxSegmentBytes: 1 });
    const { rmdirSync } = await import('node:fs');
    rmdirSync(join(folder, 'gone'));
    await expect(other.commit(['b'])).rejects.toThrow('ENOENT');
    await log.commit(['c']);
    expect(statSync(folder).isDirectory()).toBe(true);
    expect(textsOf(readAll(openReader(folder).reader))).toEqual(['a', 'c']);
  });
});

describe('a reader of the data file', () => {
  it('counts what is logged and not taken in as lag', async () => {
    const { path, writer } = openStore();
    const log = openLog(`${path}.log`);
    const reader = openReading(path);
    expect(reader.lag()).toBe(0);
    await log.commit(['a', 'b', 'c']);
    expect(reader.lag()).toBe(3);
    const source = openReader(`${path}.log`, writer.lastOffset).reader;
    writer.takeIn(source.read(10), 0);
    writer.advance(2, () => undefined);
    expect(reader.lag()).toBe(1);
    writer.sync();
    writer.advance(2, () => undefined);
    expect(reader.lag()).toBe(0);
  });
});

describe('a log that begins a new file', () => {
  it('lets go of the one before, and keeps every line in its order', async () => {
    const folder = tempFolder();
    const file = openLog(folder);
    const { reader, damages } = openReader(folder);
    await file.commit(['a', 'b']);
    await file.rotate();
    expect(textsOf(readAll(reader))).toEqual(['a', 'b']);
    expect(reader.passed()).toHaveLength(1);
    await file.commit(['c']);
    expect(readAll(reader)).toEqual([{ offset: 3, line: 'c' }]);
    expect(damages).toEqual([]);
  });

  it('begins none where nothing was written, nor in the middle of a commit', async () => {
    const folder = tempFolder();
    const file = openLog(folder);
    await file.rotate();
    const committed = file.commit(['a']);
    await file.rotate();
    await committed;
    await file.rotate();
    await file.rotate();
    await file.commit(['b']);
    const { reader, damages } = openReader(folder);
    expect(textsOf(readAll(reader))).toEqual(['a', 'b']);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(damages).toEqual([]);
  });
});
