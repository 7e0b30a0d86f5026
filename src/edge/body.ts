import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Refusal } from '../model/refusal.ts';

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

const empty = new Uint8Array(0);
const tooSlow: Refusal = { refused: 'refused_malformed', message: 'the body took too long' };
const clientLeft: Refusal = { refused: 'refused_malformed', message: 'the client left' };

/**
 * Reads a hit's body whole, bounded before and after decompression. Encodings: what Content-Encoding says, or gzip by its
 * magic bytes where an SDK does not say so. Nothing is decoded twice.
 */
export function readBody(
  req: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array | Refusal> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) return Promise.resolve(tooLarge(maxBytes));
  if (declared === 0 && req.headers['transfer-encoding'] === undefined) return Promise.resolve(empty);
  return new Promise((resolve) => {
    collect(req, { maxBytes, timeoutMs }, (raw) => {
      const encoding = req.headers['content-encoding'];
      if (!(raw instanceof Uint8Array) || isPlain(raw, encoding)) resolve(raw);
      else resolve(decompress(raw, encoding, maxBytes));
    });
  });
}

/** Told once, with the first of: the whole body, too many bytes, too much time, the client's leaving. */
function collect(
  req: IncomingMessage,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
  done: (result: Uint8Array | Refusal) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let isOpen = true;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > maxBytes) finish(tooLarge(maxBytes));
    else chunks.push(chunk);
  };
  const finish = (result: Uint8Array | Refusal): void => {
    if (!isOpen) return;
    isOpen = false;
    underWay.delete(reading);
    req.off('data', take);
    done(result);
  };
  const reading = watch({ untilMs: performance.now() + timeoutMs, giveUp: () => finish(tooSlow) });
  req.on('data', take);
  req.on('end', () =>
    finish(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
  );
  req.on('error', () => finish(clientLeft));
  req.on('close', () => finish(clientLeft));
}

/** A body on its way. */
interface Reading {
  readonly untilMs: number;
  giveUp(): void;
}

/** One timer for all of them: most bodies are here at once, and a timer for each would cost more than reading it. */
const underWay = new Set<Reading>();
const sweepMs = 500;
let sweeper: NodeJS.Timeout | null = null;

function watch(reading: Reading): Reading {
  underWay.add(reading);
  sweeper ??= setInterval(sweep, sweepMs).unref();
  return reading;
}

function sweep(): void {
  const nowMs = performance.now();
  for (const reading of underWay) if (reading.untilMs <= nowMs) reading.giveUp();
  if (underWay.size > 0 || sweeper === null) return;
  clearInterval(sweeper);
  sweeper = null;
}

/** Nothing says or shows that the body is encoded. */
function isPlain(raw: Uint8Array, encoding: string | undefined): boolean {
  return encoding === undefined && raw[0] !== 0x1f;
}

async function decompress(
  raw: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array | Refusal> {
  const named = encoding?.trim().toLowerCase() || 'identity';
  // Only where nothing is said: a brotli stream may begin with gzip's magic bytes.
  const isGzip = named === 'identity' && raw[0] === 0x1f && raw[1] === 0x8b;
  const name = isGzip ? 'gzip' : named;
  if (name === 'identity') return raw;
  if (!isDecoder(name))
    return {
      refused: 'refused_encoding',
      message: `Content-Encoding ${named.slice(0, 40)} is not supported`,
    };
  try {
    return await decoders[name](raw, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(maxBytes);
    return { refused: 'refused_encoding', message: `the body is not valid ${name}` };
  }
}

function isDecoder(name: string): name is keyof typeof decoders {
  return Object.hasOwn(decoders, name);
}

function tooLarge(maxBytes: number): Refusal {
  return { refused: 'refused_too_large', message: `the body is larger than ${maxBytes} bytes` };
}
