import type { Line, Log } from '../ports.ts';

/** Bounds of the group commit. */
export interface GroupCommit {
  /** Lines in one commit at most. */
  readonly maxLines: number;
  /** Lines waiting at most; beyond it `append` rejects at once, so that memory stays bounded when the disk stalls. */
  readonly maxWaiting: number;
}

interface Waiting {
  readonly line: string;
  resolve(): void;
  reject(error: Error): void;
}

/** The error of a full queue: the sender should try again later. */
export class LogBusyError extends Error {
  override readonly name = 'LogBusyError';
}

/**
 * The edge's side of the log: collects what arrives while a commit is under way and hands it over as the next one.
 * No timer: an idle log commits at once, a busy one in groups as large as the disk is slow.
 */
export function createGroupCommitLog<Entry extends Line>(
  commit: (lines: readonly string[]) => Promise<unknown>,
  { maxLines, maxWaiting }: GroupCommit,
): Log<Entry> {
  let waiting: Waiting[] = [];
  let isScheduled = false;
  let inFlight = 0;

  const flush = (): void => {
    isScheduled = false;
    // Two groups under way keep the disk busy while the next lines cross the thread border.
    while (waiting.length > 0 && inFlight < 2) {
      const group = waiting.length <= maxLines ? waiting : waiting.slice(0, maxLines);
      waiting = waiting.length <= maxLines ? [] : waiting.slice(maxLines);
      inFlight += 1;
      void send(group);
    }
  };

  const send = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await commit(group.map(({ line }) => line));
      for (const { resolve } of group) resolve();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of group) reject(failure);
    }
    inFlight -= 1;
    flush();
  };

  return {
    append: (entry) =>
      new Promise<void>((resolve, reject) => {
        if (waiting.length >= maxWaiting) return reject(new LogBusyError('the log cannot keep up'));
        waiting.push({ line: entry.line, resolve, reject });
        if (isScheduled) return;
        isScheduled = true;
        setImmediate(flush);
      }),
  };
}
