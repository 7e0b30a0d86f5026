import type { ServerResponse } from 'node:http';
import { pipeline, Transform } from 'node:stream';
import type { BodySink } from '../upstream.ts';
import type { Coding } from './encoding.ts';
import type { Scanner } from './scanner.ts';

/** Takes a body that is not encoded. */
export function plainSink(res: ServerResponse, rewriter: Scanner): BodySink {
  return {
    write(chunk) {
      const out = rewriter.push(chunk);
      return out.length === 0 || res.write(out);
    },
    once: (event, listener) => res.once(event, listener),
    end: () => res.end(rewriter.end()),
  };
}

/** Takes an encoded body: decodes, rewrites and encodes it again, piece by piece, off this thread. */
export function codedSink(
  res: ServerResponse,
  rewriter: Scanner,
  { decode, encode }: Coding,
  onUndecodable: () => void,
): BodySink {
  const decoder = decode();
  let isEmpty = true;
  // What cannot be decoded cuts the connection, as it would have failed in the browser; so does either side that leaves.
  const open = (): void =>
    void pipeline(decoder, through(rewriter), encode(), res, () => {
      if (decoder.errored !== null && !isClosing(decoder.errored)) onUndecodable();
    });
  return {
    write(chunk) {
      if (isEmpty) open();
      isEmpty = false;
      return decoder.write(chunk);
    },
    once: (event, listener) => decoder.once(event, listener),
    // An empty body is none of the encodings' and accepted by every browser.
    end: () => (isEmpty ? res.end() : decoder.end()),
  };
}

function through(rewriter: Scanner): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, rewriter.push(chunk));
    },
    flush(done) {
      done(null, rewriter.end());
    },
  });
}

/** The browser or the upstream has left in the middle. */
function isClosing(error: Error): boolean {
  return 'code' in error && (error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ABORT_ERR');
}
