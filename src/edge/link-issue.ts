import type { IncomingMessage } from 'node:http';
import { campaignToLink } from '../campaign/link-campaign.ts';
import type { LinkContent, LinkedVisitor } from '../campaign/link-content.ts';
import { isGranted } from '../model/consent.ts';
import type { Hit } from '../model/hit.ts';
import { withPlace } from './connection.ts';
import type { ConnectionFacts, ResolveTools } from './context.ts';
import type { HeaderMap } from './headers.ts';
import { senderOf } from './link-arrival.ts';
import type { EdgeLinker } from './linker.ts';
import type { Navigation } from './page-view.ts';
import { consentOf, hitOf } from './request-hit.ts';
import type { EdgeSite } from './site.ts';

/** What writing tokens needs from outside. */
export interface LinkTools extends Pick<ResolveTools, 'readVisitor'> {
  readonly nowMs: () => number;
}

/** A token, and whether it names a visitor or only carries the campaign. */
export interface IssuedLink {
  readonly token: string;
  readonly isNamed: boolean;
}

/** The page on which links are to hand over. */
export interface LinkingPage {
  readonly site: EdgeSite;
  readonly connection: ConnectionFacts;
  /** The page's own host. */
  readonly host: string;
  /** The page's address, or the one its visit landed on; its campaign travels. */
  readonly url: string;
  /** The request that asks for the page or the token. */
  readonly hit: Hit;
  /** The visitor cookie that the answer sets, where it sets one. */
  readonly newCookie?: string;
}

/**
 * Writes the token of one page. Without analytics_storage it names nobody, and the cookie is not even read; without
 * ad_storage it carries no click id. Campaign labels say nothing of a person and always travel.
 */
export function issueLink(
  { site, connection, host, url, hit, newCookie }: LinkingPage,
  linker: EdgeLinker,
  { readVisitor }: Pick<ResolveTools, 'readVisitor'>,
): IssuedLink {
  const consent = consentOf({ hit, site, connection });
  const known = isGranted(consent, 'analytics_storage')
    ? readVisitor(newCookie ?? hit.cookies[site.cookieName])
    : null;
  const visitor: LinkedVisitor | undefined =
    known === null ? undefined : { id: known.id, firstSeenSec: known.firstSeenSec };
  const use = isGranted(consent, 'ad_storage') ? 'labels_and_click_ids' : 'labels';
  const content: Omit<LinkContent, 'issuedAtMs'> = {
    host,
    ...(visitor !== undefined && { visitor }),
    parameters: campaignToLink(url, site.touchContext.parameters, use),
  };
  return { token: linker.write(content, senderOf(hit, connection)), isNamed: visitor !== undefined };
}

/** Writes the token of a proxied page, or of a redirect in its place. A visitor whom its own answer makes counts. */
export function issueForPage(
  req: IncomingMessage,
  navigation: Navigation & { readonly linker: EdgeLinker },
  headers: HeaderMap,
  tools: LinkTools,
): IssuedLink {
  const { site, hostname: host, linker } = navigation;
  const connection = withPlace(req, navigation.connection, navigation.client);
  const hit = hitOf(req, host, tools.nowMs());
  const url = `${connection.protocol}://${host}${req.url ?? '/'}`;
  const newCookie = cookieIn(headers, site.cookieName);
  const page = { site, connection, host, url, hit, ...(newCookie !== undefined && { newCookie }) };
  return issueLink(page, linker, tools);
}

/** A visitor who came over https is not named in the open. */
export function isSafeLink({ protocol }: URL, from: 'http' | 'https'): boolean {
  return protocol === 'https:' || (protocol === 'http:' && from === 'http');
}

/** The value that the answer sets for a cookie. */
function cookieIn(headers: HeaderMap, name: string): string | undefined {
  const pairs = [headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';', 1)[0] ?? '');
  const pair = pairs.findLast((text) => text.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
