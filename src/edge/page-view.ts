import type { IncomingMessage } from 'node:http';
import type { Draft } from '../model/hit.ts';
import { type CollectTools, isPrefetch } from './collect.ts';
import { type Connection, withPlace } from './connection.ts';
import { addCookies } from './cookies.ts';
import type { HeaderMap } from './headers.ts';
import { hitOf } from './request-hit.ts';
import { resolveHit } from './resolve.ts';
import type { ClientLookup, EdgeSite } from './site.ts';
import { writeBehind } from './write-behind.ts';

/** A page that somebody opened through the proxy. */
export interface Navigation {
  readonly site: EdgeSite;
  readonly hostname: string;
  readonly connection: Connection;
  readonly client: ClientLookup;
  /** The token that a link from another of the site's domains put into its address. */
  readonly link?: string;
}

/**
 * A person opening a page, as far as the headers tell; prefetches and subresources are not. Nor is a form that is posted:
 * one from another site comes without the visitor's cookie, which is SameSite=Lax, and would begin a new visitor, and its
 * body, which streams on as it comes, is what a person has typed. What its address carries is kept on the redirect that
 * answers it, and read by the script of the page that it shows.
 */
export function isNavigation(req: IncomingMessage): boolean {
  return req.method === 'GET' && asksForDocument(req);
}

/** A whole page is asked for, to be shown now: by Sec-Fetch-Dest, or by what is accepted where a browser does not send it. */
export function asksForDocument(req: IncomingMessage): boolean {
  if (isPrefetch(req)) return false;
  const destination = req.headers['sec-fetch-dest'];
  if (destination !== undefined) return destination === 'document';
  return (req.headers.accept ?? '').includes('text/html');
}

/**
 * Stores the page view of a navigation once the upstream has answered, and adds the visitor cookie to the answer. The page
 * never waits for it and never fails because of it. False: the answer shows no page, so there is nothing to count.
 */
export function countPageView(
  req: IncomingMessage,
  navigation: Navigation,
  answer: { readonly status: number; readonly headers: HeaderMap },
  tools: CollectTools,
): boolean {
  if (!isPage(answer)) return false;
  try {
    addCookies(answer.headers, storePageView(req, navigation, tools));
  } catch (error) {
    tools.logger.error(
      { site: navigation.site.name, error: String(error) },
      'a page view failed; the page was served',
    );
  }
  return true;
}

/** HTML that was shown: sent now, or the browser's own copy, found still good. */
export function isPage({
  status,
  headers,
}: {
  readonly status: number;
  readonly headers: HeaderMap;
}): boolean {
  const type = headers['content-type'];
  if (status === 304) return type === undefined || isHtml(type);
  return status === 200 && type !== undefined && isHtml(type);
}

function isHtml(type: string | string[]): boolean {
  return /^text\/html\b/i.test(String(type));
}

function storePageView(req: IncomingMessage, navigation: Navigation, tools: CollectTools): readonly string[] {
  const { site, hostname, client, link } = navigation;
  const connection = withPlace(req, navigation.connection, client);
  const { referer } = req.headers;
  const draft: Draft = {
    name: 'page_view',
    sentBy: 'gateway',
    page: {
      url: `${connection.protocol}://${req.headers.host ?? hostname}${req.url ?? '/'}`,
      ...(referer !== undefined && { referrer: referer }),
    },
    ...(link !== undefined && { link }),
    properties: {},
  };
  const hit = hitOf(req, hostname, tools.nowMs());
  const { storables, setCookies, choices } = resolveHit(
    [draft],
    { hit, site, connection, protocol: 'gateway' },
    tools,
  );
  writeBehind(choices, tools);
  for (const storable of storables) {
    tools.log.append([storable]).then(
      () => tools.tally.add('capture', 'received', 'gateway'),
      (error: unknown) => {
        tools.tally.add('capture', 'refused_busy', 'gateway');
        tools.logger.error(
          { site: site.name, error: String(error) },
          'a page view was not stored; the page was served',
        );
      },
    );
  }
  return setCookies;
}
