import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogReader } from '../../src/store/log/reader.ts';
import { logFolderOf } from '../../src/store/log/segments.ts';

/** The gateway's data file as an outsider sees it, beside the running gateway. */
export interface StoreView {
  /** Logged events that the pipeline has not reached. */
  lag(): number;
  /** Waits until the pipeline has reached every event. */
  untilProcessed(): Promise<void>;
  /** Waits until, beyond that, every payload is delivered. */
  untilDelivered(): Promise<void>;
  /** Different events that the pipeline worked through. */
  events(): number;
  close(): void;
}

const pollMs = 10;
const stalledMs = 30_000;

/** Opens the data file for reading only. */
export function viewStore(dataFile: string): StoreView {
  const db = new DatabaseSync(dataFile, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 5000');
  const readSql = db.prepare("SELECT coalesce(max(value), 0) AS n FROM meta WHERE key = 'read_offset'");
  const log = new LogReader(logFolderOf(dataFile), 0, () => undefined);
  const pendingSql = db.prepare(
    "SELECT id AS n FROM outbox WHERE status = 0 AND destination = 'archive' ORDER BY due_at, id LIMIT 1",
  );
  const eventsSql = db.prepare('SELECT count(DISTINCT event_id) AS n FROM story');
  const lag = (): number => log.skipToEnd() - Number(readSql.get()?.['n']);
  const untilProcessed = (): Promise<void> => untilNothing(() => lag(), 'events wait for the pipeline');
  return {
    lag,
    untilProcessed,
    async untilDelivered() {
      await untilProcessed();
      await untilNothing(
        () => Number(pendingSql.get()?.['n'] ?? 0),
        'is the id of a payload that waits for delivery',
      );
    },
    events: () => Number(eventsSql.get()?.['n']),
    close() {
      log.close();
      db.close();
    },
  };
}

/** Waits for zero. Rejects when the figure has not changed for long: the benchmark has to end by itself. */
async function untilNothing(read: () => number, what: string): Promise<void> {
  let seen = Number.NaN;
  let changedAtMs = performance.now();
  for (let left = read(); left > 0; left = read()) {
    if (left !== seen) changedAtMs = performance.now();
    seen = left;
    if (performance.now() - changedAtMs > stalledMs) {
      throw new Error(`nothing has moved for ${stalledMs / 1000} s: ${left} ${what}`);
    }
    await sleep(pollMs);
  }
}

/** The size of the data file with its write-ahead log. */
export function storeBytes(dataFile: string): number {
  return [dataFile, `${dataFile}-wal`].reduce(
    (sum, file) => sum + (existsSync(file) ? statSync(file).size : 0),
    0,
  );
}

/** Different events in the archive's files. */
export function countArchived(folder: string): number {
  const ids = new Set<string>();
  if (!existsSync(folder)) return 0;
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      // The id is the event's first field; parsing a million lines whole would take longer than the benchmark.
      const id = /^\{"id":"([^"]+)"/.exec(line)?.[1];
      if (id !== undefined) ids.add(id);
    }
  }
  return ids.size;
}
