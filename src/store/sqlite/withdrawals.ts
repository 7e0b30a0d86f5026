import { createHash } from 'node:crypto';
import { consentTypes } from '../../model/consent.ts';
import type { Decision } from '../../model/decision.ts';
import { takenBackSince, typesOf, type Withdrawal, type Withdrawn } from '../../model/withdrawal.ts';
import type { Batch } from '../ports.ts';
import { idsPerOffset, integer, keyText, text } from './schema.ts';
import type { Statements } from './statements.ts';

/** Something that will not be sent any more. */
export interface Purged {
  readonly offset: number;
  readonly destination: string;
  /** The outbox item; absent: it was held. */
  readonly id?: number;
}

/**
 * The visitor as epochs and payloads name them. A digest: what says that someone is not to be measured must be kept when
 * everything else of theirs is erased, and must not name them then. The key has 128 random bits, so nobody guesses it.
 */
export function subjectOf(site: string, visitorKey: string): string {
  return createHash('sha256').update(`subject|${site}|${visitorKey}`).digest('base64url').slice(0, 22);
}

/** What a visitor has taken back; null: nothing. */
export function readWithdrawn(sql: Statements, subject: string): Withdrawn | null {
  const rows = sql.epochOf.all(subject);
  if (rows.length === 0) return null;
  const withdrawn = consentTypes.map(() => 0);
  for (const row of rows) withdrawn[integer(row, 'type')] = integer(row, 'denied_at');
  return withdrawn;
}

/**
 * Writes the choice down, and purges what waits on what it takes back: queued items and dead letters lose their payload,
 * held events are dropped. Inside the writer's transaction. Called again with the same choice, it finds nothing to purge.
 */
export function withdraw(
  sql: Statements,
  batch: Batch,
  choice: Withdrawal,
  nowMs: number,
): readonly Purged[] {
  const subject = subjectOf(choice.site, choice.visitorKey);
  for (const [index] of consentTypes.entries()) {
    if ((choice.types & (1 << index)) !== 0) sql.writeEpoch.run(subject, index, choice.atMs, nowMs);
  }
  const key = keyText(choice.visitorKey);
  const queued = sql.queuedOf
    .all(key, choice.types, choice.atMs, subject)
    .map((row) => purgeItem(sql, row, nowMs));
  const held = sql.heldOf.all(key, choice.types).map((row): Purged => {
    const [offset, destination] = [integer(row, 'offset'), text(row, 'destination')];
    sql.dropHeld.run(offset, destination);
    return { offset, destination };
  });
  const purged = [...queued, ...held];
  for (const { offset, destination } of purged) {
    batch.addDecisions(offset, [decisionOf(destination, typesOf(choice.types), nowMs)]);
  }
  return purged;
}

/** Whether what an outbox row was built on has been taken back since. */
export function isTakenBack(sql: Statements, row: Row): boolean {
  if (typeof row?.subject !== 'string') return false;
  const withdrawn = readWithdrawn(sql, row.subject);
  if (withdrawn === null) return false;
  return (integer(row, 'types') & takenBackSince(withdrawn, integer(row, 'sequence'))) !== 0;
}

/** Takes an item out of the queue, with its payload. Inside the writer's transaction. */
export function purgeItem(sql: Statements, row: Row, nowMs: number): Purged {
  const id = integer(row, 'id');
  sql.withdrawItem.run(nowMs, id);
  sql.emptyPayload.run(id);
  return { id, offset: Math.floor(id / idsPerOffset), destination: text(row, 'destination') };
}

/** The record of something that was purged. */
export function decisionOf(destination: string, types: readonly string[], atMs: number): Decision {
  const facts = types.length > 0 ? { facts: { types: [...types] } } : {};
  return { stop: 'delivery', reason: 'withdrawn', destination, atMs, ...facts };
}

type Row = Parameters<typeof integer>[0];
