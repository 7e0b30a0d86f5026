import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Batch, Queued, Story } from '../../src/store/ports.ts';
import { openReader } from '../../src/store/sqlite/reader.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';

/** A folder of the test's own, gone when it ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A data file, open for writing, closed when the test ends. */
export function openStore(path = join(tempFolder(), 'store.db')) {
  const writer = new SqliteWriter(path);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) writer.close();
    isOpen = false;
  };
  onTestFinished(close);
  return { path, writer, close };
}

/** A reader beside it, closed when the test ends. */
export function openReading(path: string) {
  const reader = openReader(path);
  onTestFinished(() => reader.close());
  return reader;
}

/** A line of the log as the edge writes it. */
export function lineOf(event: object, decisions: readonly object[] = []): string {
  return JSON.stringify({ event, decisions });
}

/** The story of an event of the site `shop`. */
export function storyOf(offset: number, changes: Partial<Story> = {}): Story {
  const eventId = `event-${offset}`;
  return {
    offset,
    site: 'shop',
    eventId,
    name: 'page_view',
    receivedAtMs: offset * 1000,
    additions: {},
    decisions: [],
    keys: [eventId],
    ...changes,
  };
}

/** An outbox item of the destination `ads`. */
export function queuedOf(offset: number, changes: Partial<Queued> = {}): Queued {
  return {
    destination: 'ads',
    offset,
    eventId: `event-${offset}`,
    payload: '{}',
    atMs: offset * 1000,
    ...changes,
  };
}

/** Appends events and works through them, one after the other. */
export function takeIn(
  writer: SqliteWriter,
  count: number,
  work: (offset: number, batch: Batch) => void,
): void {
  logLines(
    writer,
    Array.from({ length: count }, (_, index) => lineOf({ id: `event-${index + 1}` })),
    0,
  );
  writer.advance(count, (lines, batch) => {
    for (const { offset } of lines) work(offset, batch);
  });
}

/** Takes lines in as the store thread does with what the log has got. */
export function logLines(writer: SqliteWriter, lines: readonly string[], nowMs: number): void {
  const first = writer.lastOffset + 1;
  writer.takeIn(
    lines.map((line, index) => ({ offset: first + index, line })),
    nowMs,
  );
}
