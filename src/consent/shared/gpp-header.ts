import { Bits, isBase64Url } from './bits.ts';

/** One section of a GPP string. */
export interface GppSection {
  /** As IAB Tech Lab numbers them: 2 is the EU's TC string, 6 the US privacy string, from 7 on the US. */
  readonly id: number;
  readonly text: string;
}

/** An honest string holds a TC string and a few US sections. */
const maxCharacters = 12_288;
const maxSections = 32;
/** Far above any number that is given out (27 on 2026-11-23). */
const maxSectionId = 1_000;

/**
 * The sections of a GPP string, by its header (IAB Tech Lab, "Global Privacy Platform", read 2026-11-23). Null: it is no
 * GPP string of version 1, or header and sections do not agree. The library builds every number that a header's ranges
 * claim before it looks at the sections; here they are counted first.
 */
export function readGppSections(text: string): readonly GppSection[] | null {
  if (text.length > maxCharacters) return null;
  const [header = '', ...texts] = text.split('~', maxSections + 2);
  if (!isBase64Url(header, 0, header.length)) return null;
  const ids = readSectionIds(new Bits(header, 0, header.length));
  if (ids === null || ids.length !== texts.length || texts.includes('')) return null;
  return ids.map((id, index) => ({ id, text: texts[index] ?? '' }));
}

function readSectionIds(bits: Bits): readonly number[] | null {
  const isHeader = bits.take(6) === 3 && bits.take(6) === 1;
  const ranges = bits.take(12);
  if (!isHeader || ranges > maxSections) return null;
  const ids: number[] = [];
  let last = 0;
  for (let left = ranges; left > 0; left--) {
    const isRange = bits.flag();
    const first = last + takeFibonacci(bits);
    last = isRange ? first + takeFibonacci(bits) : first;
    if (bits.isOver || last > maxSectionId || last - first >= maxSections) return null;
    for (let id = first; id <= last; id++) ids.push(id);
  }
  return bits.isOver || ids.length > maxSections ? null : ids;
}

/** A number in Fibonacci coding: a bit for each Fibonacci number from 1, 2, 3 on, ended by two set bits in a row. */
function takeFibonacci(bits: Bits): number {
  let [number, current, next] = [0, 1, 2];
  let wasSet = false;
  while (!bits.isOver && number <= maxSectionId) {
    const isSet = bits.flag();
    if (isSet && wasSet) return number;
    if (isSet) number += current;
    wasSet = isSet;
    [current, next] = [next, current + next];
  }
  return Number.POSITIVE_INFINITY;
}
