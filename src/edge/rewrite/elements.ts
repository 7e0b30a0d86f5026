/** What an HTML start tag means to the scanner. */
export const elementKind = {
  plain: 0,
  link: 1,
  area: 2,
  form: 3,
  meta: 4,
  base: 5,
  /** Its content is text up to its own end tag. */
  rawText: 6,
  script: 7,
  /** Everything after it is text. */
  plaintext: 8,
  /** svg and math. */
  foreignRoot: 9,
} as const;

/** One of the kinds. */
export type ElementKind = (typeof elementKind)[keyof typeof elementKind];

const kinds: ReadonlyMap<string, ElementKind> = new Map<string, ElementKind>([
  ['a', elementKind.link],
  ['area', elementKind.area],
  ['form', elementKind.form],
  ['meta', elementKind.meta],
  ['base', elementKind.base],
  // noscript as a browser with scripting reads it (HTML Standard, section 13.2.6.4.7, 2026-11-24).
  ...['title', 'textarea', 'style', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript'].map(
    (name) => [name, elementKind.rawText] as const,
  ),
  ['script', elementKind.script],
  ['plaintext', elementKind.plaintext],
  ['svg', elementKind.foreignRoot],
  ['math', elementKind.foreignRoot],
]);

/** The longest name that has a kind. */
export const maxKindChars = 9;

/** Which first letters and lengths occur, so that most names need no look at the rest of them. */
const candidates = buildCandidates();

/** The kind of an element by its name in lower case. */
export function kindOfName(name: string): ElementKind {
  return kinds.get(name) ?? elementKind.plain;
}

/** The kind of the element whose name stands there, in any case. `from` is a letter's place. */
export function kindOfTag(bytes: Buffer, from: number, to: number): ElementKind {
  const length = to - from;
  if (length > maxKindChars) return elementKind.plain;
  if (candidates[candidateOf(bytes[from] ?? 0, length)] !== 1) return elementKind.plain;
  return length === 1 ? elementKind.link : kindOfName(bytes.toString('latin1', from, to).toLowerCase());
}

function candidateOf(letter: number, length: number): number {
  return ((letter & 0x1f) << 4) | length;
}

function buildCandidates(): Uint8Array {
  const table = new Uint8Array(32 << 4);
  for (const name of kinds.keys()) table[candidateOf(name.charCodeAt(0), name.length)] = 1;
  return table;
}
