import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignSoup, places, soup, wellFormed } from './fragments.ts';
import { expectedTags, startTags } from './oracle.ts';
import { rewrite, split, withoutInsertions } from './pages.ts';

const runs = { numRuns: Number(process.env['HTML_RUNS'] ?? 2_000) };

describe('rewriting any page', () => {
  it('decorates exactly the links and forms that an HTML parser sees, and changes no other tag', () => {
    fc.assert(
      fc.property(soup, (page) => {
        expect(startTags(rewrite([page]))).toEqual(expectedTags(page));
      }),
      runs,
    );
  });

  it('does so in SVG and MathML', () => {
    fc.assert(
      fc.property(wellFormed, (page) => {
        expect(startTags(rewrite([page]))).toEqual(expectedTags(page));
      }),
      runs,
    );
  });

  it('only ever inserts', () => {
    fc.assert(
      fc.property(foreignSoup, (page) => {
        expect(withoutInsertions(page, rewrite([page]))).toBe(page);
      }),
      runs,
    );
  });

  it('gives the same output wherever the page is split', () => {
    fc.assert(
      fc.property(foreignSoup, places, (page, at) => {
        expect(rewrite(split(page, at))).toBe(rewrite([page]));
        expect(rewrite([...page])).toBe(rewrite([page]));
      }),
      runs,
    );
  });
});
