import type { LinkDecorator } from '../../../src/edge/rewrite/decorator.ts';
import { createPageRewriter } from '../../../src/edge/rewrite/page.ts';

/** Where the pages of these tests were asked for. */
export const pageUrl = 'https://shop.example/de/page?a=1';

/** Gives everything that leads away a parameter that no page has. */
export const decorateAll: LinkDecorator = () => ({ parameters: [['tlx', 'Z-1']] });

/** Rewrites a page that comes in these pieces; Latin-1, so that a character is a byte. */
export function rewrite(pieces: readonly string[], decorate: LinkDecorator | null = decorateAll): string {
  const rewriter = createPageRewriter({
    url: pageUrl,
    decorate,
    repairRefresh: null,
    onFailure: (error) => {
      throw error;
    },
  });
  const out = pieces.map((piece) => rewriter.push(Buffer.from(piece, 'latin1')).toString('latin1'));
  return out.join('') + rewriter.end().toString('latin1');
}

/** The pieces of a text between these places. */
export function split(text: string, places: readonly number[]): readonly string[] {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => text.slice(from, sorted[index]));
}

const field = /<input type="hidden" name="tlx" value="Z-1">/y;
const parameter = /(?:&amp;|\?|amp;|;)?tlx=Z-1/y;

/** The output without what was inserted. Where a character is not the page's own, an insertion has to begin. */
export function withoutInsertions(page: string, output: string): string {
  let kept = '';
  for (let at = 0; at < output.length; ) {
    field.lastIndex = at;
    parameter.lastIndex = at;
    if (field.test(output)) at = field.lastIndex;
    else if (output[at] === page[kept.length]) kept += output[at++];
    else if (parameter.test(output)) at = parameter.lastIndex;
    else return `${kept}[here comes something else]`;
  }
  return kept;
}
