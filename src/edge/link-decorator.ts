import type { IncomingMessage } from 'node:http';
import { toHit } from './collect.ts';
import { withPlace } from './connection.ts';
import type { ResolveTools } from './context.ts';
import type { HeaderMap } from './headers.ts';
import { issueLink } from './link-issue.ts';
import type { Navigation } from './page-view.ts';
import type { LinkDecorator } from './rewrite/decorator.ts';

/** What decorating needs from outside. */
export interface DecoratorTools extends Pick<ResolveTools, 'readVisitor'> {
  readonly nowMs: () => number;
}

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
  tools: DecoratorTools,
): LinkDecorator | null {
  const { site, hostname } = navigation;
  const { linker } = site;
  const targets = linker?.targetsOf(hostname);
  if (linker === null || targets === undefined || targets.size === 0) return null;
  const { protocol } = navigation.connection;
  let token: string | undefined;
  const issue = (): string => {
    const connection = withPlace(req, navigation.connection, navigation.client);
    const hit = toHit(req, new Uint8Array(0), { hostname, query: '', route: { path: '' } }, tools.nowMs());
    const url = `${protocol}://${hostname}${req.url ?? '/'}`;
    const newCookie = cookieIn(headers, site.cookieName);
    const page = {
      site,
      connection,
      host: hostname,
      url,
      hit,
      ...(newCookie !== undefined && { newCookie }),
    };
    return issueLink(page, linker, tools);
  };
  return ({ url }) => {
    if (!targets.has(url.hostname) || !isSafe(url, protocol)) return null;
    // The site has put one there itself, such as on a page that another gateway has decorated.
    if (url.searchParams.has(linker.parameter)) return null;
    token ??= issue();
    return { parameters: [[linker.parameter, token]] };
  };
}

/** A visitor who came over https is not named in the open. */
function isSafe({ protocol }: URL, from: 'http' | 'https'): boolean {
  return protocol === 'https:' || (protocol === 'http:' && from === 'http');
}

/** The value that the answer sets for a cookie. */
function cookieIn(headers: HeaderMap, name: string): string | undefined {
  const pairs = [headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';', 1)[0] ?? '');
  const pair = pairs.findLast((text) => text.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
