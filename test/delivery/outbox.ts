import type { Outbox, OutboxItem, Verdict } from '../../src/store/ports.ts';

/** An item of the destination `ads`. */
export function itemOf(id: number, changes: Partial<OutboxItem> = {}): OutboxItem {
  const eventId = `event-${id}`;
  const payload = JSON.stringify({ eventId, occurredAtMs: 0, body: { n: id } });
  return { id, destination: 'ads', eventId, payload, attempts: 0, createdAtMs: 0, ...changes };
}

/** An outbox in memory, which counts what is asked of it and fails when told to. */
export function memoryOutbox() {
  const pending = new Map<number, OutboxItem & { readonly dueAtMs: number }>();
  const taken = new Set<number>();
  const verdicts: Verdict[] = [];
  const asked = { takes: 0, records: 0 };
  const failing = { takes: 0, records: 0 };
  const outbox: Outbox = {
    async take(_destination, limit, nowMs) {
      asked.takes += 1;
      if (failing.takes > 0) {
        failing.takes -= 1;
        throw new Error('the store is away');
      }
      const due = [...pending.values()]
        .filter(({ id, dueAtMs }) => dueAtMs <= nowMs && !taken.has(id))
        .slice(0, limit);
      for (const { id } of due) taken.add(id);
      return due;
    },
    async record(found) {
      asked.records += 1;
      if (failing.records > 0) {
        failing.records -= 1;
        throw new Error('the disk is full');
      }
      for (const verdict of found) {
        verdicts.push(verdict);
        taken.delete(verdict.id);
        const item = pending.get(verdict.id);
        if (verdict.kind !== 'retry' || item === undefined) pending.delete(verdict.id);
        else pending.set(verdict.id, { ...item, attempts: item.attempts + 1, dueAtMs: verdict.dueAtMs });
      }
    },
    async nextDueAtMs() {
      const due = [...pending.values()].map(({ dueAtMs }) => dueAtMs);
      return due.length === 0 ? null : Math.min(...due);
    },
  };
  return {
    outbox,
    asked,
    failing,
    verdicts,
    pending,
    add(...items: readonly OutboxItem[]) {
      for (const item of items) pending.set(item.id, { ...item, dueAtMs: 0 });
    },
  };
}
