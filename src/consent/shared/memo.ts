/** What was read of one text before. */
export type Reader<T> = (text: string) => T;

/** Strings beyond this are read anew each time: remembering them would let a sender fill the memory. */
const maxCharacters = 4_096;

/**
 * Reads each text once and remembers what was read: a visitor brings the same consent string with every hit. What was
 * not asked for lately is forgotten, so that there are at most `2 * entries`. The reader must be pure.
 */
export function remembered<T>(read: Reader<T>, entries: number): Reader<T> {
  let recent = new Map<string, T>();
  let older = new Map<string, T>();
  const keep = (text: string, value: T): T => {
    if (recent.size >= entries) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, value);
    return value;
  };
  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const before = older.get(text);
    if (before !== undefined) return keep(text, before);
    const value = read(text);
    return text.length > maxCharacters ? value : keep(ownCopy(text), value);
  };
}

/**
 * A text that shares no memory with another. V8 keeps a part of a header as a view of the whole, so that remembering it
 * would keep the visitor's other cookies in memory with it (300 strings kept 4.7 MB of headers, measured 2026-11-24). Two
 * texts put together and taken apart again leave a view of those two only; a way through a Buffer takes twice the time.
 */
function ownCopy(text: string): string {
  return ` ${text}`.slice(1);
}
