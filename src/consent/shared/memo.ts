/** What was read of one text before. */
export type Reader<T> = (text: string) => T;

/** Most honest strings are shorter; of those that are not, few are kept: more would let a sender fill the memory. */
const usualCharacters = 4_096;
const longEntries = 16;

/**
 * Reads each text once and remembers what was read: a visitor brings the same consent string with every hit, and every
 * event of a batch has it too. What was not asked for lately is forgotten, so that there are at most `2 * entries`, and of
 * long texts a few. The reader must be pure.
 */
export function remembered<T>(read: Reader<T>, entries: number): Reader<T> {
  const usual = new Lately<T>(entries);
  const long = new Lately<T>(longEntries);
  return (text) => {
    const kept = text.length > usualCharacters ? long : usual;
    return kept.get(text) ?? kept.keep(ownCopy(text), read(text));
  };
}

/** What was asked for lately: of two generations the older is forgotten whenever the newer is full. */
class Lately<T> {
  readonly #entries: number;
  #recent = new Map<string, T>();
  #older = new Map<string, T>();

  constructor(entries: number) {
    this.#entries = entries;
  }

  get(text: string): T | undefined {
    const known = this.#recent.get(text);
    if (known !== undefined) return known;
    const before = this.#older.get(text);
    return before === undefined ? undefined : this.keep(text, before);
  }

  keep(text: string, value: T): T {
    if (this.#recent.size >= this.#entries) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(text, value);
    return value;
  }
}

/**
 * A text that shares no memory with another. V8 keeps a part of a header as a view of the whole, so that remembering it
 * would keep the visitor's other cookies in memory with it (300 strings kept 4.7 MB of headers, measured 2026-11-24). Two
 * texts put together and taken apart again leave a view of those two only; a way through a Buffer takes twice the time.
 */
function ownCopy(text: string): string {
  return ` ${text}`.slice(1);
}
