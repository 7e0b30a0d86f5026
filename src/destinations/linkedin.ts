import { z } from 'zod';
import { defineDestination } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import { secretSchema } from '../model/secret.ts';
import { clickOf } from './shared/click.ts';
import { decimal, revenueOf } from './shared/commerce.ts';
import { hashAll } from './shared/contact.ts';
import { eventMapSchema, mappedTo } from './shared/event-map.ts';
import { unfitFor } from './shared/fit.ts';
import { jsonPost } from './shared/json-post.ts';
import { judgeLinkedIn } from './shared/linkedin-answer.ts';
import { cannotBuild, cut, notSupported, payloadOf, present } from './shared/payload.ts';
import { hasOneSignIn, refreshGrant } from './shared/refresh-token.ts';
import { allowPrivateSchema, endpointSchema, hostSchema, isProtected } from './shared/settings.ts';

const maxBytes = 900_000;
const clickDays = 90;
const maxAgeDays = 90;

const settings = z
  .strictObject({
    conversions: eventMapSchema(/^\d{1,20}$/, { maxIds: 500 }).describe(
      'The id of the conversion rule for each event, its source being the Conversions API; other events are not sent. Example: `{ purchase: "12345678" }`. No default.',
    ),
    accessToken: secretSchema(
      'The access token from Campaign Manager, or of a person who may edit the rules; or else the three settings that follow. Example: `AQXdSP_W41_UPs5ioT`. Default: none.',
    ).exactOptional(),
    clientId: z
      .string()
      .regex(/^[\w.-]{1,200}$/)
      .exactOptional()
      .describe(
        'The OAuth client, where LinkedIn has allowed it refresh tokens. Example: `77abcdefghijkl`. Default: none.',
      ),
    clientSecret: secretSchema(
      "The OAuth client's secret. Example: `WPL_AP1.abc`. Default: none.",
    ).exactOptional(),
    refreshToken: secretSchema(
      'The refresh token, which lasts a year. Example: `AQWAft_WjYZKwuWXLC5hQlghgTam`. Default: none.',
    ).exactOptional(),
    tokenUrl: endpointSchema
      .default('https://www.linkedin.com/oauth/v2/accessToken')
      .describe(
        'Where access tokens come from. Example: `https://www.linkedin.com/oauth/v2/accessToken`. Default: `https://www.linkedin.com/oauth/v2/accessToken`.',
      ),
    names: z
      .boolean()
      .default(false)
      .describe(
        'Send first and last name with the country, which LinkedIn takes in the clear only. Example: `true`. Default: `false`.',
      ),
    version: z
      .string()
      .regex(/^20\d{4}$/, { error: 'must be a year and a month such as 202607, in quotes' })
      .default('202607')
      .describe('The API version, a month; each lasts a year. Example: `"202607"`. Default: `"202607"`.'),
    host: hostSchema
      .default('https://api.linkedin.com')
      .describe('Where to send. Example: `https://api.linkedin.com`. Default: `https://api.linkedin.com`.'),
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
  .refine((own) => hasOneSignIn(own.accessToken, own), {
    path: ['accessToken'],
    error: 'must be set, or else clientId, clientSecret and refreshToken together',
  });

/** LinkedIn's Conversions API. */
export const destination = defineDestination({
  name: 'linkedin',
  title: 'LinkedIn Conversions API',
  description:
    "Sends conversions to LinkedIn's Conversions API (version 202607), each to the conversion rule that is set for its event. A conversion is found by the click id (`li_fat_id`, which needs enhanced conversion tracking) and by the hashed e-mail address; names only where the settings say so, because LinkedIn takes them in the clear. The event id is the one to give the Insight Tag: of two conversions of one event LinkedIn keeps one, if each has its own rule. A refund has no counterpart. A visitor who opted out of sale and sharing is never sent. There is no test mode (a rule of its own does) and no flag against personalised advertising alone: where that counts, the configuration's `needs` can require `ad_personalization`. IP addresses are not sent: how LinkedIn wants them hashed could not be verified. An access token lasts 60 days; a refresh token renews it.",
  settings,
  needs: {
    required: ['ad_storage', 'ad_user_data'],
    optional: ['analytics_storage'],
    vendor: { tcf: 804 },
  },
  // LinkedIn takes 5,000, and refuses all of them for one, in an answer that is read up to 64 KB.
  batch: { maxEvents: 200, maxBytes },

  build(permit, { conversions, names }) {
    const { event } = permit;
    const rule = mappedTo(conversions, event.name);
    if (rule === undefined)
      return notSupported(`no conversion rule is set for ${JSON.stringify(event.name)}`);
    const unfit = unfitFor('LinkedIn', permit, maxAgeDays);
    if (unfit !== undefined) return unfit;
    const revenue = revenueOf(event);
    if (event.name === 'purchase' && revenue === undefined) {
      return cannotBuild('a purchase needs a value and a currency of three letters');
    }
    const userIds = userIdsOf(event);
    if (userIds.length === 0)
      return cannotBuild('there is neither a click id of the last 90 days nor an e-mail address');
    const body = present({
      conversion: `urn:lla:llaPartnerConversion:${rule}`,
      conversionHappenedAt: event.occurredAtMs,
      conversionValue:
        revenue === undefined
          ? undefined
          : { currencyCode: revenue.currency, amount: decimal(revenue.value) },
      eventId: event.id,
      user: present({ userIds, userInfo: names ? userInfoOf(event) : undefined }),
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, own) {
    const { accessToken } = own;
    const oauth = refreshGrant(own);
    const post = jsonPost({
      url: `${own.host}/rest/conversionEvents`,
      headers: {
        'linkedin-version': own.version,
        'x-restli-protocol-version': '2.0.0',
        'x-restli-method': 'BATCH_CREATE',
      },
      body: { elements: payloads.map(({ body }) => body) },
      allowPrivate: own.allowPrivate,
      ...(accessToken !== undefined && {
        token: { header: 'authorization', prefix: 'Bearer ', secret: accessToken },
      }),
    });
    return oauth === undefined ? post : { ...post, oauth };
  },

  judge: judgeLinkedIn,
});

/** LinkedIn's own id of the click, and the hash of the first usable e-mail address. */
function userIdsOf(event: Event): readonly JsonObject[] {
  const [email] = hashAll('linkedin', 'email', event.user?.emails ?? []) ?? [];
  const click = clickOf(event, 'li_fat_id', clickDays)?.value ?? cookieOf(event);
  return [
    ...(email === undefined ? [] : [{ idType: 'SHA256_EMAIL', idValue: email }]),
    ...(click === undefined ? [] : [{ idType: 'LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID', idValue: click }]),
  ];
}

function cookieOf({ visitor }: Event): string | undefined {
  const value = visitor?.clientIds['li_fat_id'];
  return value !== undefined && /^[\w-]{8,100}$/.test(value) ? value : undefined;
}

/** Both names or none: LinkedIn refuses half of them. */
function userInfoOf({ user }: Event): JsonObject | undefined {
  const [firstName, lastName] = [user?.firstName?.trim(), user?.lastName?.trim()];
  if (!firstName || !lastName) return undefined;
  const country = user?.country?.trim().toUpperCase();
  return present({
    firstName: cut(firstName, 100),
    lastName: cut(lastName, 100),
    countryCode: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
  });
}
