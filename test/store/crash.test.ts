import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LogReader } from '../../src/store/log/reader.ts';
import { logFolderOf } from '../../src/store/log/segments.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { tempFolder } from './store.ts';

const script = fileURLToPath(new URL('./children/append.ts', import.meta.url));

/** Lets a child append until it has acknowledged so many lines, then kills it; returns the last one acknowledged. */
async function appendUntilKilled(path: string, first: number, lines: number): Promise<number> {
  const child = spawn(process.execPath, [script, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (lastWhole(said) - first >= lines) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return lastWhole(said);
}

/** The last number that was printed with its line end; a kill may cut one. */
function lastWhole(said: string): number {
  return Number(said.split('\n').at(-2) ?? 0);
}

/** Every line that a restart finds, in the store or in the log, and whether the data file is whole. */
function check(path: string): { readonly ids: readonly string[]; readonly integrity: unknown } {
  const writer = new SqliteWriter(path);
  const source = new LogReader(logFolderOf(path), writer.lastOffset, () => undefined);
  for (let lines = source.read(100); lines.length > 0; lines = source.read(100)) writer.takeIn(lines, 0);
  source.close();
  writer.close();
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare("SELECT json_extract(line, '$.event.id') AS id FROM log ORDER BY offset").all();
  const integrity = db.prepare('PRAGMA integrity_check').get();
  db.close();
  return { ids: rows.map((row) => String(row['id'])), integrity };
}

describe('killing the writer', () => {
  it('loses no line that was acknowledged and keeps none twice, at whatever moment', async () => {
    const path = join(tempFolder(), 'store.db');
    const acknowledged: string[] = [];
    let next = 1;
    for (const lines of [1, 37, 211, 90, 400]) {
      const last = await appendUntilKilled(path, next, lines);
      expect(last).toBeGreaterThanOrEqual(next);
      for (let number = next; number <= last; number += 1) acknowledged.push(`line-${number}`);
      const { ids, integrity } = check(path);
      expect(integrity).toEqual({ integrity_check: 'ok' });
      const found = new Set(ids);
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      expect(ids).toHaveLength(found.size);
      next = last + 1000;
    }
  });
});
