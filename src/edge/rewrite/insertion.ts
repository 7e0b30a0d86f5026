import type { AttributeValue } from './attributes.ts';
import { referenceAt } from './character-references.ts';

/** Bytes to put into a tag, or after it; nothing is ever taken out. */
export interface Insertion {
  /** Where, in the bytes that the tag was read from. */
  readonly at: number;
  readonly bytes: Buffer;
}

/** Adds parameters to the query of the address in an attribute. */
export function insertIntoAddress(
  tag: Buffer,
  value: AttributeValue,
  parameters: readonly (readonly [name: string, value: string])[],
): Insertion {
  const written = tag.toString('latin1', value.from, value.to);
  const { end, hasQuery, isOpen } = readAddress(written);
  const pairs = parameters.map(([name, text]) => `${encode(name)}=${encode(text)}`).join('&');
  const separator = isOpen ? '' : hasQuery ? '&' : '?';
  return insertIntoValue(tag, value, { at: end, text: separator + pairs });
}

/** Puts text into an attribute's value so that it means just this text there, whatever the value's quotes are. */
export function insertIntoValue(
  tag: Buffer,
  value: AttributeValue,
  { at, text }: { readonly at: number; readonly text: string },
): Insertion {
  const before = tag.toString('latin1', value.from, value.from + at);
  return { at: value.from + at, bytes: Buffer.from(bridge(before, text) + escapeValue(text), 'latin1') };
}

/** Hidden fields for a form that is sent with GET: its own fields replace the whole query of its address. */
export function insertFields(
  at: number,
  parameters: readonly (readonly [name: string, value: string])[],
): Insertion {
  const fields = parameters.map(
    ([name, value]) => `<input type="hidden" name="${escapeValue(name)}" value="${escapeValue(value)}">`,
  );
  return { at, bytes: Buffer.from(fields.join(''), 'latin1') };
}

/** The place in a value as written that stands for a place in the text it means. */
export function writtenPlaceOf(written: string, place: number): number {
  let at = 0;
  for (let meant = 0; meant < place && at < written.length; ) {
    const reference = written[at] === '&' ? referenceAt(written, at) : null;
    // In UTF-16 units, as the text is counted.
    meant += reference === null ? 1 : reference.text.length;
    at += reference === null ? 1 : reference.length;
  }
  return at;
}

interface Address {
  /** Before the fragment, and before the spaces that a browser takes off the end. */
  readonly end: number;
  readonly hasQuery: boolean;
  /** It ends with `?` or `&`, so that a parameter may follow at once. */
  readonly isOpen: boolean;
}

function readAddress(written: string): Address {
  let hasQuery = false;
  let last = '';
  let end = 0;
  for (let at = 0; at < written.length; ) {
    const reference = written[at] === '&' ? referenceAt(written, at) : null;
    const text = reference?.text ?? written.charAt(at);
    if (text === '#') break;
    at += reference?.length ?? 1;
    if (text === '?') hasQuery = true;
    if (text <= ' ') continue;
    last = text;
    end = at;
  }
  return { end, hasQuery, isOpen: last === '?' || (last === '&' && hasQuery) };
}

/** What has to come between a value's end and new text, so that the two are not read as one character reference. */
function bridge(before: string, text: string): string {
  if (!/^[\dA-Za-z]/.test(text)) return '';
  // The `&` at the end stays one, and is now written in full.
  if (before.endsWith('&')) return 'amp;';
  // A reference without semicolon gets its semicolon.
  return /&#?[\dA-Za-z]+$/.test(before) ? ';' : '';
}

/** RFC 3986's unreserved characters stay; `'` is encoded too, because some frameworks write values between them. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", '%27');
}

/** Text as HTML, the same between any quotes and without, and in any encoding of the page. */
function escapeValue(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\w\-.~%=?/:@!$*+,;()|[\]]/gu, (character) =>
      character === '&' ? '&amp;' : `&#${character.codePointAt(0)};`,
    );
}
