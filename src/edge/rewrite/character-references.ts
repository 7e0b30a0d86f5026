/**
 * Character references in an attribute's value (HTML Standard, section 13.2.5.73, 2026-11-24), as far as the structure of
 * an address goes: numbers, and the names of ASCII characters. Other names stay as they are written: they can be part of
 * a path or a value, but never a separator.
 */

/** One reference: the character, how long it is as written, and whether a semicolon ends it. */
export interface CharacterReference {
  readonly text: string;
  readonly length: number;
  readonly isClosed: boolean;
}

/** The text that a value stands for. */
export function decodeReferences(value: string): string {
  let at = value.indexOf('&');
  if (at < 0) return value;
  let text = '';
  let from = 0;
  while (at >= 0) {
    const reference = referenceAt(value, at);
    if (reference !== null) {
      text += value.slice(from, at) + reference.text;
      from = at + reference.length;
    }
    at = value.indexOf('&', reference === null ? at + 1 : from);
  }
  return text + value.slice(from);
}

const pattern = /&(?:#(\d+)(;?)|#[xX]([\da-fA-F]+)(;?)|([A-Za-z]{2,16})(;?))/y;

/** The reference that begins at this `&`; null: the `&` stands for itself. */
export function referenceAt(value: string, at: number): CharacterReference | null {
  pattern.lastIndex = at;
  const match = pattern.exec(value);
  if (match === null) return null;
  const [written, decimal, decimalEnd, hex, hexEnd, name = '', nameEnd] = match;
  const length = written.length;
  if (decimal !== undefined) {
    return { text: characterOf(Number(decimal)), length, isClosed: decimalEnd === ';' };
  }
  if (hex !== undefined) {
    return { text: characterOf(Number.parseInt(hex, 16)), length, isClosed: hexEnd === ';' };
  }
  if (nameEnd === ';') {
    const text = named.get(name);
    return text === undefined ? null : { text, length, isClosed: true };
  }
  // Without a semicolon only the oldest names count, and in attributes not before `=`, as in `?a=1&lt=2`.
  const text = /^(?:amp|AMP|lt|LT|gt|GT|quot|QUOT)$/.test(name) ? named.get(name) : undefined;
  if (text === undefined || /[=\dA-Za-z]/.test(value.charAt(at + length))) return null;
  return { text, length, isClosed: false };
}

function characterOf(point: number): string {
  const isCharacter = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return isCharacter ? String.fromCodePoint(point) : '\ufffd';
}

/** Each name with its character at the end. */
const named: ReadonlyMap<string, string> = new Map(
  [
    'Tab\t',
    'NewLine\n',
    ...(
      'amp& AMP& lt< LT< gt> GT> quot" QUOT" apos\' num# quest? sol/ colon: equals= period. commat@ percnt% plus+ ' +
      'excl! dollar$ lpar( rpar) ast* midast* comma, semi; lowbar_ UnderBar_ bsol\\ lsqb[ lbrack[ rsqb] rbrack] ' +
      'lcub{ lbrace{ rcub} rbrace} verbar| vert| VerticalLine| Hat^ grave`'
    ).split(' '),
  ].map((entry) => [entry.slice(0, -1), entry.slice(-1)] as const),
);
