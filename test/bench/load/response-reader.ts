/** Reads HTTP/1.1 answers off one keep-alive connection, one at a time. */
export interface ResponseReader {
  push(chunk: Buffer): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * As little parsing as tells where an answer ends: the status line and Content-Length. `onBroken` is called where an
 * answer has neither a length nor a status without a body; nothing after it can be trusted.
 */
export function createResponseReader(
  onResponse: (status: number) => void,
  onBroken: (why: string) => void,
): ResponseReader {
  let partialHead: Buffer | null = null;
  let status = 0;
  let bodyBytesLeft = 0;

  /** Returns what follows the head; null: the head is not whole yet, or broken. */
  const readHead = (chunk: Buffer): Buffer | null => {
    const data: Buffer = partialHead === null ? chunk : Buffer.concat([partialHead, chunk]);
    const end = data.indexOf(headEnd);
    partialHead = end === -1 ? data : null;
    if (end === -1) return null;
    status = Number(data.toString('latin1', 9, 12));
    bodyBytesLeft = status === 204 || status === 304 ? 0 : contentLength(data.toString('latin1', 0, end));
    if (!Number.isNaN(bodyBytesLeft)) return data.subarray(end + headEnd.length);
    onBroken(`answer ${status} has no Content-Length`);
    return null;
  };

  return {
    push(chunk) {
      let rest = chunk;
      while (rest.length > 0) {
        if (bodyBytesLeft === 0) {
          const body = readHead(rest);
          if (body === null) return;
          rest = body;
        }
        const taken = Math.min(bodyBytesLeft, rest.length);
        bodyBytesLeft -= taken;
        rest = rest.subarray(taken);
        if (bodyBytesLeft === 0) onResponse(status);
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
