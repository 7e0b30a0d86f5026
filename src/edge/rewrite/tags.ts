import { readAttributes } from './attributes.ts';
import { type ElementKind, elementKind, kindOfName, kindOfTag, maxKindChars } from './elements.ts';
import { goOn, type Scan, type Tag, wait } from './scan.ts';
import { endsName, skipTag, tagState } from './tag-table.ts';

/** Reads a tag from its `<`, whose name begins at `nameFrom` with a letter. */
export function openTag(scan: Scan, from: number, nameFrom: number): void {
  const { bytes, tag, foreign } = scan;
  const isEnd = nameFrom === from + 2;
  const isForeign = foreign.isOpen();
  let nameTo = nameFrom;
  if (isForeign || !isEnd) {
    const maxChars = isForeign ? maxForeignChars : maxKindChars;
    nameTo = endOfName(bytes, nameFrom, maxChars);
    if (nameTo === bytes.length && nameTo - nameFrom <= maxChars) return void wait(scan, from);
  }
  tag.from = from;
  tag.isEnd = isEnd;
  tag.nameChars = nameTo - nameFrom;
  tag.tagState = tagState.tagName;
  if (isForeign) nameForeign(scan, nameFrom, nameTo);
  else nameHtml(scan, nameFrom, nameTo);
  goOn(scan, nameTo, 'tag');
  readTag(scan);
}

/** Reads on to a tag's end. */
export function readTag(scan: Scan): void {
  scan.at = skipTag(scan.bytes, scan.at, scan.tag);
  if (scan.tag.tagState >= tagState.end) finishTag(scan);
  else if (scan.tag.isKept) scan.waitFrom = scan.waiting.length > 0 ? 0 : scan.tag.from;
}

/** Longer than any name in SVG and MathML. */
const maxForeignChars = 64;

function endOfName(bytes: Buffer, from: number, maxChars: number): number {
  const limit = Math.min(bytes.length, from + maxChars + 1);
  let at = from;
  while (at < limit && !endsName(bytes[at] ?? 0)) at += 1;
  return at;
}

function nameHtml({ bytes, tag }: Scan, from: number, to: number): void {
  tag.kind = tag.isEnd ? elementKind.plain : kindOfTag(bytes, from, to);
  tag.isKept = isOfInterest(tag.kind);
  tag.name = tag.kind >= elementKind.rawText ? nameAt(bytes, from, to) : '';
}

function nameForeign({ bytes, tag, foreign }: Scan, from: number, to: number): void {
  tag.name = nameAt(bytes, from, to);
  tag.kind = kindOfName(tag.name);
  tag.isKept = !tag.isEnd && (isOfInterest(tag.kind) || tellsByAttributes.has(tag.name));
  // Neither language has such a name.
  if (to - from > maxForeignChars) foreign.forget();
}

/** Elements of which an attribute decides whether HTML begins. */
const tellsByAttributes: ReadonlySet<string> = new Set(['font', 'annotation-xml']);

function nameAt(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to).toLowerCase();
}

function isOfInterest(kind: ElementKind): boolean {
  return kind !== elementKind.plain && kind <= elementKind.base;
}

function finishTag(scan: Scan): void {
  const { tag, foreign } = scan;
  scan.mode = 'text';
  if (tag.isEnd) {
    if (foreign.isOpen()) foreign.end(tag.name);
    return;
  }
  if (!tag.isKept) return void enter(scan, kindHere(scan, null));
  const whole = wholeTag(scan);
  const kind = kindHere(scan, whole);
  const insertion = isOfInterest(kind) ? scan.onTag({ ...whole, kind }) : null;
  pass(scan, whole, insertion === 'stop' ? null : insertion);
  if (insertion === 'stop') scan.mode = 'rest';
  else enter(scan, kind);
}

/** What the tag means where it stands. `whole` is null where none of its attributes matters. */
function kindHere({ tag, foreign }: Scan, whole: Tag | null): ElementKind {
  if (!foreign.isOpen() && tag.kind !== elementKind.foreignRoot) return tag.kind;
  const namespace = foreign.start({
    name: tag.name,
    isSelfClosing: tag.tagState === tagState.selfClosed,
    hasFontAttribute: whole !== null && tag.name === 'font' && hasFontAttribute(whole),
    hasHtmlEncoding: whole !== null && tag.name === 'annotation-xml' && hasHtmlEncoding(whole),
  });
  if (namespace === 'html') return tag.kind;
  return namespace === 'svg' && tag.name === 'a' ? elementKind.link : elementKind.plain;
}

function hasFontAttribute({ bytes, nameTo, to }: Tag): boolean {
  const values = readAttributes(bytes, { from: nameTo, to }, ['color', 'face', 'size']);
  return values.some((value) => value !== undefined);
}

function hasHtmlEncoding({ bytes, nameTo, to }: Tag): boolean {
  const [encoding] = readAttributes(bytes, { from: nameTo, to }, ['encoding']);
  if (encoding === undefined) return false;
  const text = bytes.toString('latin1', encoding.from, encoding.to).toLowerCase();
  return text === 'text/html' || text === 'application/xhtml+xml';
}

function wholeTag({ bytes, at, tag, waiting }: Scan): Tag {
  const isSplit = waiting.length > 0;
  const all = isSplit ? Buffer.concat([...waiting, bytes.subarray(0, at)]) : bytes;
  const from = isSplit ? 0 : tag.from;
  const { kind, nameChars } = tag;
  return { kind, bytes: all, from, nameTo: from + 1 + nameChars, to: isSplit ? all.length : at };
}

/** Puts what a tag gets into it. A tag that came in pieces goes out as a whole. */
function pass(scan: Scan, { bytes, to }: Tag, insertion: ReturnType<Scan['onTag']>): void {
  const isSplit = scan.waiting.length > 0;
  const start = isSplit ? 0 : scan.passed;
  let passed = start;
  if (insertion !== null && insertion !== 'stop') {
    scan.out.push(bytes.subarray(start, insertion.at), insertion.bytes);
    passed = insertion.at;
  }
  if (!isSplit) {
    scan.passed = passed;
    return;
  }
  scan.out.push(bytes.subarray(passed, to));
  scan.passed = scan.at;
  scan.waiting = [];
  scan.waitingBytes = 0;
}

function enter(scan: Scan, kind: ElementKind): void {
  const { tag, script } = scan;
  if (kind === elementKind.rawText) scan.mode = 'rawText';
  else if (kind === elementKind.script) scan.mode = 'script';
  else if (kind === elementKind.plaintext) scan.mode = 'rest';
  scan.rawName = tag.name;
  script.escape = 'none';
  script.dashes = 0;
}
