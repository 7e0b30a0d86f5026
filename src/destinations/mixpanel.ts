import { z } from 'zod';
import { defineDestination, type Outcome, type Payload } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import type { Json } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import { secretSchema } from '../model/secret.ts';
import { publicAddress } from './shared/address.ts';
import { campaignProperties, eventProperties, identityOf } from './shared/analytics.ts';
import { judgeReply, type Reply, refuseBatch, statusWith, wordsOf } from './shared/answer.ts';
import { cannotBuild, cut, notSupported, payloadOf, presentOf } from './shared/payload.ts';
import { screenOf } from './shared/screen.ts';
import { allowPrivateSchema, hostSchema, isProtected } from './shared/settings.ts';
import { uuidOf } from './shared/uuid.ts';

const maxBytes = 950_000;
const timeoutMs = 15_000;
const earliestMs = Date.UTC(1971, 0, 1);
const maxAheadMs = 3_600_000;
// Mixpanel takes fewer than 255 properties and cuts texts at 255 bytes.
const limits = {
  maxCharacters: 255,
  maxDepth: 4,
  maxEntries: 200,
  reserved: /^(?:\$|mp_|(?:token|ip|time|distinct_id)$)/,
};
const maxProperties = 254;

const settings = z
  .strictObject({
    projectId: z
      .string()
      .regex(/^\d{1,12}$/)
      .exactOptional()
      .describe(
        'The project id, in quotes; needed with a service account. Example: `"3141592"`. Default: none.',
      ),
    serviceAccount: z
      .strictObject({
        username: z
          .string()
          .min(1)
          .describe(
            'The name of the service account. Example: `throughline.1a2b3c.mp-service-account`. No default.',
          ),
        secret: secretSchema('Its secret. Example: `x9mKQbW2`. No default.'),
      })
      .exactOptional()
      .describe(
        'The service account that imports. Example: `{ username: throughline.1a2b3c.mp-service-account, secret: x9mKQbW2 }`. Default: none.',
      ),
    token: secretSchema(
      "The project's token, instead of a service account. Example: `0123456789abcdef0123456789abcdef`. Default: none.",
    ).exactOptional(),
    host: hostSchema
      .default('https://api.mixpanel.com')
      .describe(
        'Where to send. Example: `https://api-eu.mixpanel.com` or `https://api-in.mixpanel.com` for a project there. Default: `https://api.mixpanel.com`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(({ token, serviceAccount }) => (token === undefined) !== (serviceAccount === undefined), {
    path: ['token'],
    error: 'write either `token` or `serviceAccount`',
  })
  .refine(({ projectId, serviceAccount }) => serviceAccount === undefined || projectId !== undefined, {
    path: ['projectId'],
    error: 'is needed with a service account',
  })
  .refine(({ host, allowPrivate }) => isProtected({ url: host, allowPrivate }), {
    path: ['host'],
    error: 'must be https, unless `allowPrivate` is true',
  });

/** Mixpanel, server to server. */
export const destination = defineDestination({
  name: 'mixpanel',
  title: 'Mixpanel (import)',
  description:
    "Sends each event to a Mixpanel project through `/import` with strict validation, in batches; refused events are named one by one, the others count. A page view becomes Mixpanel's own `$mp_web_page_view`, every other event keeps its name. Identities follow the Simplified ID Merge: `$user_id` for a logged-in user, `$device_id` for the browser, the one of Mixpanel's own SDK where the tracker sends it (`clientIds.mixpanel`), else a pseudonym that only Mixpanel gets; an e-mail address as user id stays here. The visitor's address, from which Mixpanel makes a place and which it then drops, goes along only where `ad_user_data` is granted and the site keeps addresses, click ids only with `ad_storage`. The event id is the `$insert_id`, or a UUID made of it where it has more than 36 characters or others than letters, digits and hyphens. Texts are cut at 255 characters, properties that nest deeper than four levels and the last of more than 254 are left out, as are a tracker's own under names that Mixpanel reads itself (`$…`, `mp_…`, `ip`, `token`). Contact data is never sent, and no profile is written. There is no test mode: use a project of its own. Uncertain (2026-11-23): over what time Mixpanel drops repetitions.",
  settings,
  needs: { required: ['analytics_storage'], optional: ['ad_storage', 'ad_user_data'] },
  batch: { maxEvents: 1_000, maxBytes },

  build({ event }) {
    const name = event.name === 'page_view' ? '$mp_web_page_view' : event.name;
    if (name === '' || event.name.startsWith('$') || event.name.startsWith('mp_')) {
      return notSupported(`Mixpanel reserves the event name ${JSON.stringify(event.name)}`);
    }
    const refusal = refusalOf(event);
    if (refusal !== undefined) return refusal;
    const { userId, deviceId } = identityOf(event, 'mixpanel');
    if (deviceId === undefined)
      return cannotBuild('there is no visitor, and Mixpanel needs a device or user id');
    const own: readonly (readonly [string, Json | undefined])[] = [
      ['time', event.occurredAtMs],
      ['distinct_id', userId ?? `$device:${deviceId}`],
      ['$insert_id', insertIdOf(event.id)],
      ['$device_id', deviceId],
      ['$user_id', userId],
      ...contextOf(event),
      ...Object.entries(campaignProperties(event)),
      ...Object.entries(eventProperties(event, limits)),
    ];
    const properties = presentOf(own.filter(([, value]) => value !== undefined).slice(0, maxProperties));
    return payloadOf(event, { event: cut(name, limits.maxCharacters), properties }, maxBytes);
  },

  request(payloads, { host, projectId, serviceAccount, token, allowPrivate }) {
    const secret = serviceAccount?.secret.reveal() ?? token?.reveal() ?? '';
    const pair = serviceAccount === undefined ? `${secret}:` : `${serviceAccount.username}:${secret}`;
    const credentials = Buffer.from(pair).toString('base64');
    const query = new URLSearchParams({ strict: '1', ...(projectId && { project_id: projectId }) });
    return {
      kind: 'http',
      method: 'POST',
      url: `${host}/import?${query}`,
      headers: { 'content-type': 'application/json', authorization: `Basic ${credentials}` },
      body: JSON.stringify(payloads.map(({ body }) => body)),
      secrets: [secret, credentials],
      allowPrivate,
      timeoutMs,
    };
  },

  judge: (answer, sent) => judgeReply(answer, sent, (reply) => read(reply, sent)),
});

/** What Mixpanel's strict validation refuses. Import Events, 2026-11-23. */
function refusalOf({ occurredAtMs, receivedAtMs }: Event): Refusal | undefined {
  if (occurredAtMs < earliestMs) return cannotBuild('before 1971, the earliest that Mixpanel takes');
  if (occurredAtMs - receivedAtMs > maxAheadMs) {
    return cannotBuild('more than the hour ahead of time that Mixpanel takes');
  }
  return undefined;
}

function insertIdOf(id: string): string {
  return /^[A-Za-z0-9-]{1,36}$/.test(id) ? id : uuidOf(id);
}

function contextOf({ page, client }: Event): readonly (readonly [string, Json | undefined])[] {
  const text = (value: string | undefined) =>
    value === undefined ? undefined : cut(value, limits.maxCharacters);
  const screen = screenOf(client);
  return [
    ['ip', publicAddress(client.ip)],
    ['$current_url', text(page?.url)],
    ['current_page_title', text(page?.title)],
    ['$referrer', text(page?.referrer)],
    ['$browser', client.browser],
    ['$browser_version', client.browserVersion],
    ['$os', client.os],
    ['$screen_width', screen?.width],
    ['$screen_height', screen?.height],
    ['mp_country_code', client.country],
  ];
}

const replySchema = z.object({
  error: z.unknown().optional(),
  num_records_imported: z.number().optional().catch(undefined),
  failed_records: z
    .array(
      z.object({
        index: z.int().min(0),
        field: z.string().max(300).optional().catch(undefined),
        message: z.unknown().optional(),
      }),
    )
    .max(2000)
    .optional()
    .catch(undefined),
});

/** Under 400 Mixpanel has taken everything but the records that it lists. 400 Bad Request, 2026-11-23. */
function read({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  if (status === 413) return refuseBatch(sent, 'HTTP 413');
  if (status >= 300 && status !== 400) return undefined;
  const reply = replySchema.safeParse(json).data;
  if (status < 300 && wordsOf(reply?.error, []) === undefined) return undefined;
  const failed = new Map(reply?.failed_records?.map((record) => [record.index, record]));
  if (failed.size === 0) return refuseBatch(sent, statusWith(status, reply?.error, sent));
  return sent.map((payload, index) => {
    const record = failed.get(index);
    if (record === undefined)
      return { kind: 'delivered', note: `HTTP ${status} for other events of the request` };
    const said = wordsOf(record.message, [payload]) ?? wordsOf(record.field, [payload]) ?? 'refused';
    return { kind: 'rejected', message: `HTTP ${status}: ${said}` };
  });
}
