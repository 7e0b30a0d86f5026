import { isGranted } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { Campaign, Client, Commerce, Event, Page, Visitor } from '../model/event.ts';
import type { Touch } from '../model/touch.ts';
import { type ClickIdFinder, cleanAddress, findClickIds, sweepClickIds } from './click-ids.ts';
import { maskContacts, withoutContactIds } from './mask-contacts.ts';
import { hideSensitive, type SensitiveSections } from './sensitive.ts';

/** What a site lets the gateway store. Computed once from the configuration. */
export interface StoragePolicy {
  /** Keep the visitor's address where ad_user_data is granted. Default false. */
  readonly keepIp: boolean;
  /** Lower-case query parameters that stay in stored addresses without analytics_storage. Everything else goes. */
  readonly plainParameters: ReadonlySet<string>;
  /** Lower-case parameters that are click ids; they and their values go wherever ad_storage is not granted. */
  readonly clickIdParameters: ReadonlySet<string>;
  /** The site's sensitive sections; absent: it has none. Only the edge knows: what is stored is redacted already. */
  readonly isSensitive?: SensitiveSections;
  /** Turns ids of events into others where an event goes out reduced; a new one with each start and reload. */
  readonly idKey?: string;
}

/** What the log holds for one event. */
export interface LogRecord {
  readonly event: Event;
  readonly decisions: readonly Decision[];
}

/**
 * An event that may be stored. Only `redact` can make one: it copies the fields that the event's consent allows and
 * nothing else. The edge appends nothing but this.
 */
class StorableRecord {
  readonly #line: string;
  readonly visitorKey: string | null;

  private constructor(line: string, visitorKey: string | null) {
    this.#line = line;
    this.visitorKey = visitorKey;
  }

  /** The record as one line of JSON, as the log keeps it. */
  get line(): string {
    return this.#line;
  }

  static of(event: Event, decisions: readonly Decision[], policy: StoragePolicy): StorableRecord {
    const permitted = keepPermitted(event, policy);
    const kept = isGranted(event.consent, 'ad_user_data') ? maskContacts(permitted) : permitted;
    const removed = removedFields(event, kept);
    const record: LogRecord = {
      event: kept,
      decisions:
        removed.length === 0
          ? decisions
          : [...decisions, { stop: 'redact', reason: 'redacted', facts: { removed } }],
    };
    return new StorableRecord(JSON.stringify(record), kept.visitor?.key ?? null);
  }
}

export type Storable = StorableRecord;

/**
 * The redactor: the only maker of a Storable.
 *
 * analytics_storage not granted: no visitor, session, user or client ids, no user agent, no properties, no order id,
 * addresses without query (but the plain parameters), the referrer's origin only.
 * ad_storage not granted: no click ids, in touches, in addresses or wherever else a tracker or a rule has put them.
 * ad_user_data not granted: no contact data, no IP.
 * Granted or not, what looks like contact data stays only in the fields made for it; elsewhere it is masked.
 * In a sensitive section without an explicit opt-in: no path, no title, no items, whatever the region grants.
 */
export function redact(event: Event, decisions: readonly Decision[], policy: StoragePolicy): Storable {
  return StorableRecord.of(event, decisions, policy);
}

/** Reads back a line that the log holds. Lines are our own, so a malformed one is a bug and throws. */
export function parseLogLine(line: string): LogRecord {
  return JSON.parse(line) as LogRecord;
}

/** The same event, cut down to what a (possibly later, stricter) consent allows. Never adds anything. */
export function keepPermitted(event: Event, policy: StoragePolicy): Event {
  const { consent } = event;
  const hasAnalytics = isGranted(consent, 'analytics_storage');
  const hasUserData = isGranted(consent, 'ad_user_data');
  const use: Use = {
    hasAnalytics,
    hasUserData,
    policy,
    ...(!isGranted(consent, 'ad_storage') && { clickIds: findClickIds(event, policy.clickIdParameters) }),
  };
  const kept: Event = {
    id: event.id,
    name: event.name,
    site: event.site,
    protocol: event.protocol,
    sentBy: event.sentBy,
    occurredAtMs: event.occurredAtMs,
    receivedAtMs: event.receivedAtMs,
    ...(event.page && { page: permittedPage(event.page, use) }),
    ...(event.visitor && hasAnalytics && { visitor: permittedVisitor(event.visitor, use) }),
    ...(event.session && hasAnalytics && { session: event.session }),
    campaign: permittedCampaign(event.campaign, use),
    consent,
    client: permittedClient(event.client, hasAnalytics, hasUserData && policy.keepIp),
    ...(event.commerce && { commerce: permittedCommerce(event.commerce, use) }),
    ...(event.user && hasUserData && { user: event.user }),
    ...(event.engagementMs !== undefined && { engagementMs: event.engagementMs }),
    properties: hasAnalytics ? event.properties : {},
  };
  const swept = use.clickIds === undefined ? kept : sweepClickIds(kept, use.clickIds);
  const masked = hasUserData ? swept : maskContacts(swept);
  const isExplicit = hasAnalytics && consent.types.analytics_storage.basis === 'signal';
  const mayTell = isExplicit || (policy.isSensitive === undefined && !consent.isSensitive);
  return mayTell ? masked : hideSensitive(masked, policy.isSensitive);
}

/** What the event's consent lets a field keep. */
interface Use {
  readonly hasAnalytics: boolean;
  readonly hasUserData: boolean;
  /** Present: ad_storage is not granted, and what it finds must go. */
  readonly clickIds?: ClickIdFinder;
  readonly policy: StoragePolicy;
}

