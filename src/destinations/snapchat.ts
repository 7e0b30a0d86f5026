import { z } from 'zod';
import { defineDestination, type Outcome, type Payload } from '../contract/destination.ts';
import type { Permit } from '../contract/permit.ts';
import type { Event, Item } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { all, judgeReply, type Reply, statusWith } from './shared/answer.ts';
import { optedOut, piecesOf, quantityOf, textOf, untimely } from './shared/conversion.ts';
import { decimalText, moneyOf } from './shared/money.ts';
import { cannotBuild, isEmpty, notSupported, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';
import { isSnapMatchable, snapProcessing, snapUser } from './shared/snapchat-user.ts';

const maxBytes = 262_144;
const maxAgeDays = 37;
const timeoutMs = 10_000;

const settings = z
  .strictObject({
    pixelId: z
      .string()
      .regex(/^[0-9a-zA-Z][\w-]{7,63}$/)
      .describe('The Snap Pixel id. Example: `0d1c2b3a-1111-4222-8333-444455556666`. No default.'),
    accessToken: secretSchema('The Conversions API token. Example: `eyJhbGciOiJIUzI1NiIs`. No default.'),
    version: z
      .string()
      .regex(/^v\d{1,2}$/)
      .default('v3')
      .describe('The Conversions API version. Example: `v3`. Default: `v3`.'),
    validateOnly: z
      .boolean()
      .default(false)
      .describe(
        "Send to Snap's validation endpoint, which checks events and counts none. Example: `true`. Default: `false`.",
      ),
    testEventCode: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .exactOptional()
      .describe('Shows the events in the test tool of Events Manager. Example: `TEST123`. Default: none.'),
    actionSource: z
      .enum(['WEB', 'OFFLINE'])
      .default('WEB')
      .describe('Where the events happen. Example: `OFFLINE` for a CRM or a shop. Default: `WEB`.'),
    host: hostSchema
      .default('https://tr.snapchat.com')
      .describe('Where to send. Example: `https://tr.snapchat.com`. Default: `https://tr.snapchat.com`.'),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Snapchat's Conversions API. */
export const destination = defineDestination({
  name: 'snapchat',
  title: 'Snapchat Conversions API',
  description:
    "Sends each event to a Snap Pixel through the Conversions API v3, with hashed contact data, the click id (`ScCid`) and the pixel's cookie (`_scid`) where consent allows. The event id is the pixel's `client_dedup_id`, and a purchase carries its order id, so that Snap drops the repetition. Snap has no flag against personalised advertising alone: where that counts, `needs` can require `ad_personalization`. A visitor who opted out in California is sent with Limited Data Use (LDU), as far as the gate leaves something to match by; elsewhere such a visitor is never sent, because it is not certain that Snap honours the flag there. An e-mail address, a phone number, or address and user agent together have to be known. `generate_lead` is sent as `SIGN_UP`; a rule may rename it, to `CUSTOM_EVENT_1` for instance. Uncertain (2026-11-23): the 48 hours in which Snap drops repetitions, where `test_event_code` belongs in the body, and the form of its error bodies.",
  settings,
  needs: { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage'] },
  // Snap takes 2,000, but one bad event sinks them all.
  batch: { maxEvents: 1, maxBytes },
  restrictedIn: ['US-CA'],

  build(permit, { actionSource }) {
    const { event } = permit;
    const name = eventNameOf(event.name);
    if (name === undefined) return notSupported(`Snap has no counterpart for ${JSON.stringify(event.name)}`);
    const refusal = refusalOf(permit, name, actionSource);
    if (refusal !== undefined) return refusal;
    const user = snapUser(event);
    if (!isSnapMatchable(user)) {
      return cannotBuild('Snap needs an e-mail address, a phone number, or address and user agent together');
    }
    const custom = customDataOf(event);
    const body = present({
      event_name: name,
      event_time: Math.floor(event.occurredAtMs / 1000),
      event_id: event.id,
      action_source: actionSource,
      event_source_url: event.page?.url,
      user_data: user,
      custom_data: isEmpty(custom) ? undefined : custom,
      ...snapProcessing(permit),
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, pixelId, accessToken, validateOnly, testEventCode, allowPrivate }) {
    const token = accessToken.reveal();
    const query = new URLSearchParams({ access_token: token });
    const data = payloads.map(({ body }) => body);
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/${version}/${pixelId}/events${validateOnly ? '/validate' : ''}?${query}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(present({ data, test_event_code: testEventCode })),
      secrets: [token, query.toString().slice('access_token='.length)],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) => judgeReply(answer, sent, (reply) => read(reply, sent)),
});

/** What Snap refuses or leaves uncounted. Conversions API, "Parameters", 2026-11-23. */
function refusalOf(permit: Permit, name: string, actionSource: string): Refusal | undefined {
  const { event } = permit;
  const refusal = optedOut(permit) ?? untimely(event, maxAgeDays, 'Snap');
  if (refusal !== undefined) return refusal;
  if (actionSource === 'WEB' && event.page?.url === undefined) {
    return cannotBuild('a WEB event needs the address of its page');
  }
  if (name === 'PURCHASE' && moneyOf(event.commerce) === undefined) {
    return cannotBuild('a PURCHASE needs a value and a currency of three letters');
  }
  return undefined;
}

const replySchema = z.object({ status: z.string().max(64), reason: z.unknown().optional() });

/** Snap takes or refuses a request as a whole, and can say INVALID under 200. */
function read({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  const reply = replySchema.safeParse(json).data;
  const isValid = reply === undefined || /^(?:VALID|SUCCESS|OK)$/i.test(reply.status);
  if (status < 300) {
    if (isValid) return undefined;
    return all(sent, { kind: 'rejected', message: statusWith(status, reply.reason ?? reply.status, sent) });
  }
  if (status !== 400 && status !== 422) return undefined;
  return all(sent, { kind: 'rejected', message: statusWith(status, reply?.reason, sent) });
}

const standardNames = new Map([
  ['page_view', 'PAGE_VIEW'],
  ['view_item', 'VIEW_CONTENT'],
  ['view_item_list', 'LIST_VIEW'],
  ['search', 'SEARCH'],
  ['add_to_cart', 'ADD_CART'],
  ['add_to_wishlist', 'ADD_TO_WISHLIST'],
  ['begin_checkout', 'START_CHECKOUT'],
  ['add_payment_info', 'ADD_BILLING'],
  ['purchase', 'PURCHASE'],
  ['generate_lead', 'SIGN_UP'],
  ['sign_up', 'SIGN_UP'],
  ['login', 'LOGIN'],
  ['subscribe', 'SUBSCRIBE'],
  ['start_trial', 'START_TRIAL'],
  ['share', 'SHARE'],
  ['tutorial_complete', 'COMPLETE_TUTORIAL'],
  ['level_up', 'LEVEL_COMPLETE'],
  ['unlock_achievement', 'ACHIEVEMENT_UNLOCKED'],
  ['spend_virtual_currency', 'SPENT_CREDITS'],
]);

const ownNames = new Set([
  ...standardNames.values(),
  ...'RATE RESERVE SAVE INVITE AD_CLICK AD_VIEW'.split(' '),
  ...[1, 2, 3, 4, 5].map((number) => `CUSTOM_EVENT_${number}`),
]);

/** Snap's name for it, or the name itself where a rule has given it one of Snap's. */
function eventNameOf(name: string): string | undefined {
  return standardNames.get(name) ?? (ownNames.has(name) ? name : undefined);
}

/** Only what Snap documents; numbers as text, as in its own examples. */
function customDataOf(event: Event): JsonObject {
  const { commerce, properties } = event;
  const items = commerce?.items ?? [];
  const money = moneyOf(commerce);
  const [only] = items.length === 1 ? items : [];
  const quantity = quantityOf(event);
  return present({
    currency: money?.currency,
    value: decimalText(money?.value),
    order_id: commerce?.transactionId,
    num_items: quantity === undefined ? undefined : String(quantity),
    contents: items.some(({ id }) => id !== undefined) ? items.flatMap(contentOf) : undefined,
    content_name: only?.name,
    content_category: only?.category,
    search_string: textOf(properties['search_term'], 1000),
    sign_up_method: textOf(properties['method'], 100),
  });
}

function contentOf({ id, quantity, price, brand }: Item): readonly JsonObject[] {
  if (id === undefined) return [];
  return [present({ id, quantity: String(piecesOf(quantity) ?? 1), item_price: decimalText(price), brand })];
}
