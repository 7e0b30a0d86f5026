import { hash as digest } from 'node:crypto';
import { z } from 'zod';
import { type Attempt, defineDestination, type Payload } from '../contract/destination.ts';
import type { Event, Item } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { hashAll, phoneCountry } from './shared/contact.ts';
import { clickIdOf, optedOut, piecesOf, quantityOf, textOf, untimely } from './shared/conversion.ts';
import { headerSecretSchema } from './shared/headers.ts';
import { decimalText, moneyOf } from './shared/money.ts';
import { oauth1 } from './shared/oauth1.ts';
import { cannotBuild, notSupported, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';
import { judgeX } from './shared/x-answer.ts';

const maxBytes = 262_144;
const maxAgeDays = 90;
const timeoutMs = 10_000;
const maxClickAgeMs = maxAgeDays * 86_400_000;

const oauthSchema = z.strictObject({
  consumerKey: secretSchema("The app's API key. Example: `xvz1evFS4wEEPTGEFPHBog`. No default."),
  consumerSecret: secretSchema("The app's API secret. Example: `kAcSOqF21Fu85e7zjz7ZN2U4`. No default."),
  accessToken: secretSchema(
    "The user's access token. Example: `370773112-GmHxMAgYyLbNEtIKZeRN`. No default.",
  ),
  accessTokenSecret: secretSchema(
    "The user's access token secret. Example: `LswwdoUaIvS8ltyTt5jkRh4J`. No default.",
  ),
});

const settings = z
  .strictObject({
    pixelId: z
      .string()
      .regex(/^[a-z0-9]{3,16}$/)
      .describe('The X Pixel id, in quotes. Example: `"o8z6j"`. No default.'),
    events: z
      .record(z.string().min(1), z.string().regex(/^(?:tw-[a-z0-9]{3,16}-)?[a-z0-9]{3,16}$/))
      .refine((events) => Object.keys(events).length > 0, { error: 'name at least one event' })
      .describe(
        'The event ids of Events Manager by event name; an event that is not listed is not sent. Example: `{ purchase: tw-o8z6j-o87ne }`. No default.',
      ),
    pixelToken: headerSecretSchema(
      'The access token of the pixel (`X-Pixel-Token`). Example: `9f86d081884c7d659a2f`. Default: none.',
    ).exactOptional(),
    oauth: oauthSchema
      .exactOptional()
      .describe(
        'The four keys of OAuth 1.0a, where there is no pixel token. Example: `{ consumerKey: a, consumerSecret: b, accessToken: c, accessTokenSecret: d }`. Default: none.',
      ),
    version: z
      .string()
      .regex(/^\d{1,3}$/)
      .default('12')
      .describe('The Ads API version, in quotes. Example: `"12"`. Default: `"12"`.'),
    host: hostSchema
      .default('https://ads-api.x.com')
      .describe('Where to send. Example: `https://ads-api.x.com`. Default: `https://ads-api.x.com`.'),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ pixelToken, oauth }) => (pixelToken === undefined) !== (oauth === undefined), {
    path: ['pixelToken'],
    error: 'write either `pixelToken` or `oauth`',
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

type Settings = z.output<typeof settings>;

/** X's Conversions API. */
export const destination = defineDestination({
  name: 'x',
  title: 'X Conversions API',
  description:
    'Sends the events that `events` lists to an X Pixel through the Conversions API (Ads API 12), with hashed e-mail addresses and phone numbers, the click id (`twclid`), and address and user agent together, where consent allows. X knows no event names but only the ids of Events Manager. The event id is the `conversion_id` of the pixel, so that X drops the repetition. X has no flag against personalised advertising alone: where that counts, `needs` can require `ad_personalization`. It has none for US opt-outs either, so a visitor who opted out of sale and sharing is never sent. There is no test mode. Uncertain (2026-11-23): the age limit of 90 days, and how long X drops repetitions.',
  settings,
  needs: { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage'] },
  // X takes 500, but one bad conversion sinks them all.
  batch: { maxEvents: 1, maxBytes },

  build(permit, { events }) {
    const { event } = permit;
    const eventId = Object.hasOwn(events, event.name) ? events[event.name] : undefined;
    if (eventId === undefined)
      return notSupported(`\`events\` has no X event id for ${JSON.stringify(event.name)}`);
    const refusal = optedOut(permit) ?? untimely(event, maxAgeDays, 'X');
    if (refusal !== undefined) return refusal;
    const identifiers = identifiersOf(event);
    if (identifiers.length === 0) return cannotBuild('there is nothing that X could match the visitor by');
    const body = present({
      conversion_time: new Date(event.occurredAtMs).toISOString(),
      event_id: eventId,
      conversion_id: event.id,
      identifiers,
      ...amountsOf(event),
      search_string: textOf(event.properties['search_term'], 1000),
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, settled, attempt) {
    const { host, version, pixelId, allowPrivate } = settled;
    const url = `${host}/${version}/measurement/conversions/${pixelId}`;
    const { headers, secrets } = authorise(url, settled, nonceOf(payloads, attempt));
    return {
      kind: 'http',
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ conversions: payloads.map(({ body }) => body) }),
      secrets,
      allowPrivate,
      timeoutMs,
    };
  },

  judge: judgeX,
});

/** X attributes each conversion by any of these; address and user agent count as a pair only. */
function identifiersOf(event: Event): readonly JsonObject[] {
  const { user, client } = event;
  const clickId = clickIdOf(event, 'twclid', maxClickAgeMs);
  const address = publicAddress(client.ip);
  const emails = hashAll('x', 'email', user?.emails ?? []) ?? [];
  const phones = hashAll('x', 'phone', user?.phones ?? [], phoneCountry(event)) ?? [];
  return [
    ...(clickId === undefined ? [] : [{ twclid: clickId }]),
    ...emails.map((hex) => ({ hashed_email: hex })),
    ...phones.map((hex) => ({ hashed_phone_number: hex })),
    ...(address === undefined || client.userAgent === undefined
      ? []
      : [{ ip_address: address, user_agent: client.userAgent }]),
  ];
}

function amountsOf(event: Event): JsonObject {
  const money = moneyOf(event.commerce);
  const contents = (event.commerce?.items ?? []).flatMap(contentOf);
  return present({
    value: decimalText(money?.value),
    price_currency: money?.currency,
    number_items: quantityOf(event),
    contents: contents.length === 0 ? undefined : contents,
  });
}

function contentOf({ id, name, category, price, quantity }: Item): readonly JsonObject[] {
  if (id === undefined) return [];
  return [
    present({
      content_id: id,
      content_name: name,
      content_type: category,
      content_price: decimalText(price),
      num_items: piecesOf(quantity),
    }),
  ];
}

/** Another one for every attempt, and the same for the same attempt: nothing here draws randomness. */
function nonceOf(payloads: readonly Payload[], { nowMs, number }: Attempt): { nonce: string; atMs: number } {
  const ids = payloads.map(({ eventId }) => eventId).join('\n');
  return { nonce: digest('sha256', `${nowMs}|${number}|${ids}`, 'hex').slice(0, 32), atMs: nowMs };
}

function authorise(
  url: string,
  { pixelToken, oauth }: Pick<Settings, 'pixelToken' | 'oauth'>,
  { nonce, atMs }: { readonly nonce: string; readonly atMs: number },
): { readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  if (oauth === undefined) {
    const token = pixelToken?.reveal() ?? '';
    return { headers: { 'x-pixel-token': token }, secrets: [token] };
  }
  const keys = {
    consumerKey: oauth.consumerKey.reveal(),
    consumerSecret: oauth.consumerSecret.reveal(),
    accessToken: oauth.accessToken.reveal(),
    accessTokenSecret: oauth.accessTokenSecret.reveal(),
  };
  const { header, signature } = oauth1(
    { method: 'POST', url, nonce, timestampSec: Math.floor(atMs / 1000) },
    keys,
  );
  return { headers: { authorization: header }, secrets: [...Object.values(keys), signature] };
}
