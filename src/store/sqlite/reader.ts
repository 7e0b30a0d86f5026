import { DatabaseSync } from 'node:sqlite';
import type { Decision } from '../../model/decision.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { LogReader } from '../log/reader.ts';
import { logFolderOf } from '../log/segments.ts';
import type { DeliveryRow, EventStory, QueueDepth, Reader, Try } from '../ports.ts';
import { readLosses } from './losses.ts';
import { idsPerOffset, integer, keyText, status, statusNames, text } from './schema.ts';
import { ofOffset } from './statements.ts';

const storyColumns = 'log.offset AS offset, line, additions, story.decisions AS decisions';
const deliveryColumns = `id, id / ${idsPerOffset} AS offset, event_id, destination, status, body AS payload, due_at, tries`;

/** Opens the data file for reading only, beside a running gateway or without one. Throws when there is none. */
export function openReader(path: string): Reader {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 5000');
  const sql = prepareReads(db);
  const log = new LogReader(logFolderOf(path), 0, () => undefined);
  const toStory = (row: Row): EventStory => readStory(row, sql.deliveries.all(integer(row, 'offset')));
  return {
    find: (key, limit) => sql.find.all(keyText(key), limit).map(toStory),
    since: (offset, limit) => sql.since.all(offset, limit).map(toStory),
    lastOffset: () => integer(sql.last.get(), 'n'),
    lag() {
      const read = integer(sql.read.get(), 'n');
      // What was read last may have been erased since.
      return Math.max(log.skipToEnd(), integer(sql.last.get(), 'n'), read) - read;
    },
    queues: () => sql.queues.all().map(toQueueDepth),
    losses: (sinceDay) => readLosses(db, sinceDay),
    deadLetters: (limit) => sql.dead.all(limit).map(toDelivery),
    close() {
      log.close();
      db.close();
    },
  };
}

/** Every statement of the reader. */
export function prepareReads(db: DatabaseSync) {
  return {
    find: db.prepare(
      `SELECT ${storyColumns} FROM log LEFT JOIN story USING (offset)
       WHERE log.offset IN (SELECT offset FROM lookup WHERE key = ?1 UNION SELECT offset FROM story WHERE event_id = ?1)
       ORDER BY log.offset LIMIT ?2`,
    ),
    since: db.prepare(
      `SELECT ${storyColumns} FROM log LEFT JOIN story USING (offset) WHERE log.offset > ? ORDER BY log.offset LIMIT ?`,
    ),
    deliveries: db.prepare(
      `SELECT ${deliveryColumns} FROM outbox JOIN payload USING (id) WHERE ${ofOffset('?1')} ORDER BY id`,
    ),
    dead: db.prepare(
      // Of its own SQLite would look for the last few dead letters among all that was ever delivered.
      `SELECT ${deliveryColumns} FROM outbox JOIN payload USING (id) WHERE id IN
       (SELECT id FROM outbox INDEXED BY outbox_dead WHERE status = 2 ORDER BY id DESC LIMIT ?) ORDER BY id DESC`,
    ),
    last: db.prepare('SELECT coalesce(max(offset), 0) AS n FROM log'),
    read: db.prepare("SELECT coalesce(max(value), 0) AS n FROM meta WHERE key = 'read_offset'"),
    queues: db.prepare(
      // What is delivered is not in a queue any more, and far too much to be counted now and then.
      `SELECT destination, 0 AS status, count(*) AS n, min(created_at) AS oldest FROM outbox WHERE status = 0
       GROUP BY destination
       UNION ALL
       SELECT destination, 2 AS status, count(*) AS n, min(created_at) AS oldest FROM outbox WHERE status = 2
       GROUP BY destination`,
    ),
  };
}

type Row = Parameters<typeof integer>[0];

function readStory(row: Row, deliveries: readonly Row[]): EventStory {
  const logged = parseObject(text(row, 'line'));
  const isProcessed = typeof row?.additions === 'string';
  const event = isJsonObject(logged.event) ? logged.event : {};
  const additions = isProcessed ? parseObject(text(row, 'additions')) : {};
  return {
    offset: integer(row, 'offset'),
    event: { ...event, ...additions },
    isProcessed,
    decisions: [
      ...parseDecisions(JSON.stringify(logged.decisions ?? [])),
      ...(isProcessed ? parseDecisions(text(row, 'decisions')) : []),
    ],
    deliveries: deliveries.map(toDelivery),
  };
}

function toDelivery(row: Row): DeliveryRow {
  const tries: readonly Try[] = JSON.parse(text(row, 'tries'));
  return {
    id: integer(row, 'id'),
    offset: integer(row, 'offset'),
    eventId: text(row, 'event_id'),
    destination: text(row, 'destination'),
    status: statusNames[integer(row, 'status')] ?? 'pending',
    tries,
    payload: parseObject(text(row, 'payload')),
    dueAtMs: integer(row, 'due_at'),
  };
}

function toQueueDepth(row: Row): QueueDepth {
  return {
    destination: text(row, 'destination'),
    status: integer(row, 'status') === status.dead ? 'dead' : 'pending',
    count: integer(row, 'n'),
    oldestAtMs: integer(row, 'oldest'),
  };
}

function parseObject(json: string): JsonObject {
  const value: unknown = JSON.parse(json);
  return isJsonObject(value) ? value : {};
}

function parseDecisions(json: string): readonly Decision[] {
  const decisions: readonly Decision[] = JSON.parse(json);
  return decisions;
}
