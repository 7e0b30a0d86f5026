import type { Erased } from '../ports.ts';
import { readKeys } from './batch.ts';
import { keyText } from './schema.ts';
import type { Statements } from './statements.ts';

/** Deletes an event from every table that holds something of it; returns how many outbox items went with it. */
export function dropEvent(sql: Statements, offset: number): number {
  for (const key of readKeys(sql, offset)) sql.dropKey.run(key, offset);
  let items = 0;
  for (const [table, statement] of Object.entries(sql.purge)) {
    const { changes } = statement.run(offset);
    if (table === 'outbox') items = Number(changes);
  }
  return items;
}

/** Deletes events and state. Inside the writer's transaction. */
export function erase(
  sql: Statements,
  { states, offsets }: { readonly states: readonly string[]; readonly offsets: readonly number[] },
): Erased {
  let [events, queued, forgotten] = [0, 0, 0];
  for (const key of states) forgotten += Number(sql.dropState.run(keyText(key)).changes);
  for (const offset of offsets) {
    if (sql.readLine.get(offset) !== undefined) events += 1;
    queued += dropEvent(sql, offset);
  }
  return { events, queued, states: forgotten };
}
