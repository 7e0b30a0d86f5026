import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearDuplicates } from '../../src/report/near-duplicates.ts';

function groupsOf(...values: readonly string[]): readonly (readonly string[])[] {
  const counts = new Map(values.map((value, index) => [value, values.length - index]));
  return nearDuplicates(counts).map((spellings) => spellings.map(([value]) => value));
}

describe('nearDuplicates', () => {
  it.each([
    ['letter case', ['google', 'Google', 'bing'], [['google', 'Google']]],
    [
      'separators',
      ['spring_sale', 'spring-sale', 'spring sale', 'springsale'],
      [['spring_sale', 'spring-sale', 'spring sale', 'springsale']],
    ],
    ['a missing letter', ['newsletter', 'newsleter'], [['newsletter', 'newsleter']]],
    ['another letter', ['facebook', 'facebock'], [['facebook', 'facebock']]],
    [
      'one letter in one word of several',
      ['summer-sale-shoes', 'sumer-sale-shoes'],
      [['summer-sale-shoes', 'sumer-sale-shoes']],
    ],
    ['a chain of them', ['newsletter', 'newsleter', 'Newsleter'], [['newsletter', 'newsleter', 'Newsleter']]],
  ])('finds %s', (_what, values, groups) => {
    expect(groupsOf(...values)).toEqual(groups);
  });

  it.each([
    ['numbers', ['spring_2025', 'spring_2026', 'week41', 'week42', 'week4']],
    ['variants of a letter', ['summer-a', 'summer-b', 'summer']],
    ['short words', ['cpc', 'cpm', 'ppc', 'bing', 'ring']],
    ['two letters', ['facebook', 'fcebok']],
    ['another word', ['spring-sale', 'spring-deal', 'springsalex-y']],
    ['nothing but separators', ['-', '_', ' ']],
  ])('leaves apart %s', (_what, values) => {
    expect(groupsOf(...values)).toEqual([]);
  });

  it('names the most frequent spelling first', () => {
    const counts = new Map([
      ['Google', 3],
      ['google', 40],
    ]);
    expect(nearDuplicates(counts)).toEqual([
      [
        ['google', 40],
        ['Google', 3],
      ],
    ]);
  });

  it('gives every value to one group at most, whatever the values are', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[ab_-]{0,8}$/));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const grouped = nearDuplicates(new Map(values.map((text) => [text, 1]))).flat();
        expect(new Set(grouped.map(([text]) => text)).size).toBe(grouped.length);
      }),
    );
  });
});
