import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LossCount } from '../../model/loss.ts';
import type { Withdrawal } from '../../model/withdrawal.ts';
import type { Batch, Erased, HeldEvent, LoggedLine, OutboxItem, State, Verdict } from '../ports.ts';
import { createBatch, toHeld, toOutboxItem } from './batch.ts';
import { dropEvent, erase } from './erase.ts';
import { writeLosses } from './losses.ts';
import { integer, keyText, migrate, status, text } from './schema.ts';
import { prepare, type Statements } from './statements.ts';
import { decisionOf, isTakenBack, type Purged, purgeItem, withdraw } from './withdrawals.ts';

/**
 * The one connection that writes: the lines taken in from the log, the state, the outbox. Lives on the store thread;
 * every call is synchronous.
 *
 * What is committed here follows from the log, so no commit waits for the disk (WAL, synchronous=NORMAL): a killed process
 * loses none of it, and after a power cut the pipeline takes up the log where the disk has it and makes the same again.
 * The log may be shortened only after `sync`.
 */
export class SqliteWriter implements State {
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #batch: Batch;
  readonly #taken = new Set<number>();
  /** Nobody has withdrawn anything, as with most sites most of the time: nothing needs to be asked. */
  #hasEpochs: boolean;
  #lastOffset: number;
  #readOffset: number;
  /** Where the next purge goes on; events before it are kept or gone. */
  #purgeOffset = 0;
  /** The key after which the next look for forgotten state begins. */
  #forgetKey = '';
  #hasRemains = false;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#db = new DatabaseSync(path);
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;');
    this.#db.exec('PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;');
    // What is deleted is overwritten, so that it is gone from the file and not only from the tables.
    this.#db.exec('PRAGMA secure_delete = ON');
    migrate(this.#db);
    this.#sql = prepare(this.#db);
    this.#batch = createBatch(this.#sql, () => {
      this.#hasRemains = true;
    });
    const last = integer(this.#db.prepare('SELECT coalesce(max(offset), 0) AS n FROM log').get(), 'n');
    this.#readOffset = integer(
      this.#db.prepare("SELECT coalesce(max(value), 0) AS n FROM meta WHERE key = 'read_offset'").get(),
      'n',
    );
    this.#lastOffset = Math.max(last, this.#readOffset);
    this.#hasEpochs = this.#sql.anyEpoch.get() !== undefined;
  }

  /** The last line that was taken in; 0: none ever. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  /** Takes lines over from the log, in one commit. Throws when it cannot; none of them is taken over then. */
  takeIn(lines: readonly LoggedLine[], nowMs: number): void {
    this.#transaction(() => {
      for (const { offset, line } of lines) this.#sql.appendLine.run(offset, nowMs, line);
    });
    this.#lastOffset = lines.at(-1)?.offset ?? this.#lastOffset;
  }

  /** Returns once everything that was committed is on disk. */
  sync(): void {
    this.#durably(() => void this.#sql.writeOffset.run(this.#readOffset));
  }

  /** Commits with everything before it, and returns once that is on disk. */
  #durably(work: () => void): void {
    this.#db.exec('PRAGMA synchronous = FULL');
    try {
      this.#transaction(work);
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
  }

  /**
   * Writes choices down that take consent back, and purges what waits on it, in one commit that is on disk when this
   * returns. Returns what was purged. `stateKeys`: state that may not be kept without the consent.
   */
  withdraw(choices: readonly Withdrawal[], stateKeys: readonly string[], nowMs: number): readonly Purged[] {
    const purged: Purged[] = [];
    this.#durably(() => {
      for (const key of stateKeys) this.#sql.dropState.run(keyText(key));
      for (const choice of choices) purged.push(...withdraw(this.#sql, this.#batch, choice, nowMs));
    });
    this.#hasEpochs ||= choices.length > 0;
    this.#hasRemains ||= purged.length > 0;
    return purged;
  }

  /** Those of the items that were handed out and have not come back. */
  underWay(ids: readonly number[]): readonly number[] {
    return ids.filter((id) => this.#taken.has(id));
  }

  advance(limit: number, work: (lines: readonly LoggedLine[], batch: Batch) => void): number {
    const rows = this.#sql.readLines.all(this.#readOffset, limit);
    if (rows.length === 0) return 0;
    const lines = rows.map((row) => ({ offset: integer(row, 'offset'), line: text(row, 'line') }));
    const end = lines.at(-1)?.offset ?? this.#readOffset;
    this.#transaction(() => {
      work(lines, this.#batch);
      this.#sql.writeOffset.run(end);
    });
    this.#readOffset = end;
    return lines.length;
  }

  /** Lines are taken in that the pipeline has not worked through. */
  isBehind(): boolean {
    return this.#readOffset < this.#lastOffset;
  }

  transact(work: (batch: Batch) => void): void {
    this.#transaction(() => work(this.#batch));
  }

  takeExpired(nowMs: number, limit: number): readonly HeldEvent[] {
    const held = this.#sql.expiredHeld.all(nowMs, limit).map(toHeld);
    if (held.length === 0) return held;
    this.#transaction(() => {
      for (const { offset, destination } of held) this.#sql.dropHeld.run(offset, destination);
    });
    return held;
  }

  /** Hands out due items that nobody holds, earliest first. They come back by `record`, or by a restart. */
  take(destination: string, limit: number, nowMs: number): readonly OutboxItem[] {
    const items: OutboxItem[] = [];
    if (limit <= 0) return items;
    // Row by row: what other takers hold is passed over, and no more is read than is handed out.
    const withdrawn: Row[] = [];
    for (const row of this.#sql.due.iterate(destination, nowMs)) {
      if (this.#taken.has(integer(row, 'id'))) continue;
      if (this.#hasEpochs && isTakenBack(this.#sql, row)) {
        withdrawn.push(row);
        continue;
      }
      items.push(toOutboxItem(row));
      if (items.length === limit) break;
    }
    for (const { id } of items) this.#taken.add(id);
    if (withdrawn.length > 0) this.#purgeItems(withdrawn, nowMs);
    return items;
  }

  /** What a withdrawal has missed, because it was queued afterwards: it is not handed out. */
  #purgeItems(rows: readonly Row[], nowMs: number): void {
    this.#transaction(() => {
      for (const row of rows) {
        const { offset, destination } = purgeItem(this.#sql, row, nowMs);
        this.#batch.addDecisions(offset, [decisionOf(destination, [], nowMs)]);
      }
    });
    this.#hasRemains = true;
  }

  /** Writes what delivery learnt, in one commit. */
  record(verdicts: readonly Verdict[]): void {
    this.#transaction(() => {
      for (const verdict of verdicts) this.#recordOne(verdict);
    });
    for (const { id } of verdicts) this.#taken.delete(id);
  }

  /** Queues dead letters again, as if they were new: of one destination or all, and where ids are given, only those. */
  revive(destination: string | null, ids: readonly number[] | null, nowMs: number): number {
    let revived = 0;
    this.#transaction(() => {
      if (ids === null) revived = Number(this.#sql.reviveAll.run(nowMs, destination).changes);
      else for (const id of ids) revived += Number(this.#sql.reviveOne.run(nowMs, destination, id).changes);
    });
    return revived;
  }

  /** The earliest time at which a pending item of the destination is due; null when there is none. */
  nextDueAtMs(destination: string): number | null {
    const row = this.#sql.nextDue.get(destination);
    const due = row?.due;
    return typeof due === 'number' ? due : null;
  }

  /**
   * Deletes what is older than the retention; returns how many events went. Looks at `limit` events at most and goes on
   * from there the next time, so that events with something still to be sent, which are kept, hold up nothing.
   */
  purge(beforeMs: number, limit: number): number {
    const rows = this.#sql.oldStories.all(this.#purgeOffset, limit);
    const young = rows.findIndex((row) => integer(row, 'at') >= beforeMs);
    const old = young === -1 ? rows : rows.slice(0, young);
    const gone = old.filter((row) => integer(row, 'pending') === 0).map((row) => integer(row, 'offset'));
    const isAtEnd = young !== -1 || rows.length < limit;
    this.#purgeOffset = isAtEnd ? 0 : integer(rows.at(-1), 'offset');
    if (gone.length === 0) return 0;
    this.#transaction(() => {
      for (const offset of gone) dropEvent(this.#sql, offset);
    });
    return gone.length;
  }

  /**
   * Forgets state that was not written since; returns how much went. Looks at `limit` keys at most, goes on from there the
   * next time, and begins anew after the last one.
   */
  forget(beforeMs: number, limit: number): number {
    const rows = this.#sql.statesAfter.all(this.#forgetKey, limit);
    this.#forgetKey = rows.length < limit ? '' : text(rows.at(-1), 'key');
    const old = rows.filter((row) => integer(row, 'at') < beforeMs);
    if (old.length === 0) return 0;
    this.#transaction(() => {
      for (const row of old) this.#sql.dropState.run(text(row, 'key'));
    });
    return old.length;
  }

  /** Deletes events and state, whatever still waits to be sent; in one commit. */
  erase(of: { readonly states: readonly string[]; readonly offsets: readonly number[] }): Erased {
    let erased: Erased = { events: 0, queued: 0, states: 0 };
    this.#transaction(() => {
      erased = erase(this.#sql, of);
    });
    this.#hasRemains = true;
    return erased;
  }

  /** Adds counts to those of the same kind, in one commit. */
  countLosses(counts: readonly LossCount[]): void {
    this.#transaction(() => writeLosses(this.#sql, counts));
  }

  /** Deletes the counts of days before this one. */
  purgeLosses(beforeDay: string): void {
    this.#transaction(() => void this.#sql.purgeLosses.run(beforeDay));
  }

  /** Forgets withdrawals that were written down before, when nothing is left that they could concern. */
  forgetWithdrawals(beforeMs: number): void {
    this.#transaction(() => void this.#sql.forgetEpochs.run(beforeMs));
    this.#hasEpochs = this.#sql.anyEpoch.get() !== undefined;
  }

  /** Folds the write-ahead log into the file, so that an idle gateway leaves a small one. */
  checkpoint(): void {
    const row = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    // A reader in the middle of a read keeps it from ending.
    if (row?.['busy'] === 0) this.#hasRemains = false;
  }

  /** True while bytes of what was purged may still stand in the write-ahead log. */
  hasRemains(): boolean {
    return this.#hasRemains;
  }

  close(): void {
    this.#db.close();
  }

  #recordOne(verdict: Verdict): void {
    if (verdict.kind === 'withdrawn') return;
    const { id, atMs } = verdict;
    const note = verdict.kind === 'delivered' ? verdict.note : verdict.message;
    const entry = JSON.stringify({ atMs, note });
    const dueAtMs = verdict.kind === 'retry' ? verdict.dueAtMs : 0;
    const state = verdict.kind === 'retry' ? status.pending : status[verdict.kind];
    this.#sql.verdict.run(state, dueAtMs, atMs, entry, id);
  }

  /** One commit for all of `work`; called inside another one it becomes a part of that. */
  #transaction(work: () => void): void {
    if (this.#db.isTransaction) {
      work();
      return;
    }
    this.#sql.begin.run();
    try {
      work();
      this.#sql.commit.run();
    } catch (error) {
      if (this.#db.isTransaction) this.#sql.rollback.run();
      throw error;
    }
  }
}

type Row = Parameters<typeof integer>[0];
