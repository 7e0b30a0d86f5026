import fc from 'fast-check';
import type { StoragePolicy } from '../../src/contract/storable.ts';
import { type Consent, type ConsentType, consentTypes } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import type { Json } from '../../src/model/json.ts';

export const policy: StoragePolicy = {
  keepIp: true,
  plainParameters: new Set(['utm_source', 'utm_medium', 'utm_campaign']),
  clickIdParameters: new Set(['gclid', 'fbclid', 'msclkid', '_gl']),
};

/** A consent in which exactly these types are granted. */
export function consentOf(
  granted: Iterable<ConsentType>,
  basis: 'signal' | 'page_default' | 'region_default' = 'signal',
): Consent {
  const set = new Set(granted);
  const answer = (type: ConsentType) => ({ granted: set.has(type), basis, by: 'test' });
  return {
    regime: 'opt_in',
    types: {
      ad_storage: answer('ad_storage'),
      analytics_storage: answer('analytics_storage'),
      ad_user_data: answer('ad_user_data'),
      ad_personalization: answer('ad_personalization'),
      functionality_storage: answer('functionality_storage'),
      personalization_storage: answer('personalization_storage'),
      security_storage: answer('security_storage'),
    },
    optedOut: false,
    sources: ['test'],
    problems: [],
  };
}

/** The text that must never be found where its class is not granted. */
export const canaries = {
  analytics_storage: 'AnaCanary7f3',
  ad_storage: 'ClickCanary9d1',
  ad_user_data: 'PersonCanary5b8',
} as const;

export type Class = keyof typeof canaries;
export const classes: readonly Class[] = ['analytics_storage', 'ad_storage', 'ad_user_data'];

const { analytics_storage: ana, ad_storage: click, ad_user_data: person } = canaries;

/** Addresses that hold the click id, as plainly or as hidden as they come. */
export const clickAddresses: readonly string[] = [
  `https://shop.example/p?gclid=${click}`,
  `https://shop.example/p?GCLID=${click}&utm_source=x`,
  `https://shop.example/p?%67clid=${click}`,
  `https://shop.example/p?%2567clid=${click}`,
  `https://shop.example/p?a=1&amp;gclid=${click}`,
  `https://shop.example/p?gc\tlid=${click}`,
  `https://shop.example/p?gclid=%43lickCanary9d1`,
  `https://shop.example/p?gclid=%2543lickCanary9d1`,
  `https://shop.example/p#gclid=${click}`,
  `https://shop.example/p#/sale?fbclid=${click}`,
  `https://shop.example/p#gclid%3D${click}`,
  `https://shop.example/p;gclid=${click}/q`,
  `https://shop.example/p/${click}/q?gclid=${click}`,
  `https://shop.example/p?next=${encodeURIComponent(`https://pay.example/?gclid=${click}`)}`,
  `https://shop.example/p?next=${encodeURIComponent(encodeURIComponent(`/x?a=1&gclid=${click}`))}`,
  `https://shop.example/p?copied=${click}&gclid=${click}`,
  `https://shop.example/p?_gl=1*abc*${click}`,
  `https://user:${click}@shop.example/p?gclid=${click}`,
  `app://screen?gclid=${click}`,
  `data:text/plain,gclid=${click}`,
  `/relative?gclid=${click}`,
  `gclid=${click}`,
];

const touchOf = (address: string): Json => ({
  kind: 'campaign',
  source: 'google',
  medium: 'cpc',
  content: `copied ${click}`,
  clickIds: { gclid: { value: click, seenAtMs: 1 } },
  referrer: address,
  landingPage: address,
  channel: 'Paid Search',
  atMs: 1,
});

/** Properties that a tracker or a rule might set: they hang on analytics_storage, and some hold the click id. */
const properties = (address: string): Json => ({
  [`key ${ana}`]: ana,
  deep: { list: [ana, { value: ana }], gclid: click },
  landing: address,
  copied: `came by ${click}`,
  shouted: click.toUpperCase(),
  list: ['kept', click, `?gclid=${click}`],
  json: JSON.stringify({ gclid: click }),
  escaped: encodeURIComponent(`?gclid=${click}`),
});

/** An event with a canary in every text that hangs on a consent type. */
export function canaryEvent(consent: Consent, address: string): Event {
  const touch = touchOf(address);
  return eventSchema.parse({
    id: 'event-1',
    name: 'purchase',
    site: 'shop',
    protocol: 'throughline',
    sentBy: 'browser',
    occurredAtMs: 1,
    receivedAtMs: 2,
    page: {
      url: address,
      referrer: `https://search.example/${ana}?q=${ana}#${ana}`,
      title: 'Thanks',
      loadId: 'load-1',
    },
    visitor: {
      key: ana,
      isNew: false,
      firstSeenAtMs: 1,
      userId: ana,
      clientIds: { ga: ana, segment: ana, fbp: click, _fbc: click, FBP: click, gclid: click },
    },
    session: { id: ana, number: 1, startedAtMs: 1, isStart: true, isEngaged: false, engagementMs: 0 },
    campaign: { touch, session: touch, first: touch },
    consent,
    client: {
      userAgent: ana,
      screen: ana,
      browserVersion: ana,
      browser: 'Chrome',
      country: 'DE',
      ip: person,
      isBot: false,
    },
    commerce: {
      value: 1,
      currency: 'EUR',
      transactionId: ana,
      coupon: `coupon-${click}`,
      items: [{ id: 'sku', name: 'Lamp', extra: { note: ana } }],
    },
    user: {
      emails: [person],
      phones: [person],
      firstName: person,
      lastName: person,
      street: person,
      city: person,
    },
    properties: properties(address),
  });
}

/** True when a text holds a canary, however it is escaped. */
export function holds(text: string, canary: string): boolean {
  let plain = text;
  for (let layer = 0; layer < 5; layer += 1) {
    if (plain.toLowerCase().includes(canary.toLowerCase())) return true;
    plain = plain.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return false;
}

/** Any set of consent types. */
export const someTypes = fc.uniqueArray(fc.constantFrom(...consentTypes), { maxLength: consentTypes.length });
