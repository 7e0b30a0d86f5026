import type { Line, Log } from '../ports.ts';

/** Bounds of the group commit. */
export interface GroupCommit {
  /** Lines in one commit; it ends before the append that would go beyond. */
  readonly maxLines: number;
  /** Characters in one commit, likewise. */
  readonly maxChars: number;
  /** Lines waiting at most; beyond it `append` rejects at once, so that memory stays bounded when the disk stalls. */
  readonly maxWaiting: number;
}

/** One append: its lines go to disk together or not at all. */
interface Waiting {
  readonly lines: readonly string[];
  readonly chars: number;
  resolve(): void;
  reject(error: Error): void;
}

/** The error of a full queue: the sender should try again later. */
export class LogBusyError extends Error {
  override readonly name = 'LogBusyError';
}

/**
 * The edge's side of the log: collects what arrives while a commit is under way and hands it over as the next one.
 * No timer: an idle log commits at once, a busy one in groups as large as the disk is slow. `commit` is told how many
 * appends the lines come from.
 */
export function createGroupCommitLog<Entry extends Line>(
  commit: (lines: readonly string[], appends: number) => Promise<unknown>,
  bounds: GroupCommit,
): Log<Entry> {
  let waiting: Waiting[] = [];
  let waitingLines = 0;
  let isScheduled = false;
  let isCommitting = false;

  const flush = (): void => {
    isScheduled = false;
    if (isCommitting || waiting.length === 0) return;
    const size = groupSize(waiting, bounds);
    const group = size === waiting.length ? waiting : waiting.slice(0, size);
    waiting = size === waiting.length ? [] : waiting.slice(size);
    isCommitting = true;
    void send(group);
  };

  const schedule = (): void => {
    if (isScheduled || isCommitting) return;
    isScheduled = true;
    setImmediate(flush);
  };

  const send = async (group: readonly Waiting[]): Promise<void> => {
    const lines = group.flatMap((append) => append.lines);
    waitingLines -= lines.length;
    try {
      await commit(lines, group.length);
      for (const { resolve } of group) resolve();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of group) reject(failure);
    }
    isCommitting = false;
    // Not at once: what has come in meanwhile shall share the next commit.
    if (waiting.length > 0) schedule();
  };

  return {
    append: (entries) =>
      new Promise<void>((resolve, reject) => {
        if (waitingLines + entries.length > bounds.maxWaiting && waitingLines > 0) {
          return reject(new LogBusyError('the log cannot keep up'));
        }
        const lines = entries.map(({ line }) => line);
        waiting.push({ lines, chars: lines.reduce((sum, line) => sum + line.length, 0), resolve, reject });
        waitingLines += lines.length;
        schedule();
      }),
  };
}

/** How many appends the next commit has: one at least. */
function groupSize(waiting: readonly Waiting[], { maxLines, maxChars }: GroupCommit): number {
  let size = 0;
  let allLines = 0;
  let allChars = 0;
  for (const { lines, chars } of waiting) {
    allLines += lines.length;
    allChars += chars;
    if (size > 0 && (allLines > maxLines || allChars > maxChars)) break;
    size += 1;
  }
  return size;
}
