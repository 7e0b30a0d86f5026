import { z } from 'zod';
import { defineDestination, type Payload } from '../contract/destination.ts';
import { isGranted } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { isRefusal, type Refusal } from '../model/refusal.ts';
import { clickOf } from './shared/click.ts';
import { identifiedItems, revenueOf } from './shared/commerce.ts';
import { eventMapSchema, mappedTo } from './shared/event-map.ts';
import { unfitFor } from './shared/fit.ts';
import { judgeDataManager } from './shared/google-answer.ts';
import { googleCredentialFields, googleGrant } from './shared/google-credentials.ts';
import { googleSession } from './shared/google-session.ts';
import { googleDevice, googleUserData } from './shared/google-user.ts';
import { jsonPost } from './shared/json-post.ts';
import { cannotBuild, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { hasOneSignIn } from './shared/refresh-token.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 400_000;
const clickDays = 90;
const scope = 'https://www.googleapis.com/auth/datamanager';

const accountSchema = z.string().regex(/^\d{10}$/, { error: 'must be ten digits without dashes, in quotes' });

const settings = z
  .strictObject({
    customerId: accountSchema.describe(
      'The Google Ads account that owns the conversion actions, without dashes, in quotes. Example: `"1234567890"`. No default.',
    ),
    loginCustomerId: accountSchema
      .exactOptional()
      .describe(
        'The manager account that the credentials belong to, where that is another. Example: `"9876543210"`. Default: none.',
      ),
    conversionActions: eventMapSchema(/^\d{1,20}$/, { maxIds: 10 }).describe(
      'The id of the conversion action for each event; other events are not sent. Example: `{ purchase: "987654321" }`. No default.',
    ),
    refunds: z
      .enum(['ignore', 'restate'])
      .default('ignore')
      .describe(
        "What a refund does: `restate` sends its purchase's conversion again with what is left of the value. Only for orders that Google was sent: it counts an unknown one as new. Example: `restate`. Default: `ignore`.",
      ),
    joinsTag: z
      .boolean()
      .default(false)
      .describe(
        "The conversion actions are website actions that Google's tag reports too; a purchase without an order id is then refused, because Google could not join the two. Example: `true`. Default: `false`.",
      ),
    eventSource: z
      .enum(['WEB', 'APP', 'IN_STORE', 'PHONE', 'OTHER'])
      .default('WEB')
      .describe('Where the events happen. Example: `IN_STORE`. Default: `WEB`.'),
    sessionAttributes: z
      .boolean()
      .default(false)
      .describe(
        "Add how the visitor landed from the ad (time, address, referrer, Google's `gad_` parameters), which Google models conversions with. Example: `true`. Default: `false`.",
      ),
    merchant: z
      .strictObject({
        id: z
          .string()
          .regex(/^\d{1,20}$/)
          .describe('The Merchant Center account, in quotes. Example: `"5555555"`. No default.'),
        feedLabel: z
          .string()
          .regex(/^[A-Z0-9_-]{1,20}$/)
          .describe("The feed's label. Example: `US`. No default."),
        feedLanguage: z
          .string()
          .regex(/^[a-z]{2}$/)
          .describe("The feed's language, ISO 639-1. Example: `en`. No default."),
      })
      .exactOptional()
      .describe(
        'The Merchant Center feed that item ids are found in, for conversions with cart data. Example: `{ id: "5555555", feedLabel: US, feedLanguage: en }`. Default: none.',
      ),
    ...googleCredentialFields,
    project: z
      .string()
      .regex(/^[a-z0-9-]{4,40}$/)
      .exactOptional()
      .describe(
        'The Cloud project that quota is counted for; needed with a refresh token. Example: `my-project-1`. Default: none.',
      ),
    validateOnly: z
      .boolean()
      .default(false)
      .describe(
        'Google checks the events and keeps nothing. Every event counts as delivered: for trying out only. Example: `true`. Default: `false`.',
      ),
    version: z
      .string()
      .regex(/^v\d{1,3}$/)
      .default('v1')
      .describe('The Data Manager API version. Example: `v1`. Default: `v1`.'),
    host: hostSchema
      .default('https://datamanager.googleapis.com')
      .describe(
        'Where to send. Example: `https://datamanager.googleapis.com`. Default: `https://datamanager.googleapis.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  })
  .refine(({ tokenUrl, allowPrivate }) => isProtected({ url: tokenUrl, allowPrivate }), {
    path: ['tokenUrl'],
    error: 'must be https, unless `allowPrivate` is true',
  })
  .refine((own) => hasOneSignIn(own.serviceAccountKey, own), {
    path: ['serviceAccountKey'],
    error: 'must be set, or else clientId, clientSecret and refreshToken together',
  })
  .refine(
    ({ refunds, conversionActions }) =>
      refunds === 'ignore' || mappedTo(conversionActions, 'purchase') !== undefined,
    {
      path: ['refunds'],
      error: 'cannot restate purchases that have no conversion action',
    },
  );

type Settings = z.output<typeof settings>;

/** Google Ads conversions. */
export const destination = defineDestination({
  name: 'google-ads',
  title: 'Google Ads (Data Manager API)',
  description:
    'Sends conversions to Google Ads through the Data Manager API (v1, `events:ingest`), which takes offline and enhanced conversions and, beside the tag, those of website actions. A conversion is found by its click id (gclid, gbraid or wbraid of the last 90 days) and by hashed contact data, and told from others by its order id, or by the event id where there is none. Consent goes with each event; the visitor\'s address only where the country is known and outside the EEA, the United Kingdom and Switzerland. A visitor who opted out of sale and sharing is never sent. "Delivered" means that Google took the event: whether it counts is known some 30 minutes later, under the request id in the event\'s story. Uncertain: the 90 days are those of the click; Google may keep conversions found by contact data alone for 63 days only; and whether a restated value of nothing takes a conversion out of every report, as a retraction did in the Google Ads API.',
  settings,
  needs: {
    required: ['ad_storage', 'ad_user_data'],
    optional: ['analytics_storage', 'ad_personalization'],
    vendor: { tcf: 755 },
  },
  // Google takes 2,000. A bad event holds up those it travels with, and the answer that names it is read up to 64 KB.
  batch: { maxEvents: 200, maxBytes },

  build(permit, own) {
    const { event } = permit;
    const action = mappedTo(own.conversionActions, isRefund(event, own) ? 'purchase' : event.name);
    if (action === undefined) {
      return notSupported(`no conversion action is set for ${JSON.stringify(event.name)}`);
    }
    const body = unfitFor('Google', permit, clickDays) ?? conversionOf(event, { action, own });
    return isRefusal(body) ? body : payloadOf(event, body, maxBytes);
  },

  request(payloads, own) {
    const events = payloads.map(({ body }) => body);
    const hasUserData = events.some((event) => event['userData'] !== undefined);
    const oauth = googleGrant(own, scope);
    const post = jsonPost({
      url: `${own.host}/${own.version}/events:ingest`,
      headers: own.project === undefined ? {} : { 'x-goog-user-project': own.project },
      body: present({
        destinations: actionsIn(payloads).map((action) => destinationOf(action, own)),
        events,
        encoding: hasUserData ? 'HEX' : undefined,
        validateOnly: own.validateOnly ? true : undefined,
      }),
      allowPrivate: own.allowPrivate,
    });
    return oauth === undefined ? post : { ...post, oauth };
  },

  judge: judgeDataManager,
});

function isRefund({ name }: Event, { refunds }: Settings): boolean {
  return name === 'refund' && refunds === 'restate';
}

function conversionOf(
  event: Event,
  { action, own }: { readonly action: string; readonly own: Settings },
): JsonObject | Refusal {
  const worth = worthOf(event, own);
  if (isRefusal(worth)) return worth;
  const click = clickIdOf(event);
  const userData = googleUserData(event);
  if (click === undefined && userData === undefined) {
    return cannotBuild('there is neither a click id of the last 90 days nor contact data');
  }
  const { commerce, consent, occurredAtMs } = event;
  const adIdentifiers = present({
    ...click,
    sessionAttributes: own.sessionAttributes ? googleSession(event) : undefined,
  });
  const at = new Date(occurredAtMs).toISOString();
  return present({
    destinationReferences: [action],
    transactionId: commerce?.transactionId ?? event.id,
    eventTimestamp: at,
    lastUpdatedTimestamp: isRefund(event, own) ? at : undefined,
    eventSource: own.eventSource,
    ...worth,
    adIdentifiers: isEmpty(adIdentifiers) ? undefined : adIdentifiers,
    userData,
    consent: {
      adUserData: isGranted(consent, 'ad_user_data') ? 'CONSENT_GRANTED' : 'CONSENT_DENIED',
      adPersonalization: isGranted(consent, 'ad_personalization') ? 'CONSENT_GRANTED' : 'CONSENT_DENIED',
    },
    eventDeviceInfo: googleDevice(event),
    cartData: mayHaveCart(event, click) ? cartOf(event, own) : undefined,
  });
}

/** Ids that integrations send when they have none; Google would join strangers by them. */
const junkOrderId = /^(?:null|undefined|none|nan|test|0+|123|.)$/i;

/** What the conversion is worth, in the words of the request. */
function worthOf(event: Event, own: Settings): JsonObject | Refusal {
  const { name, commerce } = event;
  const orderId = commerce?.transactionId;
  if (orderId !== undefined && junkOrderId.test(orderId)) return cannotBuild('the order id is a placeholder');
  if (orderId === undefined && (name === 'refund' || (name === 'purchase' && own.joinsTag))) {
    return cannotBuild(`a ${name} needs the order id by which Google finds the conversion`);
  }
  if (isRefund(event, own)) return whatIsLeft(event);
  const revenue = revenueOf(event);
  if (revenue !== undefined) return { conversionValue: revenue.value, currency: revenue.currency };
  return name === 'purchase' ? cannotBuild('a purchase needs a value and a currency of three letters') : {};
}

/** Nothing is left of a full refund. What is left of a partial one, which names its items, only the shop knows. */
function whatIsLeft({ commerce, properties }: Event): JsonObject | Refusal {
  const { items = [], currency } = commerce ?? {};
  const left: Json | undefined = properties['adjusted_value'] ?? (items.length === 0 ? 0 : undefined);
  if (typeof left !== 'number' || !(left >= 0 && left < 1e12)) {
    return cannotBuild('a partial refund needs the property adjusted_value: what is left of the order');
  }
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) {
    return cannotBuild('a refund needs a currency of three letters');
  }
  return { conversionValue: left, currency };
}

/** The id of the newest click: two at once say that the visitor came twice, and Google takes one of the braids only. */
function clickIdOf(event: Event): JsonObject | undefined {
  const clicks = (['gclid', 'gbraid', 'wbraid'] as const).flatMap((name) => {
    const click = clickOf(event, name, clickDays);
    return click === undefined ? [] : [{ name, ...click }];
  });
  const [newest] = clicks.sort((a, b) => b.seenAtMs - a.seenAtMs);
  return newest === undefined ? undefined : { [newest.name]: newest.value };
}

/** Google ignores a cart beside the ids of iOS clicks, and what came back is not what was bought. */
function mayHaveCart({ name }: Event, click: JsonObject | undefined): boolean {
  return name !== 'refund' && (click === undefined || click['gclid'] !== undefined);
}

/** Google's quantities are 64-bit integers, which JSON carries as text. */
function cartOf(event: Event, { merchant }: Settings): JsonObject | undefined {
  const items = identifiedItems(event).map(({ id, quantity = 1, price }) =>
    present({
      merchantProductId: id,
      quantity: Number.isSafeInteger(quantity) && quantity > 0 ? String(quantity) : undefined,
      unitPrice: price !== undefined && price >= 0 ? price : undefined,
    }),
  );
  if (items.length === 0) return undefined;
  return present({
    merchantId: merchant?.id,
    merchantFeedLabel: merchant?.feedLabel,
    merchantFeedLanguageCode: merchant?.feedLanguage,
    items,
  });
}

/** The conversion actions of a batch, each once. */
function actionsIn(payloads: readonly Payload[]): readonly string[] {
  const references = payloads.flatMap(({ body }) => body['destinationReferences'] ?? []);
  return [...new Set(references.flat().filter((reference) => typeof reference === 'string'))];
}

function destinationOf(action: string, { customerId, loginCustomerId }: Settings): JsonObject {
  const account = (accountId: string) => ({ accountType: 'GOOGLE_ADS', accountId });
  return present({
    reference: action,
    operatingAccount: account(customerId),
    loginAccount: loginCustomerId === undefined ? undefined : account(loginCustomerId),
    productDestinationId: action,
  });
}
