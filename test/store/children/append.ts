// Appends to the data file named on the command line without end, and prints the number of each line that is on disk.
import { writeSync } from 'node:fs';
import { SqliteWriter } from '../../../src/store/sqlite/writer.ts';

const [, , path = '', first = '1'] = process.argv;
const writer = new SqliteWriter(path);
let next = Number(first);
for (;;) {
  const numbers = Array.from({ length: 1 + (next % 5) }, (_, index) => next + index);
  writer.append(
    numbers.map((number) =>
      JSON.stringify({ event: { id: `line-${number}`, filler: 'x'.repeat(number % 3000) } }),
    ),
    0,
  );
  // Half of the lines are worked through, so that a kill meets both kinds of transaction.
  writer.advance(2, (lines, batch) => {
    for (const { offset } of lines) batch.writeState('last', String(offset), 0);
  });
  next += numbers.length;
  writeSync(1, `${next - 1}\n`);
}