/** Which fields are gone, by name; never their values. */
function removedFields(event: Event, kept: Event): readonly string[] {
  const removed: string[] = [];
  const note = (name: string, before: unknown, after: unknown): void => {
    if (before !== after && !isEmpty(before)) removed.push(name);
  };
  note('visitor', event.visitor === undefined, kept.visitor === undefined);
  note('visitor.clientIds', event.visitor?.clientIds, kept.visitor?.clientIds);
  note('page.url', event.page?.url, kept.page?.url);
  note('page.referrer', event.page?.referrer, kept.page?.referrer);
  note('page.title', event.page?.title, kept.page?.title);
  note('client.userAgent', event.client.userAgent, kept.client.userAgent);
  note('client.ip', event.client.ip, kept.client.ip);
  note('commerce.transactionId', event.commerce?.transactionId, kept.commerce?.transactionId);
  note('user', event.user === undefined, kept.user === undefined);
  note('click ids', event.campaign.touch?.clickIds, kept.campaign.touch?.clickIds);
  note('properties', event.properties, kept.properties);
  return removed;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === undefined;
  for (const _ in value) return false;
  return true;
}

/** Ad platforms' ids of a browser, by the names that trackers give them, in lower case and without `_` in front. */
const adClientIds: ReadonlySet<string> = new Set([
  ...[
    'fbp',
    'fbc',
    'ttp',
    'epik',
    'pin_unauth',
    'scid',
    'sc_at',
    'uet',
    'uetsid',
    'uetvid',
    'muid',
    'gcl_au',
    'gcl_aw',
  ],
  ...['gcl_dc', 'rdt_uuid', 'rdt_cid', 'li_fat_id', 'twclid', 'ttclid', 'cto_bundle', 'gads', 'gpi', 'ide'],
]);

function permittedVisitor(given: Visitor, { clickIds, hasUserData }: Use): Visitor {
  const visitor = hasUserData ? given : withoutContactIds(given);
  if (clickIds === undefined) return visitor;
  const tools = Object.entries(visitor.clientIds);
  const kept = tools.filter(([tool]) => !adClientIds.has(tool.toLowerCase().replace(/^_+/, '')));
  return kept.length === tools.length ? visitor : { ...visitor, clientIds: Object.fromEntries(kept) };
}

function permittedClient(client: Client, hasAnalytics: boolean, mayKeepIp: boolean): Client {
  // Most events by far keep all but the address; rest and spread would cost more than the rest of the redaction.
  if (hasAnalytics) {
    if (mayKeepIp || client.ip === undefined) return client;
    const { ip: _ip, ...others } = client;
    return others;
  }
  const { userAgent: _agent, ip, screen: _screen, browserVersion: _version, ...coarse } = client;
  return {
    ...coarse,
    ...(mayKeepIp && ip !== undefined && { ip }),
  };
}

/** An item's `extra` is whatever the tracker sent, as the event's properties are. */
function permittedCommerce(commerce: Commerce, { hasAnalytics }: Use): Commerce {
  if (hasAnalytics) return commerce;
  const { transactionId: _order, items, ...rest } = commerce;
  return { ...rest, ...(items && { items: items.map(({ extra: _extra, ...item }) => item) }) };
}

function permittedPage(page: Page, use: Use): Page {
  if (use.hasAnalytics && use.clickIds === undefined) return page;
  const { url, referrer, ...rest } = page;
  const cleanUrl = url === undefined ? undefined : permittedAddress(url, use);
  const cleanReferrer = referrer === undefined ? undefined : permittedReferrer(referrer, use);
  return {
    ...rest,
    ...(cleanUrl !== undefined && { url: cleanUrl }),
    ...(cleanReferrer !== undefined && { referrer: cleanReferrer }),
  };
}

function permittedCampaign(campaign: Campaign, use: Use): Campaign {
  if (use.hasAnalytics && use.clickIds === undefined) return campaign;
  const { touch, session, first } = campaign;
  return {
    ...(touch && { touch: permittedTouch(touch, use) }),
    ...(session && { session: permittedTouch(session, use) }),
    ...(first && { first: permittedTouch(first, use) }),
  };
}

function permittedTouch(touch: Touch, use: Use): Touch {
  const { referrer, landingPage, clickIds, ...labels } = touch;
  const cleanReferrer = referrer === undefined ? undefined : permittedReferrer(referrer, use);
  const cleanLanding = landingPage === undefined ? undefined : permittedAddress(landingPage, use);
  return {
    ...labels,
    clickIds: use.clickIds === undefined ? clickIds : {},
    ...(cleanReferrer !== undefined && { referrer: cleanReferrer }),
    ...(cleanLanding !== undefined && { landingPage: cleanLanding }),
  };
}

/** Without analytics_storage the scheme and host alone; an app's referrer (`android-app://name`) has no origin of its own. */
function permittedReferrer(referrer: string, use: Use): string | undefined {
  if (use.hasAnalytics) return permittedAddress(referrer, use);
  const parsed = URL.parse(referrer);
  return parsed === null || parsed.host === '' ? undefined : `${parsed.protocol}//${parsed.host}`;
}

/** An address without what consent does not allow; an address that cannot be read is not kept at all. */
function permittedAddress(address: string, { hasAnalytics, clickIds, policy }: Use): string | undefined {
  if (hasAnalytics && clickIds === undefined) return address;
  return cleanAddress(address, (part, place) => {
    if (clickIds?.isIn(part)) return false;
    if (hasAnalytics) return place !== 'fragment' || !/=|%3d/i.test(part);
    if (place === 'query') return policy.plainParameters.has(part.slice(0, part.indexOf('=')).toLowerCase());
    return place === 'path';
  });
}
