/** What a link to another domain of the journey carries. */
export interface LinkContent {
  /** UTC milliseconds; kept to the second. */
  readonly issuedAtMs: number;
  /** The host of the page that the link stands on, lower case, without port. */
  readonly host: string;
  /** Absent: analytics_storage is not granted, or the browser has no visitor yet. */
  readonly visitor?: LinkedVisitor;
  /** Campaign labels and click ids by parameter name, the ones to keep first in front. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** The visitor that a link hands over. */
export interface LinkedVisitor {
  /** 22 base64url characters, 128 random bits. */
  readonly id: string;
  /** When the id was made, UTC seconds. */
  readonly firstSeenSec: number;
}

const idBytes = 16;
const hasVisitor = 1;

/**
 * The content as bytes: flags (1), seconds (4), host with its length (1), visitor (16 and 4), then each parameter with the
 * lengths of its name (1) and value (2). A parameter that would make it longer than `maxBytes` is left out whole: half an
 * id is another id. Numbers are big-endian, texts UTF-8.
 */
export function encodeContent(content: LinkContent, maxBytes: number): Buffer {
  const host = Buffer.from(content.host.slice(0, maxHostChars), 'latin1');
  const head = Buffer.alloc(6);
  head.writeUInt8(content.visitor === undefined ? 0 : hasVisitor, 0);
  head.writeUInt32BE(secondsOf(content.issuedAtMs / 1000), 1);
  head.writeUInt8(host.length, 5);
  const parts = [head, host, ...(content.visitor === undefined ? [] : [visitorBytes(content.visitor)])];
  let left = maxBytes - parts.reduce((sum, part) => sum + part.length, 0);
  for (const [name, value] of content.parameters) {
    const part = parameterBytes(name, value);
    if (part === undefined || part.length > left) continue;
    left -= part.length;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Reads them back; undefined where they are not what `encodeContent` writes. Never throws. */
export function decodeContent(bytes: Buffer): LinkContent | undefined {
  if (bytes.length < 6) return undefined;
  const flags = bytes.readUInt8(0);
  if (flags > hasVisitor) return undefined;
  const hostEnd = 6 + bytes.readUInt8(5);
  const end = hostEnd + (flags === hasVisitor ? idBytes + 4 : 0);
  if (bytes.length < end) return undefined;
  const parameters = decodeParameters(bytes.subarray(end));
  if (parameters === undefined) return undefined;
  return {
    issuedAtMs: bytes.readUInt32BE(1) * 1000,
    host: bytes.toString('latin1', 6, hostEnd),
    ...(flags === hasVisitor && { visitor: decodeVisitor(bytes.subarray(hostEnd, end)) }),
    parameters,
  };
}

/** The longest name that DNS knows. */
const maxHostChars = 253;
const maxNameBytes = 0xff;
const maxValueBytes = 0xff_ff;
const maxSeconds = 0xff_ff_ff_ff;

function secondsOf(seconds: number): number {
  return Math.min(maxSeconds, Math.max(0, Math.trunc(seconds)));
}

function visitorBytes({ id, firstSeenSec }: LinkedVisitor): Buffer {
  const bytes = Buffer.alloc(idBytes + 4);
  bytes.write(id, 0, idBytes, 'base64url');
  bytes.writeUInt32BE(secondsOf(firstSeenSec), idBytes);
  return bytes;
}

function decodeVisitor(bytes: Buffer): LinkedVisitor {
  return { id: bytes.toString('base64url', 0, idBytes), firstSeenSec: bytes.readUInt32BE(idBytes) };
}

function parameterBytes(name: string, value: string): Buffer | undefined {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  if (nameBytes.length > maxNameBytes || valueBytes.length > maxValueBytes) return undefined;
  const lengths = Buffer.alloc(3);
  lengths.writeUInt8(nameBytes.length, 0);
  lengths.writeUInt16BE(valueBytes.length, 1);
  return Buffer.concat([lengths, nameBytes, valueBytes]);
}

function decodeParameters(bytes: Buffer): LinkContent['parameters'] | undefined {
  const parameters: (readonly [string, string])[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length < at + 3) return undefined;
    const nameEnd = at + 3 + bytes.readUInt8(at);
    const end = nameEnd + bytes.readUInt16BE(at + 1);
    if (bytes.length < end) return undefined;
    parameters.push([bytes.toString('utf8', at + 3, nameEnd), bytes.toString('utf8', nameEnd, end)]);
    at = end;
  }
  return parameters;
}
