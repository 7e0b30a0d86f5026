import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { prepareReads } from '../../src/store/sqlite/reader.ts';
import { migrate } from '../../src/store/sqlite/schema.ts';
import { prepare } from '../../src/store/sqlite/statements.ts';

class RecordingDatabase extends DatabaseSync {
  readonly sources: string[] = [];

  override prepare(source: string): StatementSync {
    this.sources.push(source);
    return super.prepare(source);
  }
}

function statementsOf(prepareAll: (db: DatabaseSync) => unknown): readonly string[] {
  const db = new RecordingDatabase(':memory:');
  migrate(db);
  db.sources.length = 0;
  prepareAll(db);
  db.close();
  return db.sources
    .map((source) => source.replace(/\s+/g, ' ').trim())
    .filter((source) => /^(?:SELECT|UPDATE|DELETE)/.test(source));
}

function planOf(source: string): readonly string[] {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  const rows = db.prepare(`EXPLAIN QUERY PLAN ${source}`).all();
  db.close();
  return rows.map((row) => String(row['detail']));
}

/** A scan of a whole table, or of an index with everything in it; partial indexes hold only what waits. */
const fullScan =
  /^SCAN (?:log|story|outbox|payload|lookup|held|state|meta)(?! USING (?:COVERING )?INDEX outbox_(?:due|dead)\b)/;

describe('query plans', () => {
  const statements = [...statementsOf(prepare), ...statementsOf(prepareReads)];

  it('are looked at for every statement of writer and reader', () => {
    expect(statements.length).toBeGreaterThan(28);
    for (const word of [
      'DELETE FROM outbox',
      'min(due_at)',
      'due_at <=',
      'FROM story WHERE event_id',
      'FROM held',
    ]) {
      expect(statements.some((source) => source.includes(word))).toBe(true);
    }
  });

  it.each(statements)('never scan a table: %s', (source) => {
    expect(planOf(source).filter((detail) => fullScan.test(detail))).toEqual([]);
  });

  it('take what is due from its index in order, without sorting', () => {
    const due = statements.find((source) => source.includes('due_at <= ?')) ?? '';
    const [first, ...others] = planOf(due);
    expect(first).toBe('SEARCH outbox USING INDEX outbox_due (destination=? AND due_at<?)');
    expect(others.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
  });
});
