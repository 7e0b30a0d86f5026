import { unlinkSync } from 'node:fs';
import { consentTypes } from '../model/consent.ts';
import { bitsOf, type Withdrawal } from '../model/withdrawal.ts';
import { visitorStatesOf } from '../pipeline/withdrawn.ts';
import { LogReader } from '../store/log/reader.ts';
import { listSegments, logFolderOf } from '../store/log/segments.ts';
import type { Erased, Person } from '../store/ports.ts';
import { lockStore, StoreLockedError } from '../store/sqlite/lock.ts';
import { SqliteWriter } from '../store/sqlite/writer.ts';

type Visitor = Person['visitors'][number];

/** The choice that takes everything back, so that nothing of an erased visitor's comes in late. */
export function forgetting(nowMs: number) {
  return ({ site, key }: Visitor): Withdrawal => ({
    site,
    visitorKey: key,
    types: bitsOf(consentTypes),
    atMs: nowMs,
  });
}

/** Both together. */
export function addErased(one: Erased, other: Erased): Erased {
  return {
    events: one.events + other.events,
    queued: one.queued + other.queued,
    states: one.states + other.states,
  };
}

/** A data file that no gateway has open, with everything that its log holds taken in. */
export interface StoppedStore {
  erase(person: Person, nowMs: number): Erased;
  close(): void;
}

/** Opens the data file for this process alone; null: a gateway runs on it. */
export function openStopped(dataFile: string, nowMs: number): StoppedStore | null {
  const unlock = lockOrNull(dataFile);
  if (unlock === null) return null;
  const writer = new SqliteWriter(dataFile);
  takeInAll(writer, dataFile, nowMs);
  return {
    erase(person, atMs) {
      const everything = person.visitors.map(forgetting(atMs));
      writer.withdraw(everything, [], atMs);
      const { offsets } = person;
      const erased = writer.erase({ states: visitorStatesOf(everything), offsets });
      writer.sync();
      for (const { path } of listSegments(logFolderOf(dataFile))) unlinkSync(path);
      writer.checkpoint();
      return erased;
    },
    close() {
      writer.close();
      unlock();
    },
  };
}

function lockOrNull(dataFile: string): (() => void) | null {
  try {
    return lockStore(dataFile);
  } catch (error) {
    if (error instanceof StoreLockedError) return null;
    throw error;
  }
}

function takeInAll(writer: SqliteWriter, dataFile: string, nowMs: number): void {
  const log = new LogReader(logFolderOf(dataFile), writer.lastOffset, () => undefined);
  for (let lines = log.read(512); lines.length > 0; lines = log.read(512)) writer.takeIn(lines, nowMs);
  log.close();
}
