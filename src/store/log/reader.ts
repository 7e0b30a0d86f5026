import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LoggedLine } from '../ports.ts';
import { type FrameHead, findFrame, isWhole, readHead, readLines } from './frame.ts';
import { listSegments, type Segment } from './segments.ts';

/** Bytes that are no frame: `torn` off at a segment's end, where nothing was acknowledged, or `damaged` on disk. */
export interface Damage {
  readonly kind: 'torn' | 'damaged';
  readonly path: string;
  readonly atByte: number;
  readonly bytes: number;
}

/** The last offset that a log holds; `atLeast` where it holds none beyond. */
export function lastOffsetOf(folder: string, atLeast: number): number {
  const reader = new LogReader(folder, atLeast, () => undefined);
  try {
    return reader.skipToEnd();
  } finally {
    reader.close();
  }
}

const chunkBytes = 256 * 1024;

/** Reads a log from an offset on, while another thread or process writes it. Synchronous: for a thread of its own. */
export class LogReader {
  readonly #folder: string;
  readonly #onDamage: (damage: Damage) => void;
  #segment: Segment | null = null;
  #descriptor: number | null = null;
  #nextOffset: number;
  #buffer = Buffer.allocUnsafe(chunkBytes);
  /** What is read and not yet used is from `#start` to `#end` of the buffer, and begins at `#position` of the file. */
  #start = 0;
  #end = 0;
  #position = 0;

  /** Lines up to `afterOffset` are passed over. */
  constructor(folder: string, afterOffset: number, onDamage: (damage: Damage) => void) {
    this.#folder = folder;
    this.#nextOffset = afterOffset + 1;
    this.#onDamage = onDamage;
  }

  /** The next lines, `limit` of them or some more: a group is not cut. Empty: nothing new is on disk. */
  read(limit: number): readonly LoggedLine[] {
    const lines: LoggedLine[] = [];
    while (lines.length < limit && this.#nextFrame(lines));
    return lines;
  }

  /** Goes to the end without keeping lines; returns the last offset there is, 0 where there has been none. */
  skipToEnd(): number {
    while (this.#nextFrame(null));
    return this.#nextOffset - 1;
  }

  /** The segments before the one that is being read: they are done with. */
  passed(): readonly Segment[] {
    const current = this.#segment;
    if (current === null) return [];
    return listSegments(this.#folder).filter(({ firstOffset }) => firstOffset < current.firstOffset);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** Reads the next frame into `lines`, or passes it; false: there is none yet. */
  #nextFrame(lines: LoggedLine[] | null): boolean {
    if (this.#segment === null && !this.#enterNext()) return false;
    for (;;) {
      if (this.#takeFrame(lines)) return true;
      // Asked before the second look: where a later segment exists, this one has got everything that it ever will.
      const isOver = this.#hasLater();
      if (this.#takeFrame(lines)) return true;
      if (!isOver) return false;
      if (!this.#skipDamage() && !this.#enterNext()) return false;
    }
  }

  #takeFrame(lines: LoggedLine[] | null): boolean {
    const head = this.#headHere();
    if (head === null) return false;
    const frameBytes = head.bodyAt + head.bodyBytes;
    if (!this.#fill(frameBytes)) return false;
    if (!isWhole(this.#unread(), head)) return false;
    if (lines !== null) {
      for (const [index, line] of readLines(this.#unread(), head).entries()) {
        const offset = head.firstOffset + index;
        if (offset >= this.#nextOffset) lines.push({ offset, line });
      }
    }
    this.#nextOffset = Math.max(this.#nextOffset, head.firstOffset + head.lines);
    this.#pass(frameBytes);
    return true;
  }

  #headHere(): FrameHead | null {
    for (;;) {
      const unread = this.#unread();
      const head = readHead(unread);
      if (head !== 'partial') return head;
      if (!this.#fill(unread.length + 1)) return null;
    }
  }

  #unread(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Makes sure that at least so many bytes are unread in the buffer; false: the file has no more. */
  #fill(bytes: number): boolean {
    if (this.#descriptor === null) return false;
    if (this.#start + bytes > this.#buffer.length) {
      // A damaged head may ask for any number of bytes.
      if (this.#position + bytes > fstatSync(this.#descriptor).size) return false;
      this.#makeRoom(bytes);
    }
    while (this.#end - this.#start < bytes) {
      const at = this.#position + this.#end - this.#start;
      const room = this.#buffer.length - this.#end;
      const got = readSync(this.#descriptor, this.#buffer, this.#end, room, at);
      if (got === 0) return false;
      this.#end += got;
    }
    return true;
  }

  #makeRoom(bytes: number): void {
    const size = Math.max(chunkBytes, Math.ceil(bytes / chunkBytes) * chunkBytes);
    const roomy = size > this.#buffer.length ? Buffer.allocUnsafe(size) : this.#buffer;
    this.#buffer.copy(roomy, 0, this.#start, this.#end);
    this.#buffer = roomy;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #pass(bytes: number): void {
    this.#start += bytes;
    this.#position += bytes;
  }

  #hasLater(): boolean {
    return this.#laterSegment() !== undefined;
  }

  /** The segment after the current one; at first the one that holds the next offset. */
  #laterSegment(): Segment | undefined {
    const current = this.#segment;
    const segments = listSegments(this.#folder);
    if (current !== null) return segments.find(({ firstOffset }) => firstOffset > current.firstOffset);
    return segments.findLast(({ firstOffset }) => firstOffset <= this.#nextOffset) ?? segments[0];
  }

  #enterNext(): boolean {
    const next = this.#laterSegment();
    if (next === undefined) return false;
    this.close();
    this.#descriptor = openSync(next.path, 'r');
    this.#segment = next;
    this.#position = 0;
    this.#start = 0;
    this.#end = 0;
    return true;
  }

  /** Passes over what is no frame, to the next one of the segment; false: there is none. */
  #skipDamage(): boolean {
    const from = this.#position;
    for (;;) {
      const found = findFrame(this.#unread());
      if (found !== -1) {
        this.#pass(found);
        this.#report('damaged', from);
        return true;
      }
      // What may be the beginning of a head stays.
      this.#pass(Math.max(0, this.#end - this.#start - 4));
      if (this.#fill(this.#end - this.#start + 1)) continue;
      this.#pass(this.#end - this.#start);
      this.#report('torn', from);
      return false;
    }
  }

  #report(kind: Damage['kind'], from: number): void {
    const bytes = this.#position - from;
    if (bytes > 0 && this.#segment !== null) {
      this.#onDamage({ kind, path: this.#segment.path, atByte: from, bytes });
    }
  }
}
