import { elementKind } from './elements.ts';
import { matchTag, readScript } from './raw-text.ts';
import { createScan, goOn, type Mode, type Scan, type TagHandler, wait } from './scan.ts';
import { tagState } from './tag-table.ts';
import { openTag, readTag } from './tags.ts';

/** Passes a page on piece by piece, with insertions. What is not inserted is the page's own bytes, every one in order. */
export interface Scanner {
  /**
   * What can go out now: all but a tag of interest that is not whole yet, and at most 70 bytes that may begin one. Never
   * throws: what goes wrong is reported, and everything from there on passes as it is.
   */
  push(chunk: Buffer): Buffer;
  /** What was kept back: a tag that the page does not end. Nothing may be pushed after it. */
  end(): Buffer;
}

/** A tag that is longer is passed as it is, and so is a page whose base is. */
const maxTagBytes = 64 * 1024;

/**
 * Finds the tags of interest in HTML by the rules of the HTML Standard's tokenizer (2026-11-24), on bytes: all of its
 * structure is ASCII, which no encoding that browsers take shares with other characters, but for UTF-16 and ISO 2022.
 */
export function createScanner(onTag: TagHandler, onFailure: (error: unknown) => void): Scanner {
  const scan = createScan(onTag);
  return {
    push(chunk) {
      const { waiting } = scan;
      try {
        begin(scan, chunk);
        while (scan.at < scan.bytes.length) steps[scan.mode](scan);
        return finish(scan);
      } catch (error) {
        drop(scan);
        scan.mode = 'rest';
        onFailure(error);
        return Buffer.concat([...waiting, chunk]);
      }
    },
    end: () => Buffer.concat(scan.waiting),
  };
}

const steps: Readonly<Record<Mode, (scan: Scan) => void>> = {
  text: readText,
  tag: readTag,
  comment: readComment,
  declaration: readDeclaration,
  cdata: readCdata,
  rawText: readRawText,
  script: readScriptText,
  rest: (scan) => goOn(scan, scan.bytes.length, 'rest'),
};

function begin(scan: Scan, chunk: Buffer): void {
  // A tag that waits is read on where it stopped, so that one in very many pieces is not copied for each of them.
  const isReadAgain = scan.mode !== 'tag' && scan.waiting.length > 0;
  scan.bytes = isReadAgain ? Buffer.concat([...scan.waiting, chunk]) : chunk;
  if (isReadAgain) drop(scan);
  scan.at = 0;
  scan.passed = 0;
  scan.waitFrom = -1;
  scan.out = [];
}

function finish(scan: Scan): Buffer {
  const { bytes, passed, waitFrom, out } = scan;
  const end = waitFrom < 0 ? bytes.length : waitFrom;
  if (end > passed) out.push(bytes.subarray(passed, end));
  if (waitFrom >= 0) {
    scan.waiting.push(bytes.subarray(waitFrom));
    scan.waitingBytes += bytes.length - waitFrom;
    if (scan.waitingBytes > maxTagBytes) giveUpTag(scan);
  }
  const [first] = out;
  return out.length === 1 && first !== undefined ? first : Buffer.concat(out);
}

function drop(scan: Scan): void {
  scan.waiting = [];
  scan.waitingBytes = 0;
}

function giveUpTag(scan: Scan): void {
  scan.out.push(...scan.waiting);
  drop(scan);
  scan.tag.isKept = false;
  if (scan.tag.kind === elementKind.base) scan.mode = 'rest';
}

function readText(scan: Scan): void {
  const { bytes } = scan;
  const from = bytes.indexOf(0x3c, scan.at);
  if (from < 0) {
    scan.at = bytes.length;
    return;
  }
  const next = bytes[from + 1];
  if (next === undefined) return void wait(scan, from);
  if (isLetter(next)) return void openTag(scan, from, from + 1);
  if (next === 0x2f) return void openEndTag(scan, from);
  if (next === 0x21) return void openDeclaration(scan, from);
  if (next === 0x3f) return void goOn(scan, from + 2, 'declaration');
  scan.at = from + 1;
}

function openEndTag(scan: Scan, from: number): void {
  const next = scan.bytes[from + 2];
  if (next === undefined) return void wait(scan, from);
  if (isLetter(next)) return void openTag(scan, from, from + 2);
  // `</>` is nothing; any other is a comment up to `>`.
  goOn(scan, from + 2, 'declaration');
}

