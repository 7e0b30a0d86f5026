import type { IncomingMessage } from 'node:http';
import { takeLink } from '../campaign/link-address.ts';
import type { Draft } from '../model/hit.ts';
import type { CollectTools } from './collect.ts';
import { withPlace } from './connection.ts';
import { addCookies } from './cookies.ts';
import type { HeaderMap } from './headers.ts';
import { cookieByLink } from './identify.ts';
import { readHandover } from './link-arrival.ts';
import type { Navigation } from './page-view.ts';
import { consentOf, hitOf } from './request-hit.ts';
import type { EdgeSite } from './site.ts';

/**
 * Takes the token out of a request before the upstream sees it, from its target and its Referer, which subresources of the
 * landing page send before any script could clean the address. Undefined: the target has none.
 */
export function takeFromRequest(req: IncomingMessage, { linker }: EdgeSite): string | undefined {
  if (linker === null) return undefined;
  const { referer } = req.headers;
  const cleanReferer = referer === undefined ? null : takeLink(referer, linker.parameter);
  if (cleanReferer !== null) req.headers.referer = cleanReferer.address;
  const target = takeLink(req.url ?? '/', linker.parameter);
  if (target === null) return undefined;
  req.url = target.address;
  return target.token;
}

/**
 * Gives a navigation's browser the visitor that its link names, with the answer, so that whatever the page sends goes by
 * that visitor from its first hit on. The page never fails because of it.
 */
export function keepLinkedVisitor(
  req: IncomingMessage,
  navigation: Navigation,
  headers: HeaderMap,
  tools: CollectTools,
): void {
  try {
    const cookie = linkedCookie(req, navigation, tools);
    if (cookie !== undefined) addCookies(headers, [cookie]);
  } catch (error) {
    const facts = { site: navigation.site.name, error: String(error) };
    tools.logger.error(facts, 'a hand-over failed; the page was served');
  }
}

function linkedCookie(
  req: IncomingMessage,
  { site, hostname, client, link, ...navigation }: Navigation,
  tools: CollectTools,
): string | undefined {
  if (link === undefined) return undefined;
  const connection = withPlace(req, navigation.connection, client);
  const hit = hitOf(req, hostname, tools.nowMs());
  const given: Draft = { name: 'page_view', sentBy: 'gateway', link, properties: {} };
  const { draft, handover } = readHandover(given, { hit, site, connection });
  if (handover === undefined) return undefined;
  const consent = consentOf({ hit, site, connection }, draft);
  return cookieByLink({ hit, draft, consent, site, connection, protocol: 'gateway', handover }, tools);
}
