import type { DatabaseSync } from 'node:sqlite';
import { type LossCount, type LossOutcome, lossOutcomes } from '../../model/loss.ts';
import { integer, keyText, text } from './schema.ts';
import type { Statements } from './statements.ts';

/** Adds counts up, inside the writer's transaction. */
export function writeLosses(sql: Statements, counts: readonly LossCount[]): void {
  for (const { day, site, release, parameter, outcome, hop, cause, culprit, n, ...seen } of counts) {
    const key = [day, site, release, parameter, outcome, hop, cause, culprit].map(keyText);
    sql.countLoss.run(...key, n, seen.firstAtMs, seen.lastAtMs);
  }
}

/** The query of the report: a range of the primary key. */
export const lossesSince = 'SELECT * FROM loss WHERE day >= ?';

/** Reads counts; none where the file is of a release that did not count. */
export function readLosses(db: DatabaseSync, sinceDay: string): readonly LossCount[] {
  const found = db.prepare("SELECT 1 AS found FROM sqlite_schema WHERE name = 'loss'").get();
  if (found === undefined) return [];
  return db.prepare(lossesSince).all(sinceDay).flatMap(toCount);
}

function toCount(row: Parameters<typeof integer>[0]): readonly LossCount[] {
  const outcome = text(row, 'outcome');
  if (!isOutcome(outcome)) return [];
  return [
    {
      day: text(row, 'day'),
      site: text(row, 'site'),
      release: text(row, 'release'),
      parameter: text(row, 'parameter'),
      outcome,
      hop: text(row, 'hop'),
      cause: text(row, 'cause'),
      culprit: text(row, 'culprit'),
      n: integer(row, 'n'),
      firstAtMs: integer(row, 'first_at'),
      lastAtMs: integer(row, 'last_at'),
    },
  ];
}

function isOutcome(name: string): name is LossOutcome {
  return lossOutcomes.some((outcome) => outcome === name);
}
