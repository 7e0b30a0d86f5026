import type { Decision } from '../../model/decision.ts';
import { isJsonObject } from '../../model/json.ts';
import type { Batch, HeldEvent, OutboxItem, Queued, Story } from '../ports.ts';
import { integer, keyText, text } from './schema.ts';
import type { Statements } from './statements.ts';
import { readWithdrawn, subjectOf } from './withdrawals.ts';

/**
 * What the pipeline reads and writes, on statements that run inside the writer's transaction. `onRemains` is told when
 * something was purged whose bytes the write-ahead log still has.
 */
export function createBatch(sql: Statements, onRemains: () => void): Batch {
  return {
    readState(key) {
      const row = sql.readState.get(keyText(key));
      return row === undefined ? undefined : text(row, 'value');
    },
    writeState: (key, value, atMs) => void sql.writeState.run(keyText(key), value, atMs),
    hasEvent: (site, eventId) => sql.hasEvent.get(keyText(eventId), site) !== undefined,
    writeStory: (story) => writeStory(sql, story),
    readAdditions(offset) {
      const row = sql.readAdditions.get(offset);
      if (row === undefined) return undefined;
      const additions: unknown = JSON.parse(text(row, 'additions'));
      return isJsonObject(additions) ? additions : {};
    },
    addDecisions(offset, decisions) {
      const row = sql.readDecisions.get(offset);
      if (row === undefined) return;
      const known: readonly Decision[] = JSON.parse(text(row, 'decisions'));
      sql.writeDecisions.run(JSON.stringify([...known, ...decisions]), offset);
    },
    rewriteAdditions(offset, additions, keys) {
      sql.writeAdditions.run(JSON.stringify(additions), offset);
      const known = readKeys(sql, offset);
      const all = new Set([...known, ...keys.map(keyText)]);
      sql.writeKeys.run(JSON.stringify([...all]), offset);
      for (const key of all) if (!known.includes(key)) sql.writeKey.run(key, offset);
    },
    enqueue: (item) => enqueue(sql, item),
    hold: (holdKey, held) =>
      void sql.hold.run(keyText(holdKey), held.offset, held.destination, held.expiresAtMs, held.needs),
    heldFor: (holdKey) => sql.heldFor.all(keyText(holdKey)).map(toHeld),
    dropHeld: (offset, destination) => void sql.dropHeld.run(offset, destination),
    readLine(offset) {
      const row = sql.readLine.get(offset);
      return row === undefined ? undefined : text(row, 'line');
    },
    rewriteLine(offset, line) {
      sql.rewriteLine.run(line, offset);
      onRemains();
    },
    isHeld: (offset) => sql.isHeld.get(offset) !== undefined,
    readWithdrawn: (site, visitorKey) => readWithdrawn(sql, subjectOf(site, visitorKey)),
  };
}

function writeStory(sql: Statements, story: Story): void {
  const { offset, site, eventId, name, receivedAtMs } = story;
  const additions = JSON.stringify(story.additions);
  // By its own id it is found through the story itself.
  const keys = [...new Set(story.keys.filter((key) => key !== eventId).map(keyText))];
  sql.writeStory.run(
    offset,
    site,
    keyText(eventId),
    name,
    receivedAtMs,
    additions,
    JSON.stringify(story.decisions),
    JSON.stringify(keys),
  );
  for (const key of keys) sql.writeKey.run(key, offset);
}

function enqueue(sql: Statements, item: Queued): void {
  const { destination, offset, eventId, payload, atMs, grant } = item;
  const { lastInsertRowid } = sql.enqueue.run(offset, destination, keyText(eventId), atMs);
  const subject = grant === undefined ? null : subjectOf(grant.site, grant.visitorKey);
  sql.writePayload.run(lastInsertRowid, payload, subject, grant?.types ?? 0, grant?.sequenceMs ?? 0);
}

/** The keys that lead to an event, kept with it so that they can be deleted with it. */
export function readKeys(sql: Statements, offset: number): readonly string[] {
  const row = sql.readKeys.get(offset);
  if (row === undefined) return [];
  const keys: readonly string[] = JSON.parse(text(row, 'keys'));
  return keys;
}

type Row = Parameters<typeof integer>[0];

/** A held event as its row says it. */
export function toHeld(row: Row): HeldEvent {
  return {
    offset: integer(row, 'offset'),
    destination: text(row, 'destination'),
    expiresAtMs: integer(row, 'expires_at'),
    needs: integer(row, 'needs'),
  };
}

/** An outbox item as its row says it. */
export function toOutboxItem(row: Row): OutboxItem {
  return {
    id: integer(row, 'id'),
    destination: text(row, 'destination'),
    eventId: text(row, 'event_id'),
    payload: text(row, 'payload'),
    attempts: integer(row, 'attempts'),
    createdAtMs: integer(row, 'created_at'),
  };
}
