import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

/** Outbox status as stored: a number keeps the partial index small. */
export const status = { pending: 0, delivered: 1, dead: 2, withdrawn: 3 } as const;
export const statusNames = ['pending', 'delivered', 'dead', 'withdrawn'] as const;

/**
 * Outbox ids carry the event's offset: the items of one event are a range of ids, which needs no index of its own. It is
 * also the most destinations that one event can have.
 */
export const idsPerOffset = 1024;

/** One script for each version of the file; a file is brought forward one version at a time. */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE log (offset INTEGER PRIMARY KEY, at INTEGER NOT NULL, line TEXT NOT NULL);
  CREATE TABLE story (
    offset INTEGER PRIMARY KEY, site TEXT NOT NULL, event_id TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
    additions TEXT NOT NULL, decisions TEXT NOT NULL, keys TEXT NOT NULL
  );
  CREATE INDEX story_event ON story (event_id, site);
  CREATE TABLE lookup (key TEXT NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (key, offset)) WITHOUT ROWID;
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, destination TEXT NOT NULL, event_id TEXT NOT NULL, status INTEGER NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, tries TEXT NOT NULL
  );
  CREATE TABLE payload (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE INDEX outbox_due ON outbox (destination, due_at, id, created_at) WHERE status = 0;
  CREATE INDEX outbox_dead ON outbox (destination, id, created_at) WHERE status = 2;
  CREATE TABLE held (
    hold_key TEXT NOT NULL, offset INTEGER NOT NULL, destination TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (hold_key, offset, destination)
  ) WITHOUT ROWID;
  CREATE INDEX held_offset ON held (offset);
  CREATE INDEX held_expiry ON held (expires_at);
  `,
  `
  CREATE TABLE loss (
    day TEXT NOT NULL, site TEXT NOT NULL, release TEXT NOT NULL, parameter TEXT NOT NULL, outcome TEXT NOT NULL,
    hop TEXT NOT NULL, cause TEXT NOT NULL, culprit TEXT NOT NULL, n INTEGER NOT NULL,
    first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (day, site, release, parameter, outcome, hop, cause, culprit)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE epoch (
    subject TEXT NOT NULL, type INTEGER NOT NULL, denied_at INTEGER NOT NULL, written_at INTEGER NOT NULL,
    PRIMARY KEY (subject, type)
  ) WITHOUT ROWID;
  CREATE INDEX epoch_written ON epoch (written_at);
  ALTER TABLE payload ADD COLUMN subject TEXT;
  ALTER TABLE payload ADD COLUMN types INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE payload ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE held ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;
  `,
];

/** The version this code reads and writes. */
export const schemaVersion = migrations.length;

/** Brings the file to the current version. Throws when a newer release wrote it. */
export function migrate(db: DatabaseSync): void {
  const found = integer(db.prepare('PRAGMA user_version').get(), 'user_version');
  if (found > schemaVersion) {
    throw new Error(
      `the data file has version ${found}, this release knows ${schemaVersion}: use a newer release`,
    );
  }
  for (let version = found; version < schemaVersion; version += 1) {
    db.exec(`BEGIN IMMEDIATE; ${migrations[version] ?? ''} PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}

type Row = Record<string, SQLOutputValue> | undefined;

/**
 * A key as it is stored and looked up. SQLite keeps UTF-8, in which every lone surrogate becomes the same character, so
 * they are written out: two ids that differ stay two.
 */
export function keyText(key: string): string {
  if (key.isWellFormed()) return key;
  return key.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

/** A column that is known to hold an integer. A missing row or another type is a bug. */
export function integer(row: Row, column: string): number {
  const value = row?.[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not an integer`);
  return value;
}

/** A column that is known to hold text. A missing row or another type is a bug. */
export function text(row: Row, column: string): string {
  const value = row?.[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not text`);
  return value;
}
