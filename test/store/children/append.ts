// Appends to the data file named on the command line without end, and prints the number of each line that is on disk.
import { writeSync } from 'node:fs';
import { openLogFile } from '../../../src/store/log/file.ts';
import { LogReader, lastOffsetOf } from '../../../src/store/log/reader.ts';
import { logFolderOf } from '../../../src/store/log/segments.ts';
import { SqliteWriter } from '../../../src/store/sqlite/writer.ts';

const [, , path = '', first = '1'] = process.argv;
const writer = new SqliteWriter(path);
const folder = logFolderOf(path);
const firstOffset = lastOffsetOf(folder, writer.lastOffset) + 1;
const log = openLogFile(folder, { firstOffset, maxSegmentBytes: 50_000 });
const source = new LogReader(folder, writer.lastOffset, () => undefined);
let next = Number(first);
for (;;) {
  const numbers = Array.from({ length: 1 + (next % 5) }, (_, index) => next + index);
  await log.commit(
    numbers.map((number) =>
      JSON.stringify({ event: { id: `line-${number}`, filler: 'x'.repeat(number % 3000) } }),
    ),
  );
  // What is taken in and worked through lags behind, so that a kill meets every kind of file and transaction.
  if (next % 3 === 0) writer.takeIn(source.read(7), 0);
  writer.advance(2, (lines, batch) => {
    for (const { offset } of lines) batch.writeState('last', String(offset), 0);
  });
  next += numbers.length;
  writeSync(1, `${next - 1}\n`);
}
