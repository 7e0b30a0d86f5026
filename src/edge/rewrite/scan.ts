import { type ElementKind, elementKind } from './elements.ts';
import { createForeignContent, type ForeignContent } from './foreign.ts';
import type { Insertion } from './insertion.ts';
import type { ScriptReader } from './raw-text.ts';
import { type TagReader, tagState } from './tag-table.ts';

/** A whole start tag of interest: `from` is the place of its `<`, `nameTo` of its name's end, `to` is after its `>`. */
export interface Tag {
  readonly kind: ElementKind;
  readonly bytes: Buffer;
  readonly from: number;
  readonly nameTo: number;
  readonly to: number;
}

/** Decides what a tag gets. `stop`: the rest of the page passes as it is. Whatever it throws goes to whoever pushes. */
export type TagHandler = (tag: Tag) => Insertion | 'stop' | null;

/** What the scanner is in the middle of. */
export type Mode = 'text' | 'tag' | 'comment' | 'declaration' | 'cdata' | 'rawText' | 'script' | 'rest';

/** Where a scanner stands in a page. */
export interface Scan {
  readonly onTag: TagHandler;
  readonly foreign: ForeignContent;
  mode: Mode;
  /** The bytes at hand, the place that is read next, and the place before which everything is in `out`. */
  bytes: Buffer;
  at: number;
  passed: number;
  out: Buffer[];
  /** From here on the bytes at hand wait for those that follow; -1: none do. */
  waitFrom: number;
  /** What waits from earlier chunks, in order. */
  waiting: Buffer[];
  waitingBytes: number;
  readonly tag: OpenTag;
  readonly script: ScriptReader;
  /** The element whose text is read, in lower case. */
  rawName: string;
}

/** The tag that is being read. */
export interface OpenTag extends TagReader {
  /** The place of its `<`; 0 where that came with an earlier chunk. */
  from: number;
  /** Lower case; empty where nobody asks. */
  name: string;
  nameChars: number;
  kind: ElementKind;
  isEnd: boolean;
  /** It is kept back until it is whole. */
  isKept: boolean;
}

/** A scan at the beginning of a page. */
export function createScan(onTag: TagHandler): Scan {
  return {
    onTag,
    foreign: createForeignContent(),
    mode: 'text',
    bytes: Buffer.alloc(0),
    at: 0,
    passed: 0,
    out: [],
    waitFrom: -1,
    waiting: [],
    waitingBytes: 0,
    tag: {
      tagState: tagState.tagName,
      from: 0,
      name: '',
      nameChars: 0,
      kind: elementKind.plain,
      isEnd: false,
      isKept: false,
    },
    script: { escape: 'none', dashes: 0 },
    rawName: '',
  };
}

/** What begins at `from` is decided once more bytes are there. */
export function wait(scan: Scan, from: number): void {
  scan.waitFrom = from;
  scan.at = scan.bytes.length;
}

/** Goes on at `at` in a mode. */
export function goOn(scan: Scan, at: number, mode: Mode): void {
  scan.at = at;
  scan.mode = mode;
}
