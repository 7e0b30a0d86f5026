import { takeLink, withParameters } from '../campaign/link-address.ts';
import { hasCampaign } from '../campaign/link-campaign.ts';
import type { LinkedVisitor } from '../campaign/link-content.ts';
import { withoutLinks } from '../campaign/link-json.ts';
import type { Page } from '../model/event.ts';
import type { Draft, Hit } from '../model/hit.ts';
import type { Reason } from '../model/reason.ts';
import type { VisitorCookie } from '../visitor/identity.ts';
import type { ConnectionFacts, Context, Handover } from './context.ts';
import type { LinkUser } from './link-uses.ts';
import type { EdgeLinker, LinkSender } from './linker.ts';
import type { EdgeSite } from './site.ts';

/** A draft whose addresses hold no token any more, and what the token said. */
export interface Arrived {
  readonly draft: Draft;
  readonly handover?: Handover;
}

/** Where a draft came in. */
interface Place {
  readonly hit: Hit;
  readonly site: EdgeSite;
  readonly connection: ConnectionFacts;
}

/**
 * Takes the hand-over out of a draft: out of its page's address and referrer, its properties, and the field in which the
 * SDK sends what it took out itself. Costs a search of each text, and nothing where the site has no linker.
 */
export function readHandover(draft: Draft, at: Place): Arrived {
  const { linker } = at.site;
  if (linker === null) return { draft };
  const url = taken(draft.page?.url, linker);
  const referrer = taken(draft.page?.referrer, linker);
  const token = draft.link ?? url?.token;
  const properties = withoutLinks(draft.properties, linker.parameter);
  if (token === undefined && referrer === undefined && properties === draft.properties) return { draft };
  const { link: _taken, ...given } = draft;
  const rest: Draft = { ...given, properties };
  const page: Page = {
    ...draft.page,
    ...(url !== undefined && { url: url.address }),
    ...(referrer !== undefined && { referrer: referrer.address }),
  };
  const clean: Draft = draft.page === undefined ? rest : { ...rest, page };
  // A server was handed nothing: the browser that was has another user agent and address.
  if (token === undefined || draft.sentBy === 'server') return { draft: clean };
  const read = linker.read(token, senderOf(at.hit, at.connection));
  const handover: Handover =
    typeof read === 'string'
      ? { token, content: null, refused: read }
      : { token, content: read, refused: null };
  return { draft: clean, handover };
}

function taken(address: string | undefined, { parameter }: EdgeLinker) {
  return address === undefined ? undefined : (takeLink(address, parameter) ?? undefined);
}

/** The browser behind a hit, as links know it. */
export function senderOf(hit: Pick<Hit, 'headers' | 'receivedAtMs'>, { ip }: ConnectionFacts): LinkSender {
  return {
    nowMs: hit.receivedAtMs,
    userAgent: hit.headers['user-agent'] ?? '',
    language: hit.headers['accept-language'] ?? '',
    ip,
  };
}

/** A draft that came with a hand-over. */
type Arrival = Pick<Context, 'hit' | 'site' | 'connection' | 'draft' | 'protocol'>;

/** What becomes of the visitor that a link names. `visitor`: it is this browser's from now on. */
export interface HandoverVerdict {
  readonly reason: Reason;
  readonly visitor?: LinkedVisitor;
}

/** A visitor this young was made on the way here: by a first request that did not bring the hand-over. */
const youngSec = 60;

/**
 * Judges a hand-over whose visitor may be known. A browser that has had a visitor of its own for longer than a minute keeps
 * it: both have a past, and joining two pasts is not undone. Null: no link names a visitor.
 */
export function judgeHandover(
  handover: Handover | undefined,
  known: VisitorCookie | null,
  at: Arrival,
): HandoverVerdict | null {
  if (handover === undefined || at.site.linker === null) return null;
  if (handover.refused !== null) return { reason: handover.refused };
  const visitor = handover.content?.visitor;
  if (visitor === undefined) return null;
  if (known?.id === visitor.id) return { reason: 'visitor_linked' };
  const isOld = known !== null && at.hit.receivedAtMs / 1000 - known.firstSeenSec > youngSec;
  if (isOld) return { reason: 'link_kept_own' };
  const { ip, language, userAgent } = senderOf(at.hit, at.connection);
  const user: LinkUser = { ...loadOf(at), browser: `${ip}|${language}|${userAgent}` };
  const mayUse = at.site.linker.mayUse(handover.token, at.hit.host, user);
  return mayUse ? { reason: 'visitor_linked', visitor } : { reason: 'link_used' };
}

/**
 * Keeps a hand-over whose visitor may not be known yet for the page load that brought it: a copy of the link that somebody
 * else opens in the meantime names nobody.
 */
export function reserveHandover(handover: Handover | undefined, at: Arrival): void {
  if (handover?.content?.visitor === undefined) return;
  at.site.linker?.mayUse(handover.token, at.hit.host, loadOf(at));
}

function loadOf({ hit, draft, protocol }: Arrival): LinkUser {
  const id = draft.page?.loadId;
  return { nowMs: hit.receivedAtMs, ...(id !== undefined && { load: { protocol, id } }) };
}

/**
 * The address and referrer from which the touch is read. A campaign that came over the link counts where the address has
 * none; the page that the link stands on is the site's own and no source, so it is left out then.
 */
export function evidenceOf(
  { page }: Draft,
  handover: Handover | undefined,
  { site }: Pick<Place, 'site'>,
): Pick<Page, 'url' | 'referrer'> {
  const carried = handover?.content?.parameters ?? [];
  const { url, referrer } = page ?? {};
  const { parameters } = site.touchContext;
  if (url !== undefined && carried.length > 0 && !hasCampaign(url, parameters))
    return { url: withParameters(url, carried) };
  return { ...(url !== undefined && { url }), ...(referrer !== undefined && { referrer }) };
}
