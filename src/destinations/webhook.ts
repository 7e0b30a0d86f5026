import { createHmac, hash } from 'node:crypto';
import { z } from 'zod';
import {
  type Answer,
  defineDestination,
  judgeByStatus,
  type Outcome,
  retryAfter,
} from '../contract/destination.ts';
import { type Secret, secretSchema } from '../model/secret.ts';
import { headersSchema } from './shared/headers.ts';
import { cannotBuild, cut, onlyOne, payloadOf } from './shared/payload.ts';
import { allowPrivateSchema, endpointSchema, isProtected } from './shared/settings.ts';

const maxBytes = 1_048_576;

/** A zod field for a secret that signs after Standard Webhooks. `fallback` says what is without it. */
export const signingSecretSchema = (description: string, fallback: string) =>
  secretSchema(`${description} Example: \`whsec_\` and 24 to 64 random bytes in base64. ${fallback}`).refine(
    isSigningSecret,
    {
      error: 'must be 24 to 64 bytes in standard base64, with or without `whsec_` in front',
    },
  );

const settings = z
  .strictObject({
    url: endpointSchema.describe('Where to post. Example: `https://hooks.example.com/events`. No default.'),
    secret: signingSecretSchema('Signs each request.', 'No default.'),
    previousSecret: signingSecretSchema(
      'The secret before this one; signs too while the receiver changes over.',
      'Default: none.',
    ).exactOptional(),
    headers: headersSchema(['webhook-id', 'webhook-signature', 'webhook-timestamp']).describe(
      'More headers by name, each value a secret. Example: `{ X-Api-Key: abc }`. Default: none.',
    ),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(30)
      .default(15)
      .describe('How long to wait for the answer, in seconds, 1 to 30. Example: `20`. Default: `15`.'),
    retryClientErrors: z
      .boolean()
      .default(false)
      .describe(
        'Try again after every 4xx but 410, not only after 408, 425 and 429. Example: `true`. Default: `false`.',
      ),
    allowPrivate: allowPrivateSchema,
  })
  .refine(isProtected, { path: ['url'], error: 'must be https, unless `allowPrivate` is true' });

/** Any receiver that speaks Standard Webhooks. */
export const destination = defineDestination({
  name: 'webhook',
  title: 'Webhook (Standard Webhooks)',
  description:
    'Posts each permitted event, with its consent, as JSON, signed after Standard Webhooks 1.0.0 (HMAC-SHA256). `webhook-id` is the same over every retry, so that the receiver can drop repetitions. Redirects are not followed; After 410 an event is tried once an hour until delivery gives up.',
  settings,
  erasure: 'By hand: ask whoever runs the receiver to delete the events by their ids (`webhook-id`).',
  needs: 'declared',
  takesReduced: true,
  batch: { maxEvents: 1, maxBytes },

  build({ event }) {
    const occurredAt = new Date(event.occurredAtMs);
    if (Number.isNaN(occurredAt.getTime()))
      return cannotBuild('occurredAtMs is not a time that ISO 8601 can say');
    const body = {
      type: eventType(event.name),
      timestamp: occurredAt.toISOString(),
      data: { ...event },
    };
    return payloadOf(event, body, maxBytes);
  },

  request(payloads, { url, secret, previousSecret, headers, timeoutSeconds, allowPrivate }, { nowMs }) {
    const payload = onlyOne(payloads);
    const body = JSON.stringify(payload.body);
    const id = webhookId(payload.eventId);
    const timestamp = String(Math.floor(nowMs / 1000));
    const keys = previousSecret === undefined ? [secret] : [secret, previousSecret];
    const custom = Object.entries(headers).map(
      ([name, value]) => [name.toLowerCase(), value.reveal()] as const,
    );
    return {
      kind: 'http',
      method: 'POST',
      url,
      headers: {
        ...Object.fromEntries(custom),
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': keys.map((key) => signWebhook(key, `${id}.${timestamp}.${body}`)).join(' '),
      },
      body,
      secrets: custom.map(([, value]) => value),
      allowPrivate,
      timeoutMs: timeoutSeconds * 1000,
    };
  },

  judge(answer, sent, { retryClientErrors }) {
    if (answer.kind === 'answered' && answer.status === 410) return sent.map(() => gone);
    return retryClientErrors && isClientError(answer)
      ? sent.map(() => retried(answer))
      : judgeByStatus(answer, sent);
  },
});

const goneRetryMs = 3_600_000;

/**
 * Standard Webhooks 1.0.0: 410 means that the endpoint is gone for good. Events wait for somebody to put that right, and
 * become dead letters, which can be revived, when delivery gives up.
 */
const gone: Outcome = {
  kind: 'retry',
  message: 'HTTP 410: the receiver wants no more events; change its address or remove the destination',
  afterMs: goneRetryMs,
};

type Answered = Extract<Answer, { kind: 'answered' }>;

function isClientError(answer: Answer): answer is Answered {
  return answer.kind === 'answered' && answer.status >= 400 && answer.status < 500;
}

function retried({ status, headers }: Answered): Outcome {
  return { kind: 'retry', message: `HTTP ${status}`, ...retryAfter(headers) };
}

/** `event.` and the name, dots between runs of [A-Za-z0-9_]. */
function eventType(name: string): string {
  const parts = cut(name, 200)
    .replace(/[^A-Za-z0-9_.]/g, '_')
    .split('.');
  return ['event', ...parts.filter((part) => part !== '')].join('.');
}

/** The id is signed between dots and must stay the same over retries; an id of other characters is hashed into one. */
function webhookId(eventId: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(eventId)) return eventId;
  return `evt_${hash('sha256', eventId, 'hex').slice(0, 32)}`;
}

/** Standard Webhooks 1.0.0: signs `id.timestamp.body`, the timestamp in seconds. */
export function signWebhook(secret: Secret, content: string): string {
  return `v1,${createHmac('sha256', keyBytes(secret)).update(content).digest('base64')}`;
}

function keyBytes(secret: Secret): Buffer {
  return Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
}

function isSigningSecret(secret: Secret): boolean {
  const key = keyBytes(secret);
  const isBase64 = key.toString('base64') === secret.reveal().replace(/^whsec_/, '');
  return isBase64 && key.length >= 24 && key.length <= 64;
}
