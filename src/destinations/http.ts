import { createHmac } from 'node:crypto';
import { defineDestination, type Payload } from '../contract/destination.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { judgeByRules } from './shared/http-answer.ts';
import { type HttpSettings, httpSettingsSchema, maxBatchEvents } from './shared/http-settings.ts';
import { cannotBuild, isEmpty, onlyOne, payloadOf, present } from './shared/payload.ts';
import { fillBody, fillText } from './shared/template.ts';

const maxBytes = 1_048_576;

/** Any receiver that takes JSON, NDJSON or a query over HTTP. */
export const destination = defineDestination({
  name: 'http',
  title: 'HTTP (generic)',
  description:
    'Sends each permitted event to any HTTP receiver: method, query, headers, body and credentials are settings. Query and body are templates over the event: `{{commerce.value}}` stands for a field, by the names of the canonical event, and there is no code in them. Events share a request as a JSON array or as NDJSON where `batch` says so. 2xx means delivered; 408, 425, 429 and 5xx are tried again; 401 and 403 pause the destination; everything else is refused, a batch only after its events have come back one by one; `answers` changes that for single answers. Redirects are not followed. The event id as `{{id}}`, or in `idempotencyHeader`, lets the receiver drop repetitions. Nothing is known of the receiver, so `needs` has to be declared.',
  settings: httpSettingsSchema,
  needs: 'declared',
  batch: { maxEvents: maxBatchEvents, maxBytes },
  batchOf: ({ batch }) => ({ maxEvents: batch.format === 'single' ? 1 : batch.maxEvents, maxBytes }),

  build({ event }, settings) {
    const body = bodyOf(event, settings);
    const query = queryOf(event, settings);
    if (body !== undefined && isEmpty(body)) {
      return cannotBuild('the body is empty: the event has none of the fields that it names');
    }
    if (body === undefined && isEmpty(query) && !isEmpty(settings.query)) {
      return cannotBuild('the query is empty: the event has none of the fields that it names');
    }
    return payloadOf(event, present({ query: isEmpty(query) ? undefined : query, body }), maxBytes);
  },

  request(payloads, settings) {
    const { method, allowPrivate, timeoutSeconds } = settings;
    const body = method === 'GET' ? '' : contentOf(payloads, settings);
    const custom = Object.entries(settings.headers).map(
      ([name, value]) => [name.toLowerCase(), value.reveal()] as const,
    );
    const { headers, secrets } = credentialsOf(settings, body);
    return {
      kind: 'http',
      method,
      url: addressOf(payloads, settings),
      headers: {
        ...Object.fromEntries(custom),
        ...(method !== 'GET' && { 'content-type': contentTypeOf(settings) }),
        ...idempotencyOf(payloads, settings),
        ...headers,
      },
      body,
      secrets: [...custom.map(([, value]) => value), ...secrets],
      allowPrivate,
      timeoutMs: timeoutSeconds * 1000,
    };
  },

  judge: (answer, sent, { answers }) => judgeByRules(answer, sent, answers),
});

function bodyOf(event: Event, { method, body }: HttpSettings): JsonObject | undefined {
  if (method === 'GET') return undefined;
  if (body === undefined) return { ...event };
  const filled = fillBody(body, event);
  return isJsonObject(filled) ? filled : undefined;
}

function queryOf(event: Event, { query }: HttpSettings): JsonObject {
  const filled = Object.entries(query).map(([name, template]) => [name, fillText(template, event)] as const);
  return present(Object.fromEntries(filled.filter(([, value]) => value !== '')));
}

/** The configured address, and the event's own parameters after those that it has. */
function addressOf(payloads: readonly Payload[], { url, query }: HttpSettings): string {
  if (isEmpty(query)) return url;
  const own = onlyOne(payloads).body['query'];
  const address = new URL(url);
  for (const [name, value] of Object.entries(own ?? {})) address.searchParams.append(name, String(value));
  return address.href;
}

function contentOf(payloads: readonly Payload[], { batch }: HttpSettings): string {
  const bodies = payloads.map(({ body }) => body['body'] ?? {});
  if (batch.format === 'ndjson') return bodies.map((body) => `${JSON.stringify(body)}\n`).join('');
  if (batch.format === 'single') return JSON.stringify(bodies[0]);
  return JSON.stringify(batch.key === undefined ? bodies : { [batch.key]: bodies });
}

function contentTypeOf({ batch }: HttpSettings): string {
  return batch.format === 'ndjson' ? 'application/x-ndjson' : 'application/json';
}

function idempotencyOf(
  payloads: readonly Payload[],
  { idempotencyHeader }: HttpSettings,
): Readonly<Record<string, string>> {
  if (idempotencyHeader === undefined) return {};
  // A header takes ASCII only; percent-encoding keeps two ids apart.
  return { [idempotencyHeader.toLowerCase()]: encodeURIComponent(onlyOne(payloads).eventId.toWellFormed()) };
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

function credentialsOf({ auth }: HttpSettings, body: string): Credentials {
  switch (auth.type) {
    case 'none':
      return { headers: {}, secrets: [] };
    case 'bearer': {
      const token = auth.token.reveal();
      return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
    }
    case 'basic': {
      const password = auth.password.reveal();
      const pair = Buffer.from(`${auth.username}:${password}`).toString('base64');
      return { headers: { authorization: `Basic ${pair}` }, secrets: [password, pair] };
    }
    case 'hmac': {
      const signature = createHmac('sha256', auth.secret.reveal()).update(body).digest(auth.encoding);
      return { headers: { [auth.header.toLowerCase()]: `${auth.prefix}${signature}` }, secrets: [] };
    }
  }
}
