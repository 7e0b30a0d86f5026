/** Reads HTTP/1.1 answers off one keep-alive connection, one at a time. */
export interface ResponseReader {
  push(chunk: Buffer): void;
}

const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');

/**
 * As little parsing as tells where an answer ends: the status line, and Content-Length or the sizes of chunks. `onBroken`
 * is called where an answer has none of these nor a status without a body; nothing after it can be trusted.
 */
export function createResponseReader(
  onResponse: (status: number) => void,
  onBroken: (why: string) => void,
): ResponseReader {
  /** A head, or the line with a chunk's size, that is not whole yet. */
  let partial: Buffer | null = null;
  let status = 0;
  let bytesLeft = 0;
  let isInChunks = false;

  /** Splits at the first `end`; null: it is not there yet. */
  const cut = (bytes: Buffer, end: Buffer): { readonly text: string; readonly rest: Buffer } | null => {
    const data: Buffer = partial === null ? bytes : Buffer.concat([partial, bytes]);
    const at = data.indexOf(end);
    partial = at === -1 ? data : null;
    if (at === -1) return null;
    return { text: data.toString('latin1', 0, at), rest: data.subarray(at + end.length) };
  };

  /** Returns what follows the head or the chunk's size; null: that is not whole yet, or broken. */
  const readFrame = (bytes: Buffer): Buffer | null => {
    const frame = cut(bytes, isInChunks ? lineEnd : headEnd);
    if (frame === null) return null;
    if (isInChunks) {
      const size = Number.parseInt(frame.text, 16);
      // The line end after the chunk, or after the last one the empty line that ends the answer.
      bytesLeft = size + lineEnd.length;
      if (size === 0) isInChunks = false;
    } else {
      status = Number(frame.text.slice(9, 12));
      isInChunks = /\r\ntransfer-encoding: *chunked/i.test(frame.text);
      bytesLeft = isInChunks || status === 204 || status === 304 ? 0 : contentLength(frame.text);
    }
    if (!Number.isNaN(bytesLeft)) return frame.rest;
    onBroken(`answer ${status} has no Content-Length`);
    return null;
  };

  return {
    push(chunk) {
      let rest = chunk;
      while (rest.length > 0) {
        if (bytesLeft === 0) {
          const body = readFrame(rest);
          if (body === null) return;
          rest = body;
        }
        const taken = Math.min(bytesLeft, rest.length);
        bytesLeft -= taken;
        rest = rest.subarray(taken);
        if (bytesLeft === 0 && !isInChunks) onResponse(status);
      }
    },
  };
}

const lengthName = '\r\ncontent-length:';

function contentLength(head: string): number {
  const at = head.toLowerCase().indexOf(lengthName);
  if (at === -1) return Number.NaN;
  const end = head.indexOf('\r\n', at + lengthName.length);
  return Number(head.slice(at + lengthName.length, end === -1 ? head.length : end));
}
