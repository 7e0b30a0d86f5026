import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import { hash, normalise } from '../contract/hash.ts';
import type { Permit } from '../contract/permit.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { clickOf } from './shared/click.ts';
import { identifiedItems, piecesOf, revenueOf, searchTermOf, textOf } from './shared/commerce.ts';
import { hashAll, phoneCountry } from './shared/contact.ts';
import { unfitFor } from './shared/fit.ts';
import { jsonPost } from './shared/json-post.ts';
import { cannotBuild, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';
import { judgeTikTok } from './shared/tiktok-answer.ts';

const maxBytes = 500_000;
const clickDays = 30;
const maxAgeDays = { web: 7, offline: 28, crm: 28 } as const;

const settings = z
  .strictObject({
    pixelCode: z
      .string()
      .regex(/^[A-Za-z0-9]{4,64}$/)
      .describe(
        'The pixel code, or the id of the offline or CRM event set. Example: `C4A1BCDEFGHIJK2LMNOP`. No default.',
      ),
    accessToken: secretSchema(
      'The Events API access token from Events Manager. Example: `0a1b2c3d4e5f`. No default.',
    ),
    eventSource: z
      .enum(['web', 'offline', 'crm'])
      .default('web')
      .describe('What the events are and where they happen. Example: `offline`. Default: `web`.'),
    pageViewName: z
      .string()
      .regex(/^\w{1,50}$/)
      .default('Pageview')
      .describe(
        "TikTok's name for a page view: its pixel says `Pageview`, some integrations `PageView`. Example: `PageView`. Default: `Pageview`.",
      ),
    testEventCode: z
      .string()
      .regex(/^\w{1,40}$/)
      .exactOptional()
      .describe(
        'Shows the events under Test Events; leave it out in production. Example: `TEST12345`. Default: none.',
      ),
    version: z
      .string()
      .regex(/^v\d{1,2}\.\d{1,2}$/)
      .default('v1.3')
      .describe('The Business API version. Example: `v1.3`. Default: `v1.3`.'),
    host: hostSchema
      .default('https://business-api.tiktok.com')
      .describe(
        'Where to send. Example: `https://business-api.tiktok.com`. Default: `https://business-api.tiktok.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

type Settings = z.output<typeof settings>;

/** TikTok's Events API. */
export const destination = defineDestination({
  name: 'tiktok',
  title: 'TikTok Events API',
  description:
    "Sends events to a TikTok pixel or event set through the Events API 2.0 (Business API v1.3), with hashed contact data, click and browser ids where consent allows; city, state and country go in the clear, as TikTok wants them. The event id is the `event_id` of the browser pixel: TikTok drops the repetition of the same event within 48 hours. Lead and Purchase go by the names that replaced SubmitForm and CompletePayment in 2025. A refund has no counterpart. A visitor who opted out of sale and sharing is sent only where the gate permits limited data use (`limited_data_use`), for which California alone is taken as covered. Uncertain: how long TikTok takes events (7 days of a website, 28 of a shop or CRM are assumed) and most of its error codes. TikTok is not found in the vendor list of IAB Europe under its name, so no vendor's answer is asked for. TikTok has no flag against personalised advertising alone: where that counts, the configuration's `needs` can require `ad_personalization`.",
  settings,
  needs: { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage'] },
  // TikTok takes 1,000, and refuses all of them for one.
  batch: { maxEvents: 100, maxBytes },
  restrictedIn: ['US-CA'],

  build(permit, own) {
    const { event } = permit;
    const name = event.name === 'page_view' ? own.pageViewName : eventNameOf(event.name);
    if (name === undefined)
      return notSupported(`TikTok has no counterpart for ${JSON.stringify(event.name)}`);
    const user = userOf(event);
    const missing = missingOf(permit, { name, user, own });
    if (missing !== undefined) return missing;
    const page = present({ url: event.page?.url, referrer: event.page?.referrer });
    const properties = propertiesOf(event);
    const body = present({
      event: name,
      event_time: Math.floor(event.occurredAtMs / 1000),
      event_id: event.id,
      user,
      page: isEmpty(page) ? undefined : page,
      properties: isEmpty(properties) ? undefined : properties,
      limited_data_use: permit.isRestricted ? true : undefined,
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, pixelCode, eventSource, accessToken, testEventCode, allowPrivate }) {
    return jsonPost({
      // Without the slash at the end TikTok redirects, and the events are lost.
      url: `${host}/open_api/${version}/event/track/`,
      body: present({
        event_source: eventSource,
        event_source_id: pixelCode,
        test_event_code: testEventCode,
        data: payloads.map(({ body }) => body),
      }),
      allowPrivate,
      token: { header: 'access-token', prefix: '', secret: accessToken },
    });
  },

  judge: judgeTikTok,
});

interface Draft {
  readonly name: string;
  readonly user: JsonObject;
  readonly own: Settings;
}

/** What TikTok refuses, or takes and never attributes. */
function missingOf(permit: Permit, { name, user, own }: Draft): Refusal | undefined {
  const { event } = permit;
  const unfit = unfitFor('TikTok', permit, maxAgeDays[own.eventSource]);
  if (unfit !== undefined) return unfit;
  if (own.eventSource === 'web' && event.page?.url === undefined) {
    return cannotBuild('a web event needs the address of its page');
  }
  if (name === 'Purchase' && revenueOf(event) === undefined) {
    return cannotBuild('a Purchase needs a value and a currency of three letters');
  }
  const isMatchable =
    identifying.some((key) => user[key] !== undefined) ||
    (user['ip'] !== undefined && user['user_agent'] !== undefined);
  return isMatchable ? undefined : cannotBuild('there is nothing that TikTok could match the visitor by');
}

const identifying = ['email', 'phone', 'external_id', 'ttclid', 'ttp'];

// Standard events of TikTok's help centre, September 2025.
const standardNames = new Map([
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
  ['download', 'Download'],
  ['file_download', 'Download'],
  ['find_location', 'FindLocation'],
  ['schedule', 'Schedule'],
  ['submit_application', 'SubmitApplication'],
]);

/** TikTok's name for it; a name without counterpart is a custom event, except a refund, which TikTok cannot take back. */
function eventNameOf(name: string): string | undefined {
  if (name === '' || name.length > 100 || name === 'refund') return undefined;
  return standardNames.get(name) ?? name;
}

function userOf(event: Event): JsonObject {
  const { user, visitor, client } = event;
  const first = (hashes: readonly string[] | undefined) => hashes?.[0];
  const one = (field: 'firstName' | 'lastName' | 'postalCode') => hash('tiktok', field, user?.[field] ?? '');
  const plain = (field: 'city' | 'region' | 'country') => normalise('tiktok', field, user?.[field] ?? '');
  return present({
    email: first(hashAll('tiktok', 'email', user?.emails ?? [])),
    phone: first(hashAll('tiktok', 'phone', user?.phones ?? [], phoneCountry(event))),
    external_id: hashAll('tiktok', 'externalId', [visitor?.userId, visitor?.key]),
    first_name: one('firstName'),
    last_name: one('lastName'),
    city: plain('city'),
    state: plain('region'),
    zip_code: one('postalCode'),
    country: plain('country'),
    ttclid: clickOf(event, 'ttclid', clickDays)?.value ?? cookieOf(event, 'ttclid'),
    ttp: cookieOf(event, 'ttp'),
    ip: publicAddress(client.ip),
    user_agent: client.userAgent,
    locale: client.language,
  });
}

/** A browser id as the pixel's cookie has it; newer pixels write it with a suffix, and it goes whole. */
function cookieOf({ visitor }: Event, name: 'ttp' | 'ttclid'): string | undefined {
  const value = visitor?.clientIds[name];
  return value !== undefined && /^[\w.~-]{8,512}$/.test(value) ? value : undefined;
}

/** Only what TikTok documents. The pixel's name for what was searched for is `search_string`, the API's is `query`. */
function propertiesOf(event: Event): JsonObject {
  const { commerce, properties } = event;
  const items = identifiedItems(event);
  const searched = searchTermOf(event);
  return present({
    ...revenueOf(event),
    order_id: commerce?.transactionId,
    content_type: items.length === 0 ? undefined : 'product',
    contents:
      items.length === 0
        ? undefined
        : items.map(({ id, name, category, brand, price, quantity }) =>
            present({
              content_id: id,
              content_type: 'product',
              content_name: name,
              content_category: category,
              brand,
              price,
              quantity: quantity ?? 1,
            }),
          ),
    num_items: items.length === 0 ? undefined : piecesOf(items),
    query: searched,
    search_string: searched,
    description: textOf(properties['description']),
  });
}
