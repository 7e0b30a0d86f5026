import type { LinkContent } from '../campaign/link-content.ts';
import type { LinkRefusal } from '../campaign/link-token.ts';
import type { ClientDescriber } from '../enrich/client.ts';
import type { Consent } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { Draft, Hit } from '../model/hit.ts';
import type { Tally } from '../observe/tally.ts';
import type { IdentityLock, VisitorReader } from '../visitor/identity.ts';
import type { Parking } from './parking.ts';
import type { EdgeSite } from './site.ts';
import type { WithdrawalBook } from './withdrawal-book.ts';

/** What the connection says of the client, believed only as far as the trusted proxies allow. */
export interface ConnectionFacts {
  readonly ip: string | null;
  readonly protocol: 'http' | 'https';
  readonly country?: string;
  readonly region?: string;
}

/** Follows what becomes of campaign parameters before the first page view. */
export interface PageViewWatch {
  /** A page view has come; the decision says what its visit has lost, where it may be kept with the event. */
  sawPageView(context: Context): Decision | undefined;
}

/** What resolving needs from outside. */
export interface ResolveTools {
  readonly losses: PageViewWatch;
  /** A new random id: 22 base64url characters. */
  readonly newId: () => string;
  readonly lock: IdentityLock;
  readonly readVisitor: VisitorReader;
  readonly describeClient: ClientDescriber;
  readonly parking: Parking;
  readonly withdrawals: WithdrawalBook;
  readonly tally: Tally;
}

/** What came over a link with a draft: its content, or why it does not count. */
export interface Handover {
  readonly token: string;
  readonly content: LinkContent | null;
  readonly refused: LinkRefusal | 'link_other_site' | null;
}

/** One draft on its way to becoming an event. */
export interface Context {
  readonly hit: Hit;
  readonly draft: Draft;
  readonly consent: Consent;
  readonly site: EdgeSite;
  readonly connection: ConnectionFacts;
  /** The capture protocol's name, or `gateway`. */
  readonly protocol: string;
  /** What a link from another of the site's domains brought along. */
  readonly handover?: Handover;
}
