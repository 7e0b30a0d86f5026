import { crc32 } from 'node:zlib';

/**
 * How lines stand in a segment file: in frames, one for each group commit.
 *
 *     TL1 <offset of the first line> <lines> <bytes of the body> <CRC-32 of the body, hexadecimal>\n
 *     <line>\n
 *     <line>\n
 *
 * A frame counts once it is whole and its sum is right; what a killed process or a power cut left half-written does not.
 */
export interface FrameHead {
  readonly firstOffset: number;
  readonly lines: number;
  readonly bodyBytes: number;
  readonly sum: number;
  /** Where the body begins, from the start of the buffer. */
  readonly bodyAt: number;
}

const magic = 'TL1 ';
const newline = 10;
/** `TL1` and four numbers; nothing that is longer can be a head. */
const maxHeadBytes = 80;

/** The frame of these lines, in pieces to be written one after the other. Lines hold no line break: they are JSON. */
export function encodeFrame(firstOffset: number, lines: readonly string[]): readonly [Buffer, Buffer] {
  const body = Buffer.from(`${lines.join('\n')}\n`);
  const head = `${magic}${firstOffset} ${lines.length} ${body.length} ${crc32(body).toString(16)}\n`;
  return [Buffer.from(head, 'latin1'), body];
}

/** The head that the buffer begins with; `partial`: it may go on after the buffer's end; null: there is none. */
export function readHead(buffer: Buffer): FrameHead | 'partial' | null {
  const end = buffer.indexOf(newline);
  if (end === -1) return buffer.length < maxHeadBytes ? 'partial' : null;
  if (end > maxHeadBytes) return null;
  const match = /^TL1 (\d{1,15}) (\d{1,9}) (\d{1,10}) ([0-9a-f]{1,8})$/.exec(
    buffer.toString('latin1', 0, end),
  );
  if (match === null) return null;
  const [, firstOffset = '', lines = '', bytes = '', sum = ''] = match;
  return {
    firstOffset: Number(firstOffset),
    lines: Number(lines),
    bodyBytes: Number(bytes),
    sum: Number.parseInt(sum, 16),
    bodyAt: end + 1,
  };
}

/** True when the body in the buffer is the one that was written. */
export function isWhole(buffer: Buffer, head: FrameHead): boolean {
  const end = head.bodyAt + head.bodyBytes;
  return buffer.length >= end && crc32(buffer.subarray(head.bodyAt, end)) === head.sum;
}

/** The lines of a whole frame. */
export function readLines(buffer: Buffer, head: FrameHead): readonly string[] {
  return buffer.toString('utf8', head.bodyAt, head.bodyAt + head.bodyBytes - 1).split('\n');
}

/** Where the next frame may begin in a buffer that does not begin with one; -1: nowhere. */
export function findFrame(buffer: Buffer): number {
  const found = buffer.indexOf(`\n${magic}`, 0, 'latin1');
  return found === -1 ? -1 : found + 1;
}
