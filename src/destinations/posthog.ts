import { z } from 'zod';
import { defineDestination, type Outcome, type Payload } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { campaignProperties, eventProperties, identityOf } from './shared/analytics.ts';
import { all, judgeReply, type Reply, refuseBatch, statusWith, wordsOf } from './shared/answer.ts';
import { isEventTime } from './shared/conversion.ts';
import { cannotBuild, cut, notSupported, payloadOf, present } from './shared/payload.ts';
import { screenOf } from './shared/screen.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';
import { timeUuid, uuidIn, uuidOf } from './shared/uuid.ts';

// PostHog takes 20 MB a request and about 1 MB an event.
const maxBytes = 900_000;
const timeoutMs = 15_000;
const limits = { maxCharacters: 8192, maxDepth: 20, maxEntries: 1000, reserved: /^\$/ };

const settings = z
  .strictObject({
    apiKey: secretSchema("The project's API key. Example: `phc_2Yk3AbCdEfGh`. No default."),
    personProfiles: z
      .enum(['identified', 'always', 'never'])
      .default('identified')
      .describe(
        'For whom PostHog keeps a person profile: logged-in users, everybody, or nobody. Example: `never`. Default: `identified`.',
      ),
    historical: z
      .boolean()
      .default(false)
      .describe(
        'Mark requests as historical migration, for importing events older than two days. Example: `true`. Default: `false`.',
      ),
    host: hostSchema
      .default('https://us.i.posthog.com')
      .describe(
        'Where to send. Example: `https://eu.i.posthog.com` or an installation of your own. Default: `https://us.i.posthog.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** PostHog, server to server. */
export const destination = defineDestination({
  name: 'posthog',
  title: 'PostHog (batch)',
  description:
    "Sends each event to a PostHog project through `/batch/`. A page view becomes PostHog's own `$pageview`, every other event keeps its name. The distinct id is the user id of a logged-in user, else the browser's: the one of PostHog's own SDK where the tracker sends it (`clientIds.posthog`), else a pseudonym that only PostHog gets; an e-mail address as user id stays here. A sign-up or login of a known user brings the `$identify` that makes both one person. The visitor's address goes along only where `ad_user_data` is granted and the site keeps addresses; without it `$geoip_disable` keeps PostHog from placing everybody where the gateway stands. Click ids go along only with `ad_storage`; a tracker's own properties under PostHog's names (`$…`) and contact data are never sent. The event's `uuid` is its id, or made of it, and lets PostHog drop repetitions. PostHog answers 200 whatever it thinks of an event, so what it would drop in silence is refused here. The endpoint has no version, and there is no test mode: use a project of its own. Uncertain (2026-11-23): what exactly repetitions are dropped by, and the form of the answer that says a quota is used up.",
  settings,
  needs: { required: ['analytics_storage'], optional: ['ad_storage', 'ad_user_data'] },
  batch: { maxEvents: 500, maxBytes },

  build({ event }, { personProfiles }) {
    if (event.name === '' || event.name.startsWith('$')) {
      return notSupported(`PostHog reserves the event name ${JSON.stringify(event.name)}`);
    }
    const { userId, deviceId } = identityOf(event, 'posthog');
    const distinctId = userId ?? deviceId;
    if (distinctId === undefined) return cannotBuild('there is no visitor, and PostHog needs a distinct id');
    if (!isEventTime(event.occurredAtMs)) return cannotBuild('its time is not one of an event');
    const hasProfile =
      personProfiles === 'always' || (personProfiles === 'identified' && userId !== undefined);
    const body = present({
      event: event.name === 'page_view' ? '$pageview' : cut(event.name, 200),
      distinct_id: distinctId,
      timestamp: new Date(event.occurredAtMs).toISOString(),
      uuid: uuidOf(event.id),
      properties: {
        ...eventProperties(event, limits),
        ...campaignProperties(event),
        ...contextOf(event),
        ...(deviceId !== undefined && { $device_id: deviceId }),
        $process_person_profile: hasProfile,
        $lib: 'throughline',
      },
    });
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { host, apiKey, historical, allowPrivate }) {
    const key = apiKey.reveal();
    const batch = payloads.flatMap(({ body }) => entriesOf(body));
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/batch/`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(present({ api_key: key, historical_migration: historical || undefined, batch })),
      secrets: [key],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) => judgeReply(answer, sent, (reply) => read(reply, sent)),
});

const identifying = new Set<Json | undefined>(['identify', 'login', 'sign_up']);

/** Before a sign-up or login goes the `$identify` that makes the browser and the user one person; elsewhere nothing. */
function entriesOf(body: JsonObject): readonly JsonObject[] {
  const { event, distinct_id: userId, timestamp, uuid, properties } = body;
  if (!identifying.has(event) || !isJsonObject(properties)) return [body];
  const { $device_id: deviceId, $process_person_profile: hasProfile, $ip: ip } = properties;
  if (hasProfile !== true || deviceId === undefined || deviceId === userId) return [body];
  const identify = present({
    event: '$identify',
    distinct_id: userId,
    timestamp,
    uuid: uuidOf(`${String(uuid)}|identify`),
    properties: present({
      $anon_distinct_id: deviceId,
      $ip: ip,
      $geoip_disable: ip === undefined ? true : undefined,
      $process_person_profile: true,
      $lib: 'throughline',
    }),
  });
  return event === 'identify' ? [identify] : [identify, body];
}

const deviceTypes = { desktop: 'Desktop', mobile: 'Mobile', tablet: 'Tablet', tv: 'TV' } as const;

function contextOf({ page, client, session, properties }: Event): JsonObject {
  const text = (value: string | undefined) =>
    value === undefined ? undefined : cut(value, limits.maxCharacters);
  const url = page?.url === undefined ? null : URL.parse(page.url);
  const ip = publicAddress(client.ip);
  const { device } = client;
  const screen = screenOf(client);
  return present({
    $ip: ip,
    $geoip_disable: ip === undefined ? true : undefined,
    $geoip_country_code: ip === undefined ? client.country : undefined,
    // The session that PostHog's own tag named, so that both sides count the same one, else ours.
    $session_id: uuidIn(properties['$session_id']) ?? (session && timeUuid(session.startedAtMs, session.id)),
    $current_url: text(page?.url),
    $host: text(url?.host),
    $pathname: text(url?.pathname),
    title: text(page?.title),
    $referrer: text(page?.referrer),
    $referring_domain: page?.referrer === undefined ? undefined : text(URL.parse(page.referrer)?.host),
    $browser: client.browser,
    $browser_version: client.browserVersion,
    $os: client.os,
    $device_type: device === undefined || device === 'other' ? undefined : deviceTypes[device],
    $browser_language: client.language,
    $raw_user_agent: client.userAgent,
    $screen_width: screen?.width,
    $screen_height: screen?.height,
  });
}

const replySchema = z.object({
  quota_limited: z.array(z.string().max(64)).max(100).optional().catch(undefined),
  detail: z.unknown().optional(),
  error: z.unknown().optional(),
});

const quotaMs = 3_600_000;

/** PostHog takes or refuses a request as a whole, and can say under 200 that a quota kept the events out. */
function read({ status, json, text }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  const reply = replySchema.safeParse(json).data;
  if (status < 300) {
    if (wordsOf(reply?.error, []) !== undefined) {
      return refuseBatch(sent, statusWith(status, reply?.error, sent));
    }
    if (!reply?.quota_limited?.includes('events')) return undefined;
    return all(sent, {
      kind: 'retry',
      message: `HTTP ${status}, the project's quota of events is used up`,
      afterMs: quotaMs,
    });
  }
  if (status !== 400 && status !== 413) return undefined;
  return refuseBatch(sent, statusWith(status, reply?.detail ?? reply?.error ?? text, sent));
}
