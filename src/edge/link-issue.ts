import { campaignToLink } from '../campaign/link-campaign.ts';
import type { LinkContent, LinkedVisitor } from '../campaign/link-content.ts';
import { readStatements, resolveConsent } from '../consent/resolve.ts';
import { isGranted } from '../model/consent.ts';
import type { Hit } from '../model/hit.ts';
import type { ConnectionFacts, ResolveTools } from './context.ts';
import { senderOf } from './link-arrival.ts';
import type { EdgeLinker } from './linker.ts';
import type { EdgeSite } from './site.ts';

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
): string {
  const statements = readStatements(site.consentPolicy.sources, hit, {});
  const consent = resolveConsent(statements, connection, site.consentPolicy);
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
  return linker.write(content, senderOf(hit, connection));
}
