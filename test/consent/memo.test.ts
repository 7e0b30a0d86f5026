import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remembered } from '../../src/consent/shared/memo.ts';

function counting(entries: number) {
  const reads: string[] = [];
  const read = remembered((text) => {
    reads.push(text);
    return { text };
  }, entries);
  return { read, reads };
}

describe('what was read of a string', () => {
  it('is remembered, and the same for the same string', () => {
    const { read, reads } = counting(2);
    expect(read('a')).toBe(read('a'));
    expect(reads).toEqual(['a']);
  });

  it('is forgotten once twice as many others were asked for since', () => {
    const { read, reads } = counting(2);
    for (const text of ['a', 'b', 'c', 'd', 'e', 'a']) read(text);
    expect(reads).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });

  it('stays as long as it is asked for', () => {
    const { read, reads } = counting(2);
    for (const text of ['a', 'b', 'c', 'a', 'd', 'a', 'e', 'a', 'f', 'a']) read(text);
    expect(reads.filter((text) => text === 'a')).toEqual(['a']);
  });

  it('is remembered of long strings too, of a few of them', () => {
    const { read, reads } = counting(500);
    const long = (letter: number) => String.fromCharCode(letter).repeat(4_097);
    for (const letter of [65, 66, 65, 66]) read(long(letter));
    expect(reads).toHaveLength(2);
    for (let letter = 100; letter < 132; letter++) read(long(letter));
    read(long(65));
    expect(reads).toHaveLength(2 + 32 + 1);
  });

  it('is that of the string and no other, whatever the strings', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 40 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 4 }), (given, entries) => {
        const { read } = counting(entries);
        expect(given.map((text) => read(text).text)).toEqual(given);
      }),
    );
  });
});
