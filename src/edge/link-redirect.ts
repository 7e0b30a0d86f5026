import type { IncomingMessage } from 'node:http';
import { maxAddressChars } from '../campaign/redirect.ts';
import type { Logger } from '../observe/logger.ts';
import type { HeaderMap } from './headers.ts';
import { isSafeLink, issueForPage, type LinkTools } from './link-issue.ts';
import type { Navigation } from './page-view.ts';

/**
 * The hand-over for a redirect from one of the site's domains to another, as a pair of a query: a link within the domain
 * whose page turns out to be elsewhere. Undefined: the redirect leads to nowhere that needs one, the visitor is not to be
 * named, or came with a hand-over, which is kept as it is. Whether the address may be changed is for whoever adds it.
 */
export function pairForRedirect(
  req: IncomingMessage,
  navigation: Navigation,
  answer: { readonly status: number; readonly headers: HeaderMap },
  tools: LinkTools & { readonly logger: Logger },
): string | undefined {
  const { site, link } = navigation;
  const { location } = answer.headers;
  if (site.linker === null || link !== undefined || typeof location !== 'string') return undefined;
  if (answer.status < 300 || !leadsAway(req, navigation, location)) return undefined;
  try {
    const { linker } = site;
    const { token, isNamed } = issueForPage(req, { ...navigation, linker }, answer.headers, tools);
    const pair = `${linker.parameter}=${token}`;
    // An address that grows too long would lose its campaign with the hand-over.
    const isTooLong = location.length + (req.url ?? '').length + pair.length >= maxAddressChars;
    return isNamed && !isTooLong ? pair : undefined;
  } catch (error) {
    tools.logger.error(
      { site: site.name, error: String(error) },
      'a redirect got no hand-over; it was passed',
    );
    return undefined;
  }
}

/** Both, or the one that is there. */
export function joinPairs(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || other === undefined ? (one ?? other) : `${one}&${other}`;
}

/** To a domain of the site that does not get this one's cookies. */
function leadsAway(
  req: IncomingMessage,
  { site, hostname, connection: { protocol } }: Navigation,
  location: string,
): boolean {
  const target = URL.parse(location, `${protocol}://${req.headers.host ?? hostname}${req.url ?? '/'}`);
  if (target === null || target.hostname === hostname || !isSafeLink(target, protocol)) return false;
  return site.linker?.targetsOf(hostname).has(target.hostname) === true;
}
