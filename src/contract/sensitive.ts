import type { Campaign, Event, Item } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Touch } from '../model/touch.ts';

/** Tells whether an address, or a path of the site, leads into one of the site's sensitive sections. */
export type SensitiveSections = (address: string) => boolean;

/**
 * The event of somebody who has not opted in explicitly, without what tells of a sensitive section: seen in one, it keeps
 * its site's origin and what names no subject; seen elsewhere, it loses the addresses that lead into one. The very same
 * event where nothing has to go.
 */
export function hideSensitive(event: Event, sections: SensitiveSections | undefined): Event {
  if (event.consent.isSensitive) return withoutSubject(event);
  return sections === undefined ? event : withoutAddresses(event, sections);
}

function withoutSubject({ page, commerce, ...event }: Event): Event {
  const url = originOf(page?.url);
  const referrer = originOf(page?.referrer);
  const { items: _items, coupon: _coupon, ...amounts } = commerce ?? {};
  return {
    ...event,
    ...(page && {
      page: {
        ...(url !== undefined && { url }),
        ...(referrer !== undefined && { referrer }),
        ...(page.loadId !== undefined && { loadId: page.loadId }),
      },
    }),
    campaign: mapTouches(event.campaign, withoutLabels),
    ...(commerce && { commerce: amounts }),
    properties: {},
  };
}

/** What an ad was about is what the page is about. */
function withoutLabels({ kind, source, medium, clickIds, channel, atMs }: Touch): Touch {
  return { kind, source, medium, clickIds, channel, atMs };
}

function withoutAddresses(event: Event, sections: SensitiveSections): Event {
  const { page, campaign, commerce, properties } = event;
  const clean = (address: string | undefined): string | undefined =>
    address !== undefined && sections(address) ? originOf(address) : address;
  const referrer = clean(page?.referrer);
  const { referrer: _referrer, ...rest } = page ?? {};
  return {
    ...event,
    ...(page &&
      referrer !== page.referrer && { page: { ...rest, ...(referrer !== undefined && { referrer }) } }),
    campaign: mapTouches(campaign, (touch) => withoutPages(touch, clean)),
    ...(commerce?.items && {
      commerce: { ...commerce, items: commerce.items.map((item) => withoutExtra(item, sections)) },
    }),
    properties: hideIn(properties, sections),
  };
}

function withoutExtra(item: Item, sections: SensitiveSections): Item {
  return item.extra === undefined ? item : { ...item, extra: hideIn(item.extra, sections) };
}

function withoutPages(touch: Touch, clean: (address: string | undefined) => string | undefined): Touch {
  const referrer = clean(touch.referrer);
  const landingPage = clean(touch.landingPage);
  if (referrer === touch.referrer && landingPage === touch.landingPage) return touch;
  const { referrer: _referrer, landingPage: _landing, ...labels } = touch;
  return {
    ...labels,
    ...(referrer !== undefined && { referrer }),
    ...(landingPage !== undefined && { landingPage }),
  };
}

function mapTouches({ touch, session, first }: Campaign, map: (touch: Touch) => Touch): Campaign {
  return {
    ...(touch && { touch: map(touch) }),
    ...(session && { session: map(session) }),
    ...(first && { first: map(first) }),
  };
}

/** A text that leads into a section goes whole, whatever it is. */
function hideIn(given: JsonObject, sections: SensitiveSections): JsonObject {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      sections(key) ? [] : [[key, hideValue(value, sections)]],
    ),
  );
}

function hideValue(value: Json, sections: SensitiveSections): Json {
  if (typeof value === 'string') return sections(value) ? '' : value;
  if (typeof value !== 'object' || value === null) return value;
  return isJsonObject(value) ? hideIn(value, sections) : value.map((entry) => hideValue(entry, sections));
}

function originOf(address: string | undefined): string | undefined {
  const parsed = address === undefined ? null : URL.parse(address);
  return parsed === null || parsed.host === '' ? undefined : `${parsed.protocol}//${parsed.host}`;
}