/** `<!`: a comment, a CDATA section in foreign content, or something that ends at the first `>`, as doctypes do. */
function openDeclaration(scan: Scan, from: number): void {
  const { bytes, foreign } = scan;
  const comment = startsWith(bytes, from + 2, '--');
  if (comment === 'short') return void wait(scan, from);
  if (comment === 'yes') return void openComment(scan, from);
  const cdata = foreign.allowsCdata() ? startsWith(bytes, from + 2, '[CDATA[') : 'no';
  if (cdata === 'short') return void wait(scan, from);
  if (cdata === 'yes') return void goOn(scan, from + 9, 'cdata');
  goOn(scan, from + 2, 'declaration');
}

/** `<!-->` and `<!--->` are whole comments. */
function openComment(scan: Scan, from: number): void {
  const empty = startsWith(scan.bytes, from + 4, '>');
  const emptyToo = startsWith(scan.bytes, from + 4, '->');
  if (empty === 'short' || emptyToo === 'short') return void wait(scan, from);
  if (empty === 'yes') return void goOn(scan, from + 5, 'text');
  if (emptyToo === 'yes') return void goOn(scan, from + 6, 'text');
  goOn(scan, from + 4, 'comment');
}

const twoDashes = Buffer.from('--');

/** A comment ends with `-->` or `--!>`. */
function readComment(scan: Scan): void {
  const { bytes } = scan;
  const from = bytes.indexOf(twoDashes, scan.at);
  if (from < 0) {
    if (bytes[bytes.length - 1] === 0x2d) wait(scan, bytes.length - 1);
    else scan.at = bytes.length;
    return;
  }
  let at = from + 2;
  while (bytes[at] === 0x2d) at += 1;
  if (at === bytes.length) return void wait(scan, at - 2);
  if (bytes[at] === 0x3e) return void goOn(scan, at + 1, 'text');
  if (bytes[at] === 0x21) {
    if (at + 1 === bytes.length) return void wait(scan, at - 2);
    if (bytes[at + 1] === 0x3e) return void goOn(scan, at + 2, 'text');
    at += 1;
  }
  scan.at = at;
}

function readDeclaration(scan: Scan): void {
  const end = scan.bytes.indexOf(0x3e, scan.at);
  if (end < 0) scan.at = scan.bytes.length;
  else goOn(scan, end + 1, 'text');
}

const cdataEnd = Buffer.from(']]>');

function readCdata(scan: Scan): void {
  const { bytes } = scan;
  const end = bytes.indexOf(cdataEnd, scan.at);
  if (end >= 0) return void goOn(scan, end + 3, 'text');
  let from = bytes.length;
  while (from > scan.at && from > bytes.length - 2 && bytes[from - 1] === 0x5d) from -= 1;
  if (from < bytes.length) wait(scan, from);
  else scan.at = bytes.length;
}

function readRawText(scan: Scan): void {
  const { bytes } = scan;
  const from = bytes.indexOf(0x3c, scan.at);
  if (from < 0) {
    scan.at = bytes.length;
    return;
  }
  const end = matchTag(bytes, from, '</', scan.rawName);
  if (end === 'short') wait(scan, from);
  else if (end === 'no') scan.at = from + 1;
  else closeText(scan, end);
}

function readScriptText(scan: Scan): void {
  const stop = readScript(scan.bytes, scan.at, scan.script);
  if (stop.kind === 'all') scan.at = scan.bytes.length;
  else if (stop.kind === 'short') wait(scan, stop.at);
  else closeText(scan, stop.at);
}

/** Reads on in the end tag of an element that holds text alone, which was never open anywhere else. */
function closeText(scan: Scan, nameTo: number): void {
  const { tag } = scan;
  tag.kind = elementKind.plain;
  tag.isEnd = true;
  tag.isKept = false;
  tag.name = '';
  tag.tagState = tagState.tagName;
  goOn(scan, nameTo, 'tag');
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Case counts. `short`: the bytes end before it is decided. */
function startsWith(bytes: Buffer, at: number, text: string): 'yes' | 'no' | 'short' {
  for (let place = 0; place < text.length; place += 1) {
    const byte = bytes[at + place];
    if (byte === undefined) return 'short';
    if (byte !== text.charCodeAt(place)) return 'no';
  }
  return 'yes';
}
