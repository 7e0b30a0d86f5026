import type { IncomingMessage } from 'node:http';
import type { HeaderMap } from './headers.ts';
import { isSafeLink, issueForPage, type LinkTools } from './link-issue.ts';
import type { Navigation } from './page-view.ts';
import type { LinkDecorator } from './rewrite/decorator.ts';

/**
 * The decorator of one page's links; null: the page has nobody to hand over to, so that it need not be rewritten. It is
 * asked for once the answer's own headers are complete, because a visitor whom this very answer makes travels as well.
 *
 * Each page gets a token of its own, made for the first link that needs one. A page with decorated links belongs to one
 * visitor: whoever rewrites it keeps it out of shared caches.
 */
export function linkDecoratorFor(
  req: IncomingMessage,
  navigation: Navigation,
  headers: HeaderMap,
  tools: LinkTools,
): LinkDecorator | null {
  const { site, hostname } = navigation;
  const { linker } = site;
  const targets = linker?.targetsOf(hostname);
  if (linker === null || targets === undefined || targets.size === 0) return null;
  const { protocol } = navigation.connection;
  let token: string | undefined;
  return ({ url }) => {
    if (!targets.has(url.hostname) || !isSafeLink(url, protocol)) return null;
    // The site has put one there itself, such as on a page that another gateway has decorated.
    if (url.searchParams.has(linker.parameter)) return null;
    token ??= issueForPage(req, { ...navigation, linker }, headers, tools).token;
    return { parameters: [[linker.parameter, token]] };
  };
}
