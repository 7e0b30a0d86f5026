/** The six bits of each base64url character by its code; -1: not of the alphabet (RFC 4648 section 5). */
const sextets = new Int8Array(128).fill(-1);
for (const [value, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
].entries()) {
  sextets[letter.charCodeAt(0)] = value;
}

/** Whether a part of a text is base64url without padding, and not empty. */
export function isBase64Url(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((sextets[text.charCodeAt(at)] ?? -1) < 0) return false;
  return from < to;
}

/** Reads the bits of a base64url text in order, without decoding it first. The text must be base64url. */
export class Bits {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  #at = 0;
  #isOver = false;

  constructor(text: string, from: number, to: number) {
    this.#text = text;
    this.#start = from;
    this.#end = (to - from) * 6;
  }

  /** True once something was read beyond the end; whatever was read since then is 0. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next bits as a number, most significant first; at most 48 bits. */
  take(width: number): number {
    if (!this.skip(width)) return 0;
    let value = 0;
    let at = this.#at - width;
    for (let left = width; left > 0; ) {
      const offset = at % 6;
      const taken = Math.min(6 - offset, left);
      const sextet = sextets[this.#text.charCodeAt(this.#start + (at - offset) / 6)] ?? 0;
      const bits = (sextet >> (6 - offset - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + bits;
      at += taken;
      left -= taken;
    }
    return value;
  }

  /** Whether the next bit is set. */
  flag(): boolean {
    return this.take(1) === 1;
  }

  /** The bit so many places ahead, which stays to be read; beyond the end it is not set. */
  isSetAhead(distance: number): boolean {
    const at = this.#at + distance;
    if (at >= this.#end) return false;
    const sextet = sextets[this.#text.charCodeAt(this.#start + Math.floor(at / 6))] ?? 0;
    return ((sextet >> (5 - (at % 6))) & 1) === 1;
  }

  /** Passes over bits; false: there are not so many. */
  skip(width: number): boolean {
    if (this.#at + width > this.#end) this.#isOver = true;
    if (this.#isOver) return false;
    this.#at += width;
    return true;
  }
}
