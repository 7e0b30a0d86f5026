import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { judgeAmplitude } from './shared/amplitude-answer.ts';
import { campaignProperties, eventProperties, identityOf } from './shared/analytics.ts';
import { isEventTime } from './shared/conversion.ts';
import { countryName } from './shared/country.ts';
import { moneyOf } from './shared/money.ts';
import { cannotBuild, cut, isEmpty, notSupported, payloadOf, present, presentOf } from './shared/payload.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';

// A request may hold 1 MB; the key and the brackets around the events need a little of it.
const maxBytes = 950_000;
const timeoutMs = 15_000;
const limits = {
  maxCharacters: 1024,
  maxDepth: 20,
  maxEntries: 1000,
  reserved: /^(?:\$|\[Amplitude\]|amplitude$)/,
};

const settings = z
  .strictObject({
    apiKey: secretSchema("The project's API key. Example: `0123456789abcdef0123456789abcdef`. No default."),
    version: z
      .string()
      .regex(/^\d{1,2}$/)
      .default('2')
      .describe('The HTTP API version, in quotes. Example: `"2"`. Default: `"2"`.'),
    host: hostSchema
      .default('https://api2.amplitude.com')
      .describe(
        'Where to send. Example: `https://api.eu.amplitude.com` for a project in the EU. Default: `https://api2.amplitude.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Amplitude, server to server. */
export const destination = defineDestination({
  name: 'amplitude',
  title: 'Amplitude (HTTP V2 API)',
  description:
    "Sends each event under its own name to an Amplitude project through the HTTP V2 API, in batches. The device id is the one of Amplitude's own SDK where the tracker sends it (`clientIds.amplitude`), else a pseudonym that only Amplitude gets; an e-mail address as user id stays here. A purchase counts as revenue, a refund as negative revenue. The visitor's address goes along only where `ad_user_data` is granted and the site keeps addresses, click ids only with `ad_storage`; without an address the country is sent instead, never that of the gateway. The event id is the `insert_id`, by which Amplitude drops repetitions for 7 days on one device. Texts are cut at 1,024 characters. Contact data is never sent. Ids shorter than five characters are allowed (`min_id_length`). There is no test mode: use a project of its own. Uncertain (2026-11-23): which fields Amplitude's answers name for refused events.",
  settings,
  needs: { required: ['analytics_storage'], optional: ['ad_storage', 'ad_user_data'] },
  // Amplitude takes 2,000, and throttles at 30 a second for one device or user.
  batch: { maxEvents: 500, maxBytes },

  build({ event }) {
    const { name } = event;
    if (name === '' || limits.reserved.test(name)) {
      return notSupported(`Amplitude reserves the event name ${JSON.stringify(name)}`);
    }
    const { userId, deviceId } = identityOf(event, 'amplitude');
    if (deviceId === undefined)
      return cannotBuild('there is no visitor, and Amplitude needs a device or user id');
    if (!isEventTime(event.occurredAtMs)) return cannotBuild('its time is not one of an event');
    const body = present({
      event_type: cut(name, limits.maxCharacters),
      user_id: userId,
      device_id: deviceId,
      time: event.occurredAtMs,
      insert_id: event.id,
      session_id: sessionIdOf(event),
      event_properties: { ...pageProperties(event), ...eventProperties(event, limits) },
      user_properties: userProperties(event),
      ...revenueOf(event),
      ...deviceOf(event),
      library: 'throughline',
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, version, apiKey, allowPrivate }) {
    const key = apiKey.reveal();
    const events = payloads.map(({ body }) => body);
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/${version}/httpapi`,
      headers: { 'content-type': 'application/json', accept: '*/*' },
      body: JSON.stringify({ api_key: key, events, options: { min_id_length: 1 } }),
      secrets: [key],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: judgeAmplitude,
});

/** The session that Amplitude's own SDK named, so that both sides count the same one, else ours; -1 is none. */
function sessionIdOf({ properties, session }: Event): number {
  const own = properties['amplitude'];
  const named = isJsonObject(own) ? own['session_id'] : undefined;
  if (typeof named === 'number' && Number.isSafeInteger(named) && named > 0) return named;
  return session?.startedAtMs ?? -1;
}

function pageProperties({ page }: Event): JsonObject {
  const text = (value: string | undefined) =>
    value === undefined ? undefined : cut(value, limits.maxCharacters);
  return present({
    page_location: text(page?.url),
    page_title: text(page?.title),
    page_referrer: text(page?.referrer),
  });
}

/** What brought the visitor, and what brought them first; only with the event that brings it. */
function userProperties(event: Event): JsonObject | undefined {
  if (event.campaign.touch === undefined) return undefined;
  const now = campaignProperties(event);
  if (isEmpty(now)) return undefined;
  const initial = presentOf(Object.entries(now).map(([name, value]) => [`initial_${name}`, value] as const));
  return { $set: now, $setOnce: initial };
}

/** Without price and quantity: Amplitude would take their product for the revenue, and lose tax, shipping and discounts. */
function revenueOf({ name, commerce }: Event): JsonObject {
  const money = moneyOf(commerce);
  if (money === undefined || (name !== 'purchase' && name !== 'refund')) return {};
  const { value, currency } = money;
  const items = commerce?.items ?? [];
  const [only] = items.length === 1 ? items : [];
  return present({
    revenue: name === 'refund' && value > 0 ? -value : value,
    currency,
    revenueType: name,
    productId: only?.id,
  });
}

function deviceOf({ client, sentBy }: Event): JsonObject {
  const ip = publicAddress(client.ip);
  return present({
    platform: sentBy === 'server' ? undefined : 'Web',
    os_name: client.os,
    language: client.language,
    user_agent: client.userAgent,
    ip,
    country: ip === undefined ? countryName(client.country) : undefined,
  });
}
