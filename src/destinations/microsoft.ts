import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { clickOf } from './shared/click.ts';
import { identifiedItems, revenueOf, searchTermOf, textOf } from './shared/commerce.ts';
import { hashAll, phoneCountry } from './shared/contact.ts';
import { unfitFor } from './shared/fit.ts';
import { jsonPost } from './shared/json-post.ts';
import { judgeMicrosoft } from './shared/microsoft-answer.ts';
import { cannotBuild, cut, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 900_000;
const clickDays = 90;
const maxAgeDays = 7;

const settings = z
  .strictObject({
    tagId: z
      .string()
      .regex(/^\d{4,20}$/, { error: 'must be digits, in quotes' })
      .describe('The UET tag id, in quotes. Example: `"56012345"`. No default.'),
    accessToken: secretSchema(
      "The Conversions API token of the tag (Use Conversions API in the tag's settings, once Microsoft has enabled it). Example: `eyJhbGciOi`. No default.",
    ),
    version: z
      .string()
      .regex(/^v\d{1,3}$/)
      .default('v1')
      .describe('The Conversions API version. Example: `v1`. Default: `v1`.'),
    host: hostSchema
      .default('https://capi.uet.microsoft.com')
      .describe(
        'Where to send. Example: `https://capi.uet.microsoft.com`. Default: `https://capi.uet.microsoft.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Microsoft Advertising, by its UET Conversions API. */
export const destination = defineDestination({
  name: 'microsoft',
  title: 'Microsoft Advertising (UET Conversions API)',
  description:
    "Sends events to a UET tag through Microsoft's Conversions API (v1, a pilot that Microsoft enables for each account). Page views are `pageLoad`, everything else is a `custom` event whose name conversion goals match. An event goes with the Microsoft click id, the visitor id of the UET tag (`_uetvid`), hashed contact data and the site's own user id, hashed too, where consent allows, and always says that ad storage was granted (`adStorageConsent: G`): without that nothing is sent. The event id is the one to give the UET tag, so that Microsoft drops the repetition. A refund has no counterpart. A visitor who opted out of sale and sharing is never sent. There is no test mode, and no flag against personalised advertising alone: where that counts, the configuration's `needs` can require `ad_personalization`. Uncertain: how long events are taken (7 days are assumed), that contact data is normalised as for enhanced conversions (dots and what follows a plus removed from every e-mail address, phones with their plus), and the shape of errors.",
  settings,
  needs: {
    required: ['ad_storage', 'ad_user_data'],
    optional: ['analytics_storage'],
    vendor: { tcf: 1126 },
  },
  // Microsoft takes 1,000 events and 1 MB. What it refuses of them it names, in an answer that is read up to 64 KB.
  batch: { maxEvents: 200, maxBytes },

  build(permit) {
    const { event } = permit;
    if (event.name === 'refund' || event.name === '' || event.name.length > 100) {
      return notSupported(`Microsoft has no counterpart for ${JSON.stringify(event.name)}`);
    }
    const unfit = unfitFor('Microsoft', permit, maxAgeDays);
    if (unfit !== undefined) return unfit;
    const isPageLoad = event.name === 'page_view';
    if (isPageLoad && event.page?.url === undefined)
      return cannotBuild('a page view needs the address of its page');
    if (event.name === 'purchase' && revenueOf(event) === undefined) {
      return cannotBuild('a purchase needs a value and a currency of three letters');
    }
    const userData = userDataOf(event);
    if (!isMatchable(userData))
      return cannotBuild('there is nothing that Microsoft could match the visitor by');
    const customData = customDataOf(event);
    const body = present({
      eventType: isPageLoad ? 'pageLoad' : 'custom',
      eventName: isPageLoad ? undefined : (eventNames.get(event.name) ?? event.name),
      eventId: event.id,
      eventTime: Math.floor(event.occurredAtMs / 1000),
      eventSourceUrl: event.page?.url,
      referrerUrl: event.page?.referrer,
      pageTitle: event.page?.title === undefined ? undefined : cut(event.page.title, 500),
      adStorageConsent: 'G',
      userData,
      customData: isEmpty(customData) ? undefined : customData,
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, tagId, accessToken, allowPrivate }) {
    return jsonPost({
      url: `${host}/${version}/${tagId}/events`,
      body: { data: payloads.map(({ body }) => body), continueOnValidationError: true },
      allowPrivate,
      token: { header: 'authorization', prefix: 'Bearer ', secret: accessToken },
    });
  },

  judge: judgeMicrosoft,
});

/** Names of Microsoft's own event goals; other events keep GA4's. */
const eventNames = new Map([
  ['generate_lead', 'submit_lead_form'],
  ['sign_up', 'signup'],
]);

/** Page types of dynamic remarketing. */
const pageTypes = new Map([
  ['search', 'searchresults'],
  ['view_search_results', 'searchresults'],
  ['view_item_list', 'category'],
  ['view_item', 'product'],
  ['add_to_cart', 'cart'],
  ['view_cart', 'cart'],
  ['purchase', 'purchase'],
]);

function userDataOf(event: Event): JsonObject {
  const { user, visitor, client } = event;
  const tagsOwn = visitor?.clientIds['uetvid'];
  return present({
    em: hashAll('microsoft', 'email', user?.emails ?? [])?.[0],
    ph: hashAll('microsoft', 'phone', user?.phones ?? [], phoneCountry(event))?.[0],
    msclkid: clickOf(event, 'msclkid', clickDays)?.value,
    anonymousId: tagsOwn !== undefined && /^[0-9a-f]{32}$/i.test(tagsOwn) ? tagsOwn : undefined,
    externalId: hashAll('microsoft', 'externalId', [visitor?.userId])?.[0],
    clientIpAddress: publicAddress(client.ip),
    clientUserAgent: client.userAgent,
  });
}

/** An address with its browser will do; a browser alone fits too many people. */
function isMatchable(userData: JsonObject): boolean {
  const has = (key: string) => userData[key] !== undefined;
  return (
    ['em', 'ph', 'msclkid', 'anonymousId', 'externalId'].some(has) ||
    (has('clientIpAddress') && has('clientUserAgent'))
  );
}

function customDataOf(event: Event): JsonObject {
  const revenue = revenueOf(event);
  const items = identifiedItems(event);
  const pageType = pageTypes.get(event.name);
  const hasTotal = pageType === 'cart' || pageType === 'purchase';
  return present({
    ...revenue,
    transactionId: event.commerce?.transactionId,
    searchTerm: searchTermOf(event),
    pageType,
    ecommTotalValue: hasTotal ? revenue?.value : undefined,
    ecommCategory: pageType === 'category' ? textOf(event.properties['item_list_name']) : undefined,
    itemIds: items.length === 0 ? undefined : items.map(({ id }) => id),
    items:
      items.length === 0
        ? undefined
        : items.map(({ id, name, quantity, price }) => present({ id, name, quantity: quantity ?? 1, price })),
  });
}
