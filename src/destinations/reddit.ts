import { z } from 'zod';
import { defineDestination, type Outcome, type Payload } from '../contract/destination.ts';
import type { Permit } from '../contract/permit.ts';
import type { Event, Item } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { all, judgeReply, type Reply, statusWith } from './shared/answer.ts';
import { clickIdOf, optedOut, piecesOf, quantityOf, untimely } from './shared/conversion.ts';
import { headerSecretSchema } from './shared/headers.ts';
import { moneyOf } from './shared/money.ts';
import { cannotBuild, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { isRedditMatchable, redditUser } from './shared/reddit-user.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 262_144;
const maxAgeDays = 7;
const maxAheadMs = 5 * 60_000;
const timeoutMs = 10_000;
// The life of the pixel's own cookie for it.
const maxClickAgeMs = 30 * 86_400_000;
const maxNameCharacters = 64;

const settings = z
  .strictObject({
    pixelId: z
      .string()
      .regex(/^[a-zA-Z0-9][\w-]{2,63}$/)
      .describe('The Reddit Pixel id. Example: `a2_abcdefghij`. No default.'),
    accessToken: headerSecretSchema(
      'The conversion access token of Events Manager. Example: `eyJhbGciOiJSUzI1NiIs`. No default.',
    ),
    version: z
      .string()
      .regex(/^v\d{1,2}$/)
      .default('v3')
      .describe('The Ads API version. Example: `v3`. Default: `v3`.'),
    testId: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .exactOptional()
      .describe('Shows the events in the test tool of Events Manager. Example: `t2_2m1qdv5`. Default: none.'),
    actionSource: z
      .enum(['WEBSITE', 'PHYSICAL_STORE', 'OTHER'])
      .default('WEBSITE')
      .describe('Where the events happen. Example: `OTHER` for a CRM. Default: `WEBSITE`.'),
    host: hostSchema
      .default('https://ads-api.reddit.com')
      .describe(
        'Where to send. Example: `https://ads-api.reddit.com`. Default: `https://ads-api.reddit.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Reddit's Conversions API. */
export const destination = defineDestination({
  name: 'reddit',
  title: 'Reddit Conversions API',
  description:
    "Sends each event to a Reddit Pixel through the Conversions API v3, with hashed contact data, the click id (`rdt_cid`) and the pixel's id of the browser (`_rdt_uuid`) where consent allows. The event id is the `conversion_id` of the pixel, so that Reddit drops the repetition. A name without a counterpart is sent as `CUSTOM` under its own name; a refund cannot be taken back and is not sent. Reddit has no flag against personalised advertising alone: where that counts, `needs` can require `ad_personalization`. A visitor who opted out in California is sent with Limited Data Use (LDU), as far as the gate leaves something to match by; elsewhere such a visitor is never sent, because it is not certain that Reddit honours the flag there. Uncertain (2026-11-23): how long Reddit drops repetitions, and the text of its answers.",
  settings,
  needs: { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage'] },
  // Reddit takes 1,000, but one bad event sinks them all.
  batch: { maxEvents: 1, maxBytes },
  restrictedIn: ['US-CA'],

  build(permit, { actionSource }) {
    const { event } = permit;
    const type = typeOf(event.name);
    if (type === undefined)
      return notSupported(`Reddit has no counterpart for ${JSON.stringify(event.name)}`);
    const refusal = refusalOf(permit, type, actionSource);
    if (refusal !== undefined) return refusal;
    const clickId = clickIdOf(event, 'rdt_cid', maxClickAgeMs);
    const user = redditUser(permit);
    if (clickId === undefined && !isRedditMatchable(user)) {
      return cannotBuild('there is nothing that Reddit could match the visitor by');
    }
    const body = present({
      event_at: event.occurredAtMs,
      action_source: actionSource,
      event_source_url: event.page?.url,
      type: present({ tracking_type: type.name, custom_event_name: type.custom }),
      click_id: clickId,
      user: isEmpty(user) ? undefined : user,
      metadata: metadataOf(event, type),
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, pixelId, accessToken, testId, allowPrivate }) {
    const token = accessToken.reveal();
    const events = payloads.map(({ body }) => body);
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/api/${version}/pixels/${pixelId}/conversion_events`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ data: present({ test_id: testId, events }) }),
      secrets: [token],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) => judgeReply(answer, sent, (reply) => read(reply, sent)),
});

/** What Reddit refuses. Post Conversion Events, 2026-11-23. */
function refusalOf(permit: Permit, type: EventType, actionSource: string): Refusal | undefined {
  const { event } = permit;
  if (event.occurredAtMs - event.receivedAtMs > maxAheadMs) {
    return cannotBuild('more than the 5 minutes ahead of time that Reddit takes');
  }
  const refusal = optedOut(permit) ?? untimely(event, maxAgeDays, 'Reddit');
  if (refusal !== undefined) return refusal;
  if (actionSource === 'WEBSITE' && event.page?.url === undefined) {
    return cannotBuild('a WEBSITE event needs the address of its page');
  }
  if (type.name === 'PURCHASE' && moneyOf(event.commerce) === undefined) {
    return cannotBuild('a PURCHASE needs a value and a currency of three letters');
  }
  if (type.custom !== undefined && type.custom.length > maxNameCharacters) {
    return cannotBuild(`the event's name is longer than ${maxNameCharacters} characters`);
  }
  return undefined;
}

const replySchema = z.object({
  invalid_events: z
    .array(z.object({ error_message: z.unknown().optional() }))
    .max(1000)
    .optional()
    .catch(undefined),
  message: z.unknown().optional(),
  error: z
    .object({ reason: z.unknown().optional(), message: z.unknown().optional() })
    .optional()
    .catch(undefined),
});

/** Reddit takes or refuses a request as a whole, and can name invalid events under 200. */
function read({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  const reply = replySchema.safeParse(json).data;
  const [invalid] = reply?.invalid_events ?? [];
  if (status < 300) {
    if (invalid === undefined) return undefined;
    return all(sent, { kind: 'rejected', message: statusWith(status, invalid.error_message, sent) });
  }
  if (status !== 400 && status !== 422) return undefined;
  const said = invalid?.error_message ?? reply?.error?.message ?? reply?.error?.reason ?? reply?.message;
  return all(sent, { kind: 'rejected', message: statusWith(status, said, sent) });
}

interface EventType {
  readonly name: string;
  /** The event's own name, where Reddit has none for it. */
  readonly custom?: string;
}

const standardNames = new Map([
  ['page_view', 'PAGE_VISIT'],
  ['view_item', 'VIEW_CONTENT'],
  ['view_item_list', 'VIEW_CONTENT'],
  ['search', 'SEARCH'],
  ['add_to_cart', 'ADD_TO_CART'],
  ['add_to_wishlist', 'ADD_TO_WISHLIST'],
  ['purchase', 'PURCHASE'],
  ['generate_lead', 'LEAD'],
  ['sign_up', 'SIGN_UP'],
]);
const ownNames = new Set(standardNames.values());

/** Reddit's type for it, the name itself where a rule has given it one of Reddit's, else a custom event. */
function typeOf(name: string): EventType | undefined {
  if (name === '' || name === 'refund') return undefined;
  const standard = standardNames.get(name) ?? (ownNames.has(name) ? name : undefined);
  return standard === undefined ? { name: 'CUSTOM', custom: name } : { name: standard };
}

const withoutValue = new Set(['PAGE_VISIT', 'VIEW_CONTENT', 'SEARCH']);
const withCount = new Set(['PURCHASE', 'ADD_TO_CART', 'ADD_TO_WISHLIST', 'CUSTOM']);

/** Only what Reddit takes for the type; the id is what it drops repetitions by. */
function metadataOf(event: Event, { name }: EventType): JsonObject {
  const { commerce } = event;
  const products = (commerce?.items ?? []).flatMap(productOf);
  return present({
    conversion_id: event.id,
    ...(withoutValue.has(name) ? {} : moneyOf(commerce)),
    item_count: withCount.has(name) ? quantityOf(event) : undefined,
    products: products.length === 0 ? undefined : products,
  });
}

function productOf({ id, name, category, quantity, price }: Item): readonly JsonObject[] {
  if (id === undefined) return [];
  return [present({ id, name, category, quantity: piecesOf(quantity), item_price: price })];
}
