/**
 * Where a tag's end is, by the states of the HTML Standard's tokenizer between a tag's name and its `>` (section 13.2.5,
 * 2026-11-24). It ends at the first `>` outside a quoted value, and what begins such a value is harder to say than it
 * looks: in `<p ="a>b">` nothing is quoted, because a name may begin with `=`.
 */
export const tagState = {
  tagName: 0,
  beforeName: 1,
  name: 2,
  afterName: 3,
  beforeValue: 4,
  doubleQuoted: 5,
  singleQuoted: 6,
  unquoted: 7,
  afterQuoted: 8,
  slash: 9,
  end: 10,
  selfClosed: 11,
} as const;

/** A tag that is being read: where in its syntax the reader is. */
export interface TagReader {
  tagState: number;
}

/** Reads on in a tag; returns the place after its `>`, or the length of `bytes` where it goes on after them. */
export function skipTag(bytes: Uint8Array, from: number, reader: TagReader): number {
  let state = reader.tagState;
  let at = from;
  while (at < bytes.length && state < tagState.end) {
    state = tagTable[(state << 8) | (bytes[at] ?? 0)] ?? 0;
    at += 1;
  }
  reader.tagState = state;
  return at;
}

/** Tab, newlines, form feed, space. A carriage return is a newline to HTML. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d || byte === 0x0c;
}

/** True for what ends a tag's name: a space, `/` or `>`. */
export function endsName(byte: number): boolean {
  return isSpace(byte) || byte === 0x2f || byte === 0x3e;
}

type Rule = (byte: string) => number;

const slashOrEnd: Rule = (byte) => {
  if (byte === '/') return tagState.slash;
  return byte === '>' ? tagState.end : tagState.name;
};

/** One rule for each state, in the order of the states; spaces where a rule does not say otherwise. */
const rules: readonly (readonly [afterSpace: number, rule: Rule])[] = [
  [tagState.beforeName, (byte) => (slashOrEnd(byte) === tagState.name ? tagState.tagName : slashOrEnd(byte))],
  [tagState.beforeName, slashOrEnd],
  [tagState.afterName, (byte) => (byte === '=' ? tagState.beforeValue : slashOrEnd(byte))],
  [tagState.afterName, (byte) => (byte === '=' ? tagState.beforeValue : slashOrEnd(byte))],
  [
    tagState.beforeValue,
    (byte) => {
      if (byte === '"') return tagState.doubleQuoted;
      if (byte === "'") return tagState.singleQuoted;
      return byte === '>' ? tagState.end : tagState.unquoted;
    },
  ],
  [tagState.doubleQuoted, (byte) => (byte === '"' ? tagState.afterQuoted : tagState.doubleQuoted)],
  [tagState.singleQuoted, (byte) => (byte === "'" ? tagState.afterQuoted : tagState.singleQuoted)],
  [tagState.beforeName, (byte) => (byte === '>' ? tagState.end : tagState.unquoted)],
  [tagState.beforeName, slashOrEnd],
  [tagState.beforeName, (byte) => (byte === '>' ? tagState.selfClosed : slashOrEnd(byte))],
];

function buildTable(): Uint8Array {
  const table = new Uint8Array(rules.length << 8);
  for (const [state, [afterSpace, rule]] of rules.entries()) {
    for (let byte = 0; byte < 256; byte += 1) {
      table[(state << 8) | byte] = isSpace(byte) ? afterSpace : rule(String.fromCharCode(byte));
    }
  }
  return table;
}

/** The next state by `(state << 8) | byte`, for the states before `end`. */
export const tagTable: Uint8Array = buildTable();
