import { z } from 'zod';
import { secretSchema } from '../../model/secret.ts';
import { headerNameSchema, headerSecretSchema, headersSchema } from './headers.ts';
import { allowPrivateSchema, endpointSchema, isProtected } from './settings.ts';
import { bodyTemplateSchema, textTemplateSchema } from './template.ts';

/** The most events of one request, whatever is configured. */
export const maxBatchEvents = 1000;

const authSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none').describe('No credentials.') }),
    z.strictObject({
      type: z.literal('bearer').describe('`Authorization: Bearer …`.'),
      token: headerSecretSchema('The token. Example: `abc123`. No default.'),
    }),
    z.strictObject({
      type: z.literal('basic').describe('`Authorization: Basic …`.'),
      username: z
        .string()
        .regex(/^[^:]*$/)
        .describe('The user, without a colon. Example: `shop`. No default.'),
      password: secretSchema('The password. Example: `correct horse`. No default.'),
    }),
    z.strictObject({
      type: z.literal('hmac').describe('The HMAC-SHA256 of the body as it is sent, in a header.'),
      secret: secretSchema('The key, as UTF-8. Example: `s3cr3t`. No default.'),
      header: headerNameSchema
        .default('X-Signature')
        .describe('The header. Example: `X-Hub-Signature-256`. Default: `X-Signature`.'),
      prefix: z
        .string()
        .regex(/^[\x21-\x7e]{0,32}$/)
        .default('sha256=')
        .describe('What stands in front of the signature. Example: `v1=`. Default: `sha256=`.'),
      encoding: z
        .enum(['hex', 'base64'])
        .default('hex')
        .describe('How the signature is written. Example: `base64`. Default: `hex`.'),
    }),
  ])
  .default({ type: 'none' });

const batchSchema = z
  .strictObject({
    format: z
      .enum(['single', 'array', 'ndjson'])
      .default('single')
      .describe(
        'How bodies share a request: one each, a JSON array, or one line of JSON each. Example: `ndjson`. Default: `single`.',
      ),
    maxEvents: z
      .int()
      .min(1)
      .max(maxBatchEvents)
      .default(100)
      .describe('The most events of one request, 1 to 1000. Example: `500`. Default: `100`.'),
    key: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .exactOptional()
      .describe(
        'Puts an array into an object under this key. Example: `events` for `{"events":[…]}`. Default: none.',
      ),
  })
  .prefault({});

const answerRuleSchema = z.strictObject({
  status: z
    .union([
      z.int().min(100).max(599),
      z.string().regex(/^[1-5]xx$|^[1-5]\d\d-[1-5]\d\d$/, { error: 'write 409, 4xx or 400-403' }),
    ])
    .describe('The status, a class of them or a range. Example: `409`, `4xx` or `400-403`. No default.'),
  contains: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe('Holds only where the body has this text. Example: `duplicate`. Default: none.'),
  field: z
    .string()
    .regex(/^[\w-]+(?:\.[\w-]+){0,7}$/)
    .exactOptional()
    .describe('Holds only where the JSON body has this field. Example: `error.code`. Default: none.'),
  equals: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .exactOptional()
    .describe('And where that field has this value. Example: `41`. Default: none.'),
  outcome: z
    .enum(['delivered', 'retry', 'rejected', 'unauthorised'])
    .describe(
      'What such an answer means; `unauthorised` pauses the destination. Example: `delivered`. No default.',
    ),
});

/** What one answer of the receiver means. */
export type AnswerRule = z.output<typeof answerRuleSchema>;

/** The settings of the generic HTTP destination. */
export const httpSettingsSchema = z
  .strictObject({
    url: endpointSchema.describe('Where to send. Example: `https://api.example.com/events`. No default.'),
    method: z
      .enum(['POST', 'PUT', 'PATCH', 'GET'])
      .default('POST')
      .describe('The HTTP method; GET sends no body. Example: `GET` for a postback. Default: `POST`.'),
    query: z
      .record(z.string().min(1).max(200), textTemplateSchema)
      .default({})
      .describe(
        'Query parameters by name, with fields of the event as `{{path}}`; one that is empty is left out. Example: `{ click: "{{campaign.session.clickIds.awc.value}}" }`. Default: none.',
      ),
    headers: headersSchema().describe(
      'More headers by name, each value a secret. Example: `{ X-Api-Key: abc }`. Default: none.',
    ),
    idempotencyHeader: headerNameSchema
      .exactOptional()
      .describe(
        'A header that carries the event id, the same over every retry. Example: `Idempotency-Key`. Default: none.',
      ),
    body: bodyTemplateSchema
      .exactOptional()
      .describe(
        'The JSON body of one event, with fields of the event as `{{path}}`: alone in its quotes a field keeps its type and is left out where it is not there. Example: `{ order: "{{commerce.transactionId}}", total: "{{commerce.value}}" }`. Default: the whole permitted event.',
      ),
    batch: batchSchema.describe(
      'How events share a request. Example: `{ format: ndjson }`. Default: one each.',
    ),
    auth: authSchema.describe(
      'The credentials. Example: `{ type: bearer, token: abc }`. Default: `{ type: none }`.',
    ),
    answers: z
      .array(answerRuleSchema)
      .max(50)
      .default([])
      .describe(
        'What answers mean, where the status alone does not say; the first rule that holds counts. Example: `[{ status: 409, outcome: delivered }]`. Default: none.',
      ),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(30)
      .default(15)
      .describe('How long to wait for the answer, in seconds, 1 to 30. Example: `20`. Default: `15`.'),
    allowPrivate: allowPrivateSchema,
  })
  .refine(isProtected, { path: ['url'], error: 'must be https, unless `allowPrivate` is true' })
  .refine(({ method, body }) => method !== 'GET' || body === undefined, {
    path: ['body'],
    error: 'GET sends no body; write `query` instead',
  })
  .refine(({ method, auth }) => method !== 'GET' || auth.type !== 'hmac', {
    path: ['auth'],
    error: 'signs the body, and GET sends none',
  })
  .refine(
    ({ batch, method, query, idempotencyHeader }) =>
      batch.format === 'single' ||
      (method !== 'GET' && Object.keys(query).length === 0 && idempotencyHeader === undefined),
    {
      path: ['batch'],
      error: 'several events can share neither a GET, nor `query`, nor `idempotencyHeader`',
    },
  )
  .refine(({ batch }) => batch.key === undefined || batch.format === 'array', {
    path: ['batch'],
    error: '`key` needs the format `array`',
  });

/** The checked settings of the generic HTTP destination. */
export type HttpSettings = z.output<typeof httpSettingsSchema>;
