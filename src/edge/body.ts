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
export async function readBody(
  req: IncomingMessage,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array | Refusal> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) return tooLarge(maxBytes);
  if (declared === 0 && req.headers['transfer-encoding'] === undefined) return empty;
  const raw = await collect(req, maxBytes, timeoutMs);
  return raw instanceof Uint8Array ? decompress(raw, req.headers['content-encoding'], maxBytes) : raw;
}

function collect(req: IncomingMessage, maxBytes: number, timeoutMs: number): Promise<Uint8Array | Refusal> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish(tooSlow), timeoutMs);
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) finish(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const finish = (result: Uint8Array | Refusal): void => {
      clearTimeout(timer);
      req.off('data', take);
      resolve(result);
    };
    req.on('data', take);
    req.on('end', () =>
      finish(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    req.on('error', () => finish(clientLeft));
    req.on('close', () => finish(clientLeft));
  });
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
