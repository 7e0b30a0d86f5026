import { close, constants, existsSync, fdatasync, mkdirSync, open, writev } from 'node:fs';
import { promisify } from 'node:util';
import { encodeFrame } from './frame.ts';
import { segmentAt } from './segments.ts';

/** The files that the log is written to. One commit at a time. */
export interface LogFile {
  /** Resolves once the lines are on disk. Rejects when they are not, or when it cannot be known. */
  commit(lines: readonly string[]): Promise<void>;
  /** Ends the segment, where it has lines, and begins the next one, so that what is worked through can be deleted. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

const openFile = promisify(open);
const closeFile = promisify(close);
const write = promisify(writev);
const sync = promisify(fdatasync);

/** With O_DSYNC a write returns once its bytes are on disk (open(2)); where there is none, fdatasync follows each write. */
const writesThrough: number | undefined = constants.O_DSYNC;

/** Files are only ever added to: the place to write is the file's end, whatever a failed write left there. */
const mode = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (writesThrough ?? 0);

/**
 * Writes a log from `firstOffset` on, which is past every offset there has been. Segments end at `maxSegmentBytes`, so
 * that those which are done with can be deleted whole. Throws when the folder cannot be made.
 *
 * After a failed write the next group goes to a new segment: what the failed one left may be torn, and after a failed
 * fdatasync nobody knows what of the file is on disk (PostgreSQL's "fsyncgate", 2018).
 */
export function openLogFile(
  folder: string,
  from: { readonly firstOffset: number; readonly maxSegmentBytes: number },
): LogFile {
  mkdirSync(folder, { recursive: true });
  let nextOffset = from.firstOffset;
  let descriptor: number | null = null;
  let segmentBytes = 0;

  const leave = async (): Promise<void> => {
    const left = descriptor;
    descriptor = null;
    segmentBytes = 0;
    if (left !== null) await closeFile(left);
  };

  const enter = (): Promise<number> => {
    // A process killed before its first frame was whole has left a file of this name.
    while (existsSync(segmentAt(folder, nextOffset).path)) nextOffset += 1;
    return openFile(segmentAt(folder, nextOffset).path, mode, 0o600);
  };

  let isCommitting = false;
  let isRotationDue = false;
  const begin = async (): Promise<void> => {
    isRotationDue = false;
    if (segmentBytes === 0) return;
    await leave();
    // The reader goes on from a segment only when it sees a later one.
    descriptor = await enter();
  };

  const append = async (lines: readonly string[]): Promise<void> => {
    if (isRotationDue) await begin();
    if (segmentBytes >= from.maxSegmentBytes) await leave();
    descriptor ??= await enter();
    const first = nextOffset;
    const frame = encodeFrame(first, lines);
    // Never the same offsets twice, even where it cannot be known whether the first attempt reached the disk.
    nextOffset += lines.length;
    try {
      const bytes = frame[0].length + frame[1].length;
      const { bytesWritten } = await write(descriptor, frame);
      if (bytesWritten < bytes) throw new Error(`the disk took ${bytesWritten} of ${bytes} bytes`);
      segmentBytes += bytes;
      if (writesThrough === undefined) await sync(descriptor);
    } catch (error) {
      await leave().catch(() => undefined);
      throw error;
    }
  };

  return {
    async commit(lines) {
      isCommitting = true;
      try {
        await append(lines);
      } finally {
        isCommitting = false;
      }
    },
    async rotate() {
      isRotationDue = true;
      // A commit under way writes to the segment; the next one will begin a new one.
      if (!isCommitting) await begin();
    },
    close: leave,
  };
}
