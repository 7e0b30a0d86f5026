import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the log: whole frames, in order, and perhaps a torn end. */
export interface Segment {
  readonly path: string;
  /** The offset of its first line. */
  readonly firstOffset: number;
}

/** The folder of a data file's log. */
export function logFolderOf(dataFile: string): string {
  return `${dataFile}.log`;
}

/** A segment goes by its first offset, in digits that sort. */
export function segmentAt(folder: string, firstOffset: number): Segment {
  return { path: join(folder, `${String(firstOffset).padStart(16, '0')}.log`), firstOffset };
}

/** The segments of a log, oldest first; none where there is no folder. */
export function listSegments(folder: string): readonly Segment[] {
  return namesIn(folder)
    .filter((name) => /^\d{16}\.log$/.test(name))
    .sort()
    .map((name) => ({ path: join(folder, name), firstOffset: Number(name.slice(0, 16)) }));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
