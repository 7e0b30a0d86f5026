import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import type { Permit } from '../contract/permit.ts';
import { isGranted } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { clickOf } from './shared/click.ts';
import { decimal, identifiedItems, piecesOf, revenueOf, searchTermOf } from './shared/commerce.ts';
import { hashAll, phoneCountry } from './shared/contact.ts';
import { unfitFor } from './shared/fit.ts';
import { jsonPost } from './shared/json-post.ts';
import { cannotBuild, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { judgePinterest } from './shared/pinterest-answer.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 900_000;
const clickDays = 365;
const maxAgeDays = 7;

const settings = z
  .strictObject({
    adAccountId: z
      .string()
      .regex(/^\d{6,20}$/, { error: 'must be digits, in quotes' })
      .describe('The ad account, in quotes. Example: `"549755885175"`. No default.'),
    accessToken: secretSchema(
      'The conversion access token of the ad account. Example: `pina_AMAbc`. No default.',
    ),
    actionSource: z
      .enum(['web', 'offline'])
      .default('web')
      .describe('Where the events happen. Example: `offline`. Default: `web`.'),
    ownEvents: z
      .array(z.string().regex(/^\w{1,50}$/))
      .max(15)
      .default([])
      .describe(
        'Events that the ad account has defined itself; they keep their names, where other unknown events become `custom`. Example: `[quiz_done]`. Default: `[]`.',
      ),
    test: z
      .boolean()
      .default(false)
      .describe(
        'Pinterest checks the events and records nothing. Every valid event counts as delivered: for trying out only. Example: `true`. Default: `false`.',
      ),
    version: z
      .string()
      .regex(/^v\d{1,2}$/)
      .default('v5')
      .describe('The API version. Example: `v5`. Default: `v5`.'),
    host: hostSchema
      .default('https://api.pinterest.com')
      .describe('Where to send. Example: `https://api.pinterest.com`. Default: `https://api.pinterest.com`.'),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

type Settings = z.output<typeof settings>;

/** Pinterest's API for Conversions. */
export const destination = defineDestination({
  name: 'pinterest',
  title: 'Pinterest API for Conversions',
  description:
    "Sends events to a Pinterest ad account through the API for Conversions (v5), with hashed contact data and the click id (`epik`) where consent allows. Pinterest finds a visitor by the hashed e-mail address, or by the address together with the user agent; an event with neither is refused here, as it would be there. The event id is the `event_id` of the Pinterest tag, so that Pinterest drops the repetition. Without `ad_personalization` an event says that the visitor opted out (`opt_out`). A visitor who opted out of sale and sharing is sent only where the gate permits limited data processing (`opt_out_type: LDP`), for which California alone is taken as covered. A refund has no counterpart. Events that arrive more than an hour late count as offline at Pinterest. Uncertain: how long events are taken (7 days are assumed). Postal codes with letters are not sent: Pinterest hashes digits only. Pinterest is not found in the vendor list of IAB Europe, so no vendor's answer is asked for.",
  settings,
  needs: { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage', 'ad_personalization'] },
  // Pinterest takes 1,000, and answers with a text for each; the answer is read up to 64 KB.
  batch: { maxEvents: 100, maxBytes },
  restrictedIn: ['US-CA'],

  build(permit, own) {
    const { event } = permit;
    const name = eventNameOf(event.name, own);
    if (name === undefined)
      return notSupported(`Pinterest has no counterpart for ${JSON.stringify(event.name)}`);
    const user = userOf(event);
    const missing = missingOf(permit, { name, user, own });
    if (missing !== undefined) return missing;
    const custom = customDataOf(permit);
    const body = present({
      event_name: name,
      action_source: own.actionSource,
      event_time: Math.floor(event.occurredAtMs / 1000),
      event_id: event.id,
      event_source_url: event.page?.url,
      opt_out: permit.isRestricted || !isGranted(event.consent, 'ad_personalization'),
      user_data: user,
      custom_data: isEmpty(custom) ? undefined : custom,
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, adAccountId, test, accessToken, allowPrivate }) {
    return jsonPost({
      url: `${host}/${version}/ad_accounts/${adAccountId}/events${test ? '?test=true' : ''}`,
      body: { data: payloads.map(({ body }) => body) },
      allowPrivate,
      token: { header: 'authorization', prefix: 'Bearer ', secret: accessToken },
    });
  },

  judge: judgePinterest,
});

interface Draft {
  readonly name: string;
  readonly user: JsonObject;
  readonly own: Settings;
}

function missingOf(permit: Permit, { name, user, own }: Draft): Refusal | undefined {
  const { event } = permit;
  const unfit = unfitFor('Pinterest', permit, maxAgeDays);
  if (unfit !== undefined) return unfit;
  if (own.actionSource === 'web' && event.page?.url === undefined) {
    return cannotBuild('a web event needs the address of its page');
  }
  if (name === 'checkout' && revenueOf(event) === undefined) {
    return cannotBuild('a checkout needs a value and a currency of three letters');
  }
  const has = (key: string) => user[key] !== undefined;
  if (has('em') || (has('client_ip_address') && has('client_user_agent'))) return undefined;
  return cannotBuild('Pinterest needs an e-mail address, or the IP address and the user agent');
}

// Events of Pinterest's conversion pages, 2026-11-23.
const standardNames = new Map([
  ['page_view', 'page_visit'],
  ['view_item', 'view_content'],
  ['view_item_list', 'view_category'],
  ['add_to_cart', 'add_to_cart'],
  ['add_to_wishlist', 'add_to_wishlist'],
  ['begin_checkout', 'initiate_checkout'],
  ['add_payment_info', 'add_payment_info'],
  ['purchase', 'checkout'],
  ['generate_lead', 'lead'],
  ['sign_up', 'signup'],
  ['search', 'search'],
  ['subscribe', 'subscribe'],
  ['start_trial', 'start_trial'],
  ['contact', 'contact'],
  ['customize_product', 'customize_product'],
  ['find_location', 'find_location'],
  ['schedule', 'schedule'],
  ['submit_application', 'submit_application'],
  ['watch_video', 'watch_video'],
]);

/** Pinterest's name for it; it cannot take a refund back. */
function eventNameOf(name: string, { ownEvents }: Settings): string | undefined {
  if (ownEvents.includes(name)) return name;
  if (name === '' || name === 'refund') return undefined;
  return standardNames.get(name) ?? 'custom';
}

function userOf(event: Event): JsonObject {
  const { user, visitor, client } = event;
  return present({
    em: hashAll('pinterest', 'email', user?.emails ?? []),
    ph: hashAll('pinterest', 'phone', user?.phones ?? [], phoneCountry(event)),
    ge: hashAll('pinterest', 'gender', [user?.gender]),
    db: hashAll('pinterest', 'birthDate', [user?.birthDate]),
    ln: hashAll('pinterest', 'lastName', [user?.lastName]),
    fn: hashAll('pinterest', 'firstName', [user?.firstName]),
    ct: hashAll('pinterest', 'city', [user?.city]),
    st: hashAll('pinterest', 'region', [user?.region]),
    zp: hashAll('pinterest', 'postalCode', [user?.postalCode]),
    country: hashAll('pinterest', 'country', [user?.country]),
    external_id: hashAll('pinterest', 'externalId', [visitor?.userId, visitor?.key]),
    client_ip_address: publicAddress(client.ip),
    client_user_agent: client.userAgent,
    click_id: clickOf(event, 'epik', clickDays)?.value ?? cookieOf(event),
  });
}

/** The cookie of Pinterest's own tag. */
function cookieOf({ visitor }: Event): string | undefined {
  const value = visitor?.clientIds['epik'];
  return value !== undefined && /^[\w.~-]{4,512}$/.test(value) ? value : undefined;
}

/** Amounts go as text. */
function customDataOf({ event, isRestricted }: Permit): JsonObject {
  const revenue = revenueOf(event);
  const items = identifiedItems(event);
  const [only] = items.length === 1 ? items : [];
  return present({
    currency: revenue?.currency,
    value: revenue === undefined ? undefined : decimal(revenue.value),
    order_id: event.commerce?.transactionId,
    num_items: items.length === 0 ? undefined : piecesOf(items),
    content_ids: items.length === 0 ? undefined : items.map(({ id }) => id),
    contents: items.length === 0 ? undefined : items.map(contentOf),
    content_name: only?.name,
    content_category: only?.category,
    content_brand: only?.brand,
    search_string: searchTermOf(event),
    opt_out_type: isRestricted ? 'LDP' : undefined,
  });
}

function contentOf(item: ReturnType<typeof identifiedItems>[number]): JsonObject {
  const { id, price, quantity = 1, name, category, brand } = item;
  return present({
    id,
    item_price: price !== undefined && price >= 0 && price < 1e12 ? decimal(price) : undefined,
    quantity: quantity >= 0 && Number.isSafeInteger(Math.round(quantity)) ? Math.round(quantity) : undefined,
    item_name: name,
    item_category: category,
    item_brand: brand,
  });
}
