import { endsName } from './tag-table.ts';

/** Whether a text stands at a place: at its end, not at all, or `short`: the bytes end before it is decided. */
export type Match = number | 'no' | 'short';

/** The place after a tag's name, where `<` or `</` and exactly this name stand. The name is in lower case. */
export function matchTag(bytes: Buffer, at: number, start: '<' | '</', name: string): Match {
  const from = matchText(bytes, at, start);
  const end = typeof from === 'number' ? matchText(bytes, from, name) : from;
  if (typeof end !== 'number') return end;
  const next = bytes[end];
  if (next === undefined) return 'short';
  return endsName(next) ? end : 'no';
}

/** The place after a text; its letters are lower case and match in any case. */
export function matchText(bytes: Buffer, at: number, text: string): Match {
  for (let place = 0; place < text.length; place += 1) {
    const byte = bytes[at + place];
    if (byte === undefined) return 'short';
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(place)) return 'no';
  }
  return at + text.length;
}

/**
 * How a script's text may end. In `<!--` it is escaped, and a `<script` in there escapes it once more: then an end tag
 * only takes that back (HTML Standard, sections 13.2.5.15 to 13.2.5.31, 2026-11-24).
 */
export interface ScriptReader {
  escape: 'none' | 'once' | 'twice';
  /** How many `-` stand directly before the place, at most two: `-->` ends both escapes. */
  dashes: number;
}

/** Where reading stopped: before the end tag's name ends, at the end of the bytes, or where more of them are needed. */
export type ScriptStop =
  | { readonly kind: 'end'; readonly at: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'short'; readonly at: number };

/** Reads a script's text up to its end tag. */
export function readScript(bytes: Buffer, from: number, reader: ScriptReader): ScriptStop {
  let at = from;
  while (at < bytes.length) {
    if (reader.escape === 'none') at = indexOfLess(bytes, at);
    else at = escapedToLess(bytes, at, reader);
    if (at >= bytes.length) break;
    if (bytes[at] !== 0x3c) continue;
    const next = afterLess(bytes, at, reader);
    if (next === 'short') return { kind: 'short', at };
    if (typeof next !== 'number') return next;
    at = next;
  }
  return { kind: 'all' };
}

function indexOfLess(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(0x3c, from);
  return at < 0 ? bytes.length : at;
}

/** Goes on to the next `<`, or to after the `-->` that ends the escape. */
function escapedToLess(bytes: Buffer, from: number, reader: ScriptReader): number {
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x3c) return at;
    if (byte === 0x3e && reader.dashes === 2) {
      reader.escape = 'none';
      reader.dashes = 0;
      return at + 1;
    }
    reader.dashes = byte === 0x2d ? Math.min(2, reader.dashes + 1) : 0;
  }
  return bytes.length;
}

/** What a `<` in a script is: the place to go on from, or its end. */
function afterLess(bytes: Buffer, at: number, reader: ScriptReader): number | 'short' | ScriptStop {
  const end = matchTag(bytes, at, '</', 'script');
  if (end === 'short') return 'short';
  if (end !== 'no') {
    if (reader.escape !== 'twice') return { kind: 'end', at: end };
    reader.escape = 'once';
    reader.dashes = 0;
    return end + 1;
  }
  if (reader.escape === 'twice') return afterText(at, reader);
  const isPlain = reader.escape === 'none';
  const opened = isPlain ? matchText(bytes, at, '<!--') : matchTag(bytes, at, '<', 'script');
  if (opened === 'short') return 'short';
  if (opened === 'no') return afterText(at, reader);
  reader.escape = isPlain ? 'once' : 'twice';
  // `<!-->` ends what it begins.
  reader.dashes = isPlain ? 2 : 0;
  return isPlain ? opened : opened + 1;
}

function afterText(at: number, reader: ScriptReader): number {
  reader.dashes = 0;
  return at + 1;
}
