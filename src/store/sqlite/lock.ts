import { DatabaseSync } from 'node:sqlite';

/** Another process writes to the data file. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError';
}

/**
 * Takes the data file for this process alone; returns the release. The lock is the operating system's own on a file
 * beside it, so a killed process leaves none behind. Readers are not kept out. Throws StoreLockedError, or the file
 * system's error where the lock file cannot be written.
 */
export function lockStore(dataFile: string): () => void {
  const lock = new DatabaseSync(`${dataFile}.lock`);
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreLockedError(`${dataFile} is in use by another process`, { cause: error });
  }
  return () => lock.close();
}

/** SQLITE_BUSY (sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}
