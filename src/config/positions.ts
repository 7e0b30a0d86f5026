import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Scalar } from 'yaml';

/** A place in a file, both from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Keys and indexes from the root of the document. */
export type Path = readonly PropertyKey[];

/** Where the values of one YAML file stand. A path that is not there gives the nearest ancestor's place. */
export interface Positions {
  readonly file: string;
  /** The place of the value at a path. */
  value(path: Path): Place;
  /** The place of the key that names the value; for a list's entry, of the entry. */
  key(path: Path): Place;
  /** The place of one character of a text value, counted in the text as read; best effort in folded blocks. */
  inside(path: Path, offset: number): Place;
  /** True where the value came from the environment or a file, and must be shown as `***`. */
  isHidden(path: Path): boolean;
}

/** What `readPositions` needs of one parsed file. */
export interface ParsedYaml {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

interface Found {
  readonly keyOffset: number;
  readonly valueOffset: number;
  readonly node: unknown;
}

/** The place of a character offset of a file. */
export function placeOf(source: Pick<ParsedYaml, 'file' | 'lines'>, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) };
}

/** Makes the look-up over a parsed file; `hidden` holds the scalars that came from outside the file. */
export function readPositions(source: ParsedYaml, hidden: ReadonlySet<unknown>): Positions {
  const find = (path: Path) => findNode(source.document, path);
  return {
    file: source.file,
    value: (path) => placeOf(source, find(path).valueOffset),
    key: (path) => placeOf(source, find(path).keyOffset),
    inside(path, offset) {
      const { node, valueOffset } = find(path);
      if (!isScalar(node)) return placeOf(source, valueOffset);
      return placeOf(source, offsetInside(source.text, node, offset));
    },
    isHidden: (path) => hidden.has(find(path).node),
  };
}

function findNode(document: Document.Parsed, path: Path): Found {
  const root: unknown = document.contents;
  let found: Found = { keyOffset: startOf(root) ?? 0, valueOffset: startOf(root) ?? 0, node: root };
  for (const key of path) {
    const next = childOf(document, found, key);
    if (next === undefined) return { ...found, node: undefined };
    found = next;
  }
  return found;
}

function childOf(document: Document.Parsed, parent: Found, key: PropertyKey): Found | undefined {
  const node = isAlias(parent.node) ? parent.node.resolve(document) : parent.node;
  if (isSeq(node) && typeof key === 'number') {
    const item: unknown = node.items[key];
    const offset = startOf(item);
    return offset === undefined ? undefined : { keyOffset: offset, valueOffset: offset, node: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  const keyOffset = startOf(pair?.key);
  if (pair === undefined || keyOffset === undefined) return undefined;
  return { keyOffset, valueOffset: startOf(pair.value) ?? keyOffset, node: pair.value };
}

function startOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  return node.range?.[0];
}

/**
 * Aligns the text as read with the file, skipping white space on both sides: quotes, folded lines and block
 * indentation differ from the value in white space and escapes only.
 */
function offsetInside(text: string, node: Scalar, offset: number): number {
  const start = node.range?.[0] ?? 0;
  const end = node.range?.[1] ?? start;
  const value = String(node.value);
  let at = contentStart(text, node, start);
  let last = at;
  for (let index = 0; index < value.length && index <= offset; index++) {
    const character = value[index];
    if (character === undefined || /\s/.test(character)) continue;
    const next = text.indexOf(character, at);
    if (next < 0 || next >= end) return last;
    last = index === offset ? next : next + 1;
    at = next + 1;
  }
  return last;
}

function contentStart(text: string, node: Scalar, start: number): number {
  if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') return start + 1;
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') return text.indexOf('\n', start) + 1;
  return start;
}
