import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { idsPerOffset } from './schema.ts';

/** Every statement of the writer, prepared once. */
export type Statements = ReturnType<typeof prepare>;

/** The first outbox id of an event. */
function firstId(offset: string): string {
  return `${offset} * ${idsPerOffset}`;
}

/** The condition that an outbox row belongs to an event: a range of its primary key. */
export function ofOffset(offset: string, id = 'id'): string {
  return `${id} >= ${firstId(offset)} AND ${id} < (${offset} + 1) * ${idsPerOffset}`;
}

/** Prepares them. */
export function prepare(db: DatabaseSync) {
  const sql = (source: string): StatementSync => db.prepare(source);
  // After some errors, such as a full disk, SQLite rolls back by itself; what followed would be committed piece by piece.
  const change = (source: string) => {
    const statement = db.prepare(source);
    return {
      run(...values: SQLInputValue[]) {
        if (!db.isTransaction) throw new Error('the transaction was rolled back');
        return statement.run(...values);
      },
    };
  };
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    rollback: sql('ROLLBACK'),
    appendLine: change('INSERT INTO log (offset, at, line) VALUES (?, ?, ?)'),
    readLines: sql('SELECT offset, line FROM log WHERE offset > ? ORDER BY offset LIMIT ?'),
    readLine: sql('SELECT line FROM log WHERE offset = ?'),
    rewriteLine: change('UPDATE log SET line = ? WHERE offset = ?'),
    writeOffset: change("INSERT OR REPLACE INTO meta (key, value) VALUES ('read_offset', ?)"),
    readState: sql('SELECT value FROM state WHERE key = ?'),
    writeState: change('INSERT OR REPLACE INTO state (key, value, at) VALUES (?, ?, ?)'),
    // In the order of the keys, a slice at a time: an index by time would be written with every event.
    statesAfter: sql('SELECT key, at FROM state WHERE key > ? ORDER BY key LIMIT ?'),
    dropState: change('DELETE FROM state WHERE key = ?'),
    hasEvent: sql('SELECT 1 AS found FROM story WHERE event_id = ? AND site = ? LIMIT 1'),
    writeStory: change(
      'INSERT INTO story (offset, site, event_id, name, at, additions, decisions, keys) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    writeKey: change('INSERT OR IGNORE INTO lookup (key, offset) VALUES (?, ?)'),
    readAdditions: sql('SELECT additions FROM story WHERE offset = ?'),
    readDecisions: sql('SELECT decisions FROM story WHERE offset = ?'),
    writeDecisions: change('UPDATE story SET decisions = ? WHERE offset = ?'),
    readKeys: sql('SELECT keys FROM story WHERE offset = ?'),
    writeKeys: change('UPDATE story SET keys = ? WHERE offset = ?'),
    dropKey: change('DELETE FROM lookup WHERE key = ? AND offset = ?'),
    writeAdditions: change('UPDATE story SET additions = ? WHERE offset = ?'),
    enqueue: change(
      `INSERT INTO outbox (id, destination, event_id, status, attempts, due_at, created_at, updated_at, tries)
       SELECT coalesce(max(id) + 1, ${firstId('?1')}), ?2, ?3, 0, 0, ?4, ?4, ?4, '[]' FROM outbox WHERE ${ofOffset('?1')}`,
    ),
    // Apart from the item, so that a verdict does not write the payload again.
    writePayload: change('INSERT INTO payload (id, body, subject, types, sequence) VALUES (?, ?, ?, ?, ?)'),
    due: sql(
      `SELECT id, destination, event_id, body AS payload, attempts, created_at, subject, types, sequence
       FROM outbox JOIN payload USING (id)
       WHERE status = 0 AND destination = ? AND due_at <= ? ORDER BY due_at, id`,
    ),
    nextDue: sql('SELECT min(due_at) AS due FROM outbox WHERE status = 0 AND destination = ?'),
    verdict: change(
      // What was withdrawn while it was on the wire is not tried again; that it arrived is kept.
      `UPDATE outbox SET status = CASE WHEN status = 3 AND ?1 <> 1 THEN 3 ELSE ?1 END, due_at = ?2, updated_at = ?3,
       attempts = attempts + 1, tries = json_insert(tries, '$[#]', json(?4)) WHERE id = ?5`,
    ),
    // Queued anew: the time to give up counts from now.
    reviveAll: change(
      `UPDATE outbox SET status = 0, attempts = 0, due_at = ?1, updated_at = ?1, created_at = ?1
       WHERE status = 2 AND (?2 IS NULL OR destination = ?2)`,
    ),
    reviveOne: change(
      `UPDATE outbox SET status = 0, attempts = 0, due_at = ?1, updated_at = ?1, created_at = ?1
       WHERE status = 2 AND (?2 IS NULL OR destination = ?2) AND id = ?3`,
    ),
    hold: change(
      'INSERT OR REPLACE INTO held (hold_key, offset, destination, expires_at, needs) VALUES (?, ?, ?, ?, ?)',
    ),
    heldFor: sql(
      'SELECT offset, destination, expires_at, needs FROM held WHERE hold_key = ? ORDER BY offset',
    ),
    expiredHeld: sql('SELECT offset, destination, expires_at, needs FROM held WHERE expires_at <= ? LIMIT ?'),
    heldOf: sql(
      `SELECT offset, destination, expires_at, needs FROM lookup JOIN held USING (offset)
       WHERE key = ? AND (needs = 0 OR needs & ?)`,
    ),
    isHeld: sql('SELECT 1 AS found FROM held WHERE offset = ? LIMIT 1'),
    dropHeld: change('DELETE FROM held WHERE offset = ? AND destination = ?'),
    epochOf: sql('SELECT type, denied_at FROM epoch WHERE subject = ?'),
    anyEpoch: sql('SELECT 1 AS found FROM epoch LIMIT 1'),
    // The latest choice counts, in whatever order they come.
    writeEpoch: change(
      `INSERT INTO epoch (subject, type, denied_at, written_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET denied_at = max(denied_at, excluded.denied_at), written_at = excluded.written_at`,
    ),
    forgetEpochs: change('DELETE FROM epoch WHERE written_at < ?'),
    // What an earlier release queued does not say what it rests on: it goes with any withdrawal of its visitor's.
    queuedOf: sql(
      `SELECT outbox.id AS id, destination FROM lookup
       CROSS JOIN outbox ON ${ofOffset('lookup.offset', 'outbox.id')}
       CROSS JOIN payload ON payload.id = outbox.id
       WHERE lookup.key = ?1 AND status IN (0, 2)
       AND (subject IS NULL OR (subject = ?4 AND types & ?2 AND sequence <= ?3))`,
    ),
    withdrawItem: change('UPDATE outbox SET status = 3, due_at = 0, updated_at = ? WHERE id = ?'),
    emptyPayload: change(
      "UPDATE payload SET body = '{}', subject = NULL, types = 0, sequence = 0 WHERE id = ?",
    ),
    countLoss: change(
      `INSERT INTO loss (day, site, release, parameter, outcome, hop, cause, culprit, n, first_at, last_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET n = n + excluded.n, first_at = min(first_at, excluded.first_at),
       last_at = max(last_at, excluded.last_at)`,
    ),
    purgeLosses: change('DELETE FROM loss WHERE day < ?'),
    // Offsets grow with time, so the oldest come first.
    oldStories: sql(
      `SELECT offset, at, EXISTS (SELECT 1 FROM outbox WHERE ${ofOffset('story.offset')} AND status = 0) AS pending
       FROM story WHERE offset > ? ORDER BY offset LIMIT ?`,
    ),
    purge: {
      payload: change(`DELETE FROM payload WHERE ${ofOffset('?1')}`),
      outbox: change(`DELETE FROM outbox WHERE ${ofOffset('?1')}`),
      held: change('DELETE FROM held WHERE offset = ?'),
      story: change('DELETE FROM story WHERE offset = ?'),
      log: change('DELETE FROM log WHERE offset = ?'),
    },
  };
}
