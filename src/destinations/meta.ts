import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import { isGranted } from '../model/consent.ts';
import type { Event, Item } from '../model/event.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { judgeMeta } from './shared/meta-answer.ts';
import { isMatchable, metaUser } from './shared/meta-user.ts';
import { moneyOf } from './shared/money.ts';
import { cannotBuild, cut, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 262_144;
const maxAgeMs = 7 * 86_400_000;
const timeoutMs = 10_000;

const settings = z
  .strictObject({
    pixelId: z
      .string()
      .regex(/^\d{5,20}$/, { error: 'must be digits, in quotes' })
      .describe('The pixel or dataset id, in quotes. Example: `"1234567890123456"`. No default.'),
    accessToken: secretSchema(
      'The Conversions API access token of the dataset. Example: `EAABsbCS1iHgBA`. No default.',
    ),
    version: z
      .string()
      .regex(/^v\d{1,3}\.\d$/)
      .default('v26.0')
      .describe('The Graph API version. Example: `v26.0`. Default: `v26.0`.'),
    testEventCode: z
      .string()
      .regex(/^\w{1,40}$/)
      .exactOptional()
      .describe(
        'Shows the events under Test Events; they still count, so leave it out in production. Example: `TEST12345`. Default: none.',
      ),
    actionSource: z
      .enum(['website', 'app', 'email', 'phone_call', 'chat', 'physical_store', 'system_generated', 'other'])
      .default('website')
      .describe('Where the events happen. Example: `system_generated` for a CRM. Default: `website`.'),
    host: hostSchema
      .default('https://graph.facebook.com')
      .describe(
        'Where to send, Meta itself or a gateway. Example: `https://capig.example.com`. Default: `https://graph.facebook.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

type Settings = z.output<typeof settings>;

/** Meta's Conversions API. */
export const destination = defineDestination({
  name: 'meta',
  title: 'Meta Conversions API',
  description:
    'Sends each event to a Meta dataset through the Conversions API (Graph v26.0), with hashed contact data, click and browser ids where consent allows. The event id is the `eventID` of the browser pixel, so that Meta drops the repetition. Without `ad_personalization` the event is for attribution only (`opt_out`); a visitor who opted out of sale and sharing is not sent, but from California with Limited Data Use where `restricted` is `on`. A website event needs the user agent, which needs `analytics_storage`.',
  settings,
  erasure:
    'By hand: the Conversions API has no call that deletes events; take the person off Custom Audiences that were built on uploads, and ask Meta through its business support for the rest.',
  needs: {
    required: ['ad_storage', 'ad_user_data'],
    optional: ['analytics_storage', 'ad_personalization'],
  },
  // Meta takes 1,000, but one bad event sinks them all and the answer does not say which one it was.
  batch: { maxEvents: 1, maxBytes },

  restrictedIn: ['US-CA'],

  build({ event, isRestricted }, { actionSource }) {
    const name = eventNameOf(event.name);
    if (name === undefined) return notSupported(`Meta has no counterpart for ${JSON.stringify(event.name)}`);
    const missing = missingOf(event, name, { actionSource, isRestricted });
    if (missing !== undefined) return missing;
    const user = metaUser(event);
    if (!isMatchable(user)) return cannotBuild('there is nothing that Meta could match the visitor by');
    const custom = customDataOf(event);
    const body = present({
      event_name: name,
      event_time: Math.floor(event.occurredAtMs / 1000),
      event_id: event.id,
      action_source: actionSource,
      event_source_url: event.page?.url,
      opt_out: isGranted(event.consent, 'ad_personalization') ? undefined : true,
      user_data: user,
      custom_data: isEmpty(custom) ? undefined : custom,
      ...(isRestricted ? limitedDataUse : { data_processing_options: [] }),
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, pixelId, accessToken, testEventCode, allowPrivate }) {
    const token = accessToken.reveal();
    const data = payloads.map(({ body }) => body);
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/${version}/${pixelId}/events`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(present({ data, test_event_code: testEventCode })),
      secrets: [token],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: judgeMeta,
});

/**
 * Limited Data Use for California. The country and state are named, for otherwise Meta looks them up by the visitor's
 * address; the codes of further states are not published (Data Processing Options for US Users, 2026-11-24).
 */
const limitedDataUse = {
  data_processing_options: ['LDU'],
  data_processing_options_country: 1,
  data_processing_options_state: 1000,
} as const;

/** What makes Meta refuse the request; one event older than seven days is enough. Server event parameters, 2026-11-23. */
function missingOf(
  event: Event,
  name: string,
  { actionSource, isRestricted }: Pick<Settings, 'actionSource'> & { readonly isRestricted: boolean },
): Refusal | undefined {
  const { commerce, client, page } = event;
  if (event.consent.optedOut && !isRestricted)
    return cannotBuild('the visitor opted out of sale and sharing');
  if (event.receivedAtMs - event.occurredAtMs > maxAgeMs) {
    return cannotBuild('older than the 7 days that Meta takes');
  }
  if (actionSource === 'website' && client.userAgent === undefined) {
    return cannotBuild('a website event needs the user agent, which hangs on analytics_storage');
  }
  if (actionSource === 'website' && page?.url === undefined) {
    return cannotBuild('a website event needs the address of its page');
  }
  if (name === 'Purchase' && moneyOf(commerce) === undefined) {
    return cannotBuild('a Purchase needs a value and a currency of three letters');
  }
  return undefined;
}

const standardNames = new Map([
  ['page_view', 'PageView'],
  ['view_item', 'ViewContent'],
  ['view_item_list', 'ViewContent'],
  ['add_to_cart', 'AddToCart'],
  ['add_to_wishlist', 'AddToWishlist'],
  ['begin_checkout', 'InitiateCheckout'],
  ['add_payment_info', 'AddPaymentInfo'],
  ['purchase', 'Purchase'],
  ['generate_lead', 'Lead'],
  ['sign_up', 'CompleteRegistration'],
  ['search', 'Search'],
  ['subscribe', 'Subscribe'],
  ['start_trial', 'StartTrial'],
  ['contact', 'Contact'],
  ['customize_product', 'CustomizeProduct'],
  ['donate', 'Donate'],
  ['find_location', 'FindLocation'],
  ['schedule', 'Schedule'],
  ['submit_application', 'SubmitApplication'],
]);

/** Meta's name for it; a name without counterpart is a custom event, except a refund, which Meta cannot take back. */
function eventNameOf(name: string): string | undefined {
  if (name === '' || name === 'refund') return undefined;
  return standardNames.get(name) ?? name;
}

/** Only what Meta documents: the rest of the properties is none of Meta's business unless a rule puts it there. */
function customDataOf({ commerce, properties }: Event): JsonObject {
  const items = commerce?.items ?? [];
  const ids = items.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const quantity = items.reduce((sum, item) => sum + (item.quantity ?? 1), 0);
  const [only] = items.length === 1 ? items : [];
  return present({
    ...moneyOf(commerce),
    order_id: commerce?.transactionId,
    content_type: ids.length === 0 ? undefined : 'product',
    content_ids: ids.length === 0 ? undefined : ids,
    contents: ids.length === 0 ? undefined : items.flatMap(contentOf),
    content_name: only?.name ?? textOf(properties['content_name']),
    content_category: only?.category ?? textOf(properties['content_category']),
    num_items: quantity > 0 && Number.isFinite(quantity) ? quantity : undefined,
    search_string: textOf(properties['search_term']),
    delivery_category: textOf(properties['delivery_category']),
    predicted_ltv: numberOf(properties['predicted_ltv']),
    net_revenue: numberOf(properties['net_revenue']),
  });
}

function contentOf(item: Item): readonly JsonObject[] {
  if (item.id === undefined) return [];
  const { id, quantity, price, name, brand, category } = item;
  return [present({ id, quantity: quantity ?? 1, item_price: price, title: name, brand, category })];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value, 1000) : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
