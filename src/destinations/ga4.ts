import { hash as digest } from 'node:crypto';
import { z } from 'zod';
import { defineDestination, judgeByStatus } from '../contract/destination.ts';
import { normalise } from '../contract/hash.ts';
import { isGranted } from '../model/consent.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { hashAll, phoneCountry } from './shared/contact.ts';
import { ga4EventName } from './shared/ga4-names.ts';
import { ga4Parameters } from './shared/ga4-parameters.ts';
import { moneyOf } from './shared/money.ts';
import { cannotBuild, isEmpty, notSupported, onlyOne, payloadOf, present } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 130_000;
const maxAgeMs = 72 * 3_600_000;
const timeoutMs = 10_000;

const settings = z
  .strictObject({
    measurementId: z
      .string()
      .regex(/^G-[A-Z0-9]{4,20}$/)
      .describe("The web data stream's measurement id. Example: `G-ABC1234567`. No default."),
    apiSecret: secretSchema(
      "The stream's Measurement Protocol API secret. Example: `dA1b2C3d4E5f6G7h8`. No default.",
    ),
    debug: z
      .boolean()
      .default(false)
      .describe('Show the events in DebugView (`debug_mode`). Example: `true`. Default: `false`.'),
    host: hostSchema
      .default('https://www.google-analytics.com')
      .describe(
        'Where to send. Example: `https://region1.google-analytics.com` collects in the EU. Default: `https://www.google-analytics.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Google Analytics 4, server to server. */
export const destination = defineDestination({
  name: 'ga4',
  title: 'Google Analytics 4 (Measurement Protocol)',
  description:
    'Sends each event to a GA4 web stream through the Measurement Protocol, with the consent, device, place and hashed contact data that consent allows. Google answers 2xx whatever it thinks of the event, so "delivered" means received, not counted; there is no deduplication but by order id.',
  settings,
  // The User Deletion API asks for a person's OAuth consent (scope analytics.user.deletion); a Measurement Protocol secret
  // does not do (developers.google.com/analytics/devguides/config/userdeletion/v3, 2026-11-24).
  erasure:
    'By hand: in Google Analytics, User explorer, or by the User Deletion API with an OAuth client of your own, by client id (`ga`) and user id. The Measurement Protocol secret does not allow it.',
  needs: {
    required: ['analytics_storage'],
    optional: ['ad_storage', 'ad_user_data', 'ad_personalization'],
    // Google in IAB Europe's Global Vendor List, version 178 of 2026-09-24.
    vendor: { tcf: 755 },
  },
  // A request is for one client id, and a wrong event is lost in silence: one event each keeps both simple.
  batch: { maxEvents: 1, maxBytes },

  build({ event }, { debug }) {
    const name = ga4EventName(event.name);
    if (name === undefined) return notSupported(`GA4 reserves the event name ${JSON.stringify(event.name)}`);
    const missing = missingOf(event, name);
    if (missing !== undefined) return missing;
    const clientId = clientIdOf(event);
    if (clientId === undefined) return cannotBuild('there is no visitor, and GA4 needs a client id');
    const params = ga4Parameters(event, debug ? { debug_mode: true } : {});
    const body = present({
      client_id: clientId,
      user_id: userIdOf(event),
      timestamp_micros: event.occurredAtMs * 1000,
      consent: consentOf(event),
      user_location: locationOf(event),
      ip_override: publicAddress(event.client.ip),
      device: deviceOf(event),
      user_agent: event.client.userAgent,
      user_data: userDataOf(event),
      events: [{ name, params }],
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { measurementId, apiSecret, host, allowPrivate }) {
    const secret = apiSecret.reveal();
    const query = new URLSearchParams({ measurement_id: measurementId, api_secret: secret });
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/mp/collect?${query}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(onlyOne(payloads).body),
      secrets: [secret, new URLSearchParams({ '': secret }).toString().slice(1)],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) =>
    judgeByStatus(answer, sent).map((outcome) =>
      outcome.kind === 'delivered'
        ? { ...outcome, note: `${outcome.note ?? ''}: received; GA4 does not say whether it counts` }
        : outcome,
    ),
});

/** What Google would drop in silence is refused aloud. */
function missingOf({ commerce, occurredAtMs, receivedAtMs }: Event, name: string): Refusal | undefined {
  if (receivedAtMs - occurredAtMs > maxAgeMs) return cannotBuild('older than the 72 hours that GA4 takes');
  if (name !== 'purchase' && name !== 'refund') return undefined;
  if (commerce?.transactionId === undefined) return cannotBuild(`a ${name} needs an order id`);
  if (name === 'refund' && commerce.value === undefined) return undefined;
  return moneyOf(commerce)
    ? undefined
    : cannotBuild(`a ${name} needs a value and a currency of three letters`);
}

/** The browser's own GA client id, so that both sides see one user; else one made of the visitor key. */
function clientIdOf({ visitor }: Event): string | undefined {
  if (visitor === undefined) return undefined;
  const own = visitor.clientIds['ga'] ?? '';
  const cookiePart = /(?:^|\.)(\d{1,20}\.\d{1,20})$/.exec(own)?.[1];
  if (cookiePart !== undefined) return cookiePart;
  if (/^[\w.:-]{1,100}$/.test(own)) return own;
  const number = Number.parseInt(digest('sha256', visitor.key, 'hex').slice(0, 8), 16) % 2 ** 31;
  return `${number}.${Math.floor(visitor.firstSeenAtMs / 1000)}`;
}

/** Google forbids ids that name a person, so an e-mail address as user id stays here. */
function userIdOf({ visitor }: Event): string | undefined {
  const userId = visitor?.userId;
  if (userId === undefined || userId === '' || userId.length > 256) return undefined;
  return userId.includes('@') ? undefined : userId;
}

/** Always explicit: left out, GA4 would use whatever the tag last said. */
function consentOf({ consent }: Event): JsonObject {
  const word = (granted: boolean) => (granted ? 'GRANTED' : 'DENIED');
  return {
    ad_user_data: word(isGranted(consent, 'ad_user_data')),
    ad_personalization: word(isGranted(consent, 'ad_personalization') && !consent.optedOut),
  };
}

function locationOf({ client }: Event): JsonObject | undefined {
  const location = present({ country_id: client.country, region_id: client.region });
  return isEmpty(location) ? undefined : location;
}

const categories = { desktop: 'desktop', mobile: 'mobile', tablet: 'tablet', tv: 'smart tv' } as const;

function deviceOf({ client }: Event): JsonObject | undefined {
  const { device: kind, os, browser } = client;
  const device = present({
    category: kind === undefined || kind === 'other' ? undefined : categories[kind],
    language: client.language,
    screen_resolution: client.screen,
    operating_system: os,
    browser,
    browser_version: client.browserVersion,
  });
  return isEmpty(device) ? undefined : device;
}

/** User-provided data; city, region, postal code and country go in the clear, as Google wants them. */
function userDataOf(event: Event): JsonObject | undefined {
  const { user } = event;
  if (user === undefined) return undefined;
  const data = present({
    sha256_email_address: hashAll('google', 'email', user.emails ?? []),
    sha256_phone_number: hashAll('google', 'phone', user.phones ?? [], phoneCountry(event)),
    address: addressOf(user),
  });
  return isEmpty(data) ? undefined : data;
}

function addressOf(user: NonNullable<Event['user']>): readonly JsonObject[] | undefined {
  const hashed = present({
    sha256_first_name: hashAll('google', 'firstName', [user.firstName])?.[0],
    sha256_last_name: hashAll('google', 'lastName', [user.lastName])?.[0],
    sha256_street: hashAll('google', 'street', [user.street])?.[0],
  });
  if (isEmpty(hashed)) return undefined;
  const plain = (field: 'city' | 'region' | 'postalCode' | 'country') =>
    user[field] === undefined ? undefined : normalise('google', field, user[field]);
  const place = present({
    city: plain('city'),
    region: plain('region'),
    postal_code: plain('postalCode'),
    country: plain('country'),
  });
  return [{ ...hashed, ...place }];
}
