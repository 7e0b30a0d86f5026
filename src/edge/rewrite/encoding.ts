import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createGunzip,
  createGzip,
  createZstdCompress,
  createZstdDecompress,
} from 'node:zlib';

/** How one content encoding is undone and done again; in both directions what is there goes out at once. */
export interface Coding {
  readonly decode: () => Transform;
  readonly encode: () => Transform;
}

/**
 * The content encodings that can be rewritten. Levels as servers use them for pages that are made anew for each request:
 * docs/decisions/0013 has the figures.
 */
const codings: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  [
    'gzip',
    {
      decode: () => createGunzip({ chunkSize }),
      encode: () => createGzip({ level: 5, flush: constants.Z_SYNC_FLUSH }),
    },
  ],
  [
    'br',
    {
      decode: () => createBrotliDecompress({ chunkSize }),
      encode: () =>
        createBrotliCompress({
          flush: constants.BROTLI_OPERATION_FLUSH,
          params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
        }),
    },
  ],
  [
    'zstd',
    {
      decode: () => createZstdDecompress({ chunkSize }),
      encode: () => createZstdCompress({ flush: constants.ZSTD_e_flush }),
    },
  ],
]);

/** What is decoded at once: each such piece is flushed, which costs a few bytes. */
const chunkSize = 64 * 1024;

/** How to rewrite a body with this Content-Encoding: not at all (null), as it is (`identity`), or through a coding. */
export function codingOf(contentEncoding: string | string[] | undefined): Coding | 'identity' | null {
  const name = String(contentEncoding ?? '')
    .trim()
    .toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  return codings.get(name === 'x-gzip' ? 'gzip' : name) ?? null;
}

/** What the browser accepts, without what cannot be rewritten, such as dictionaries that only the browser has. */
export function readableEncodings(accepted: string | string[] | undefined): string {
  const kept = String(accepted ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => codings.has((entry.split(';', 1)[0] ?? '').trim().toLowerCase()));
  return kept.length === 0 ? 'identity' : kept.join(', ');
}
