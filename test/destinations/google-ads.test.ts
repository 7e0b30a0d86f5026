import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { destination } from '../../src/destinations/google-ads.ts';
import { googleSession } from '../../src/destinations/shared/google-session.ts';
import { makeEvent } from '../../src/rules/test-event.ts';
import { startReceiver } from '../delivery/server.ts';
import { goldenOf } from './golden.ts';
import { connect, copies, deliver, goldenPayloads } from './platform.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const account = z.strictObject({
  accountType: z.literal('GOOGLE_ADS'),
  accountId: z.string().regex(/^\d{10}$/),
});
const status = z.enum(['CONSENT_GRANTED', 'CONSENT_DENIED']);

/** The request as the API's definition has it (google/ads/datamanager/v1): a field it does not know is an error. */
const eventSchema = z.strictObject({
  destinationReferences: z.array(z.string()).optional(),
  transactionId: z.string().optional(),
  eventTimestamp: z.iso.datetime(),
  lastUpdatedTimestamp: z.iso.datetime().optional(),
  eventSource: z.enum(['WEB', 'APP', 'IN_STORE', 'PHONE', 'OTHER']).optional(),
  conversionValue: z.number().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
  adIdentifiers: z
    .strictObject({
      gclid: z.string().optional(),
      sessionAttributes: z
        .string()
        .max(4000)
        .regex(/^[\w-]+$/)
        .optional(),
      gbraid: z.string().optional(),
      wbraid: z.string().optional(),
    })
    .optional(),
  userData: z
    .strictObject({
      userIdentifiers: z
        .array(
          z.union([
            z.strictObject({ emailAddress: sha256 }),
            z.strictObject({ phoneNumber: sha256 }),
            z.strictObject({
              address: z.strictObject({
                givenName: sha256,
                familyName: sha256,
                regionCode: z.string().regex(/^[A-Z]{2}$/),
                postalCode: z.string(),
              }),
            }),
          ]),
        )
        .max(10),
    })
    .optional(),
  consent: z.strictObject({ adUserData: status, adPersonalization: status }).optional(),
  eventDeviceInfo: z
    .strictObject({ userAgent: z.string().optional(), ipAddress: z.string().optional() })
    .optional(),
  cartData: z
    .strictObject({
      merchantId: z.string().optional(),
      merchantFeedLabel: z.string().optional(),
      merchantFeedLanguageCode: z.string().optional(),
      items: z.array(
        z.strictObject({
          merchantProductId: z.string(),
          quantity: z.string().regex(/^\d+$/).optional(),
          unitPrice: z.number().optional(),
        }),
      ),
    })
    .optional(),
});
const requestSchema = z.strictObject({
  destinations: z
    .array(
      z.strictObject({
        reference: z.string(),
        operatingAccount: account,
        loginAccount: account.optional(),
        productDestinationId: z.string().regex(/^\d+$/),
      }),
    )
    .min(1)
    .max(10),
  events: z.array(eventSchema).min(1).max(2000),
  encoding: z.enum(['HEX', 'BASE64']).optional(),
  validateOnly: z.boolean().optional(),
});

const refusal = (violations: readonly { field: string; reason: string }[]) => ({
  error: {
    code: 400,
    message: 'Request contains an invalid argument.',
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }],
  },
});

/** The rules of one request: the API's definition, and what its error reasons name. */
function violationsOf(body: string): readonly { field: string; reason: string }[] {
  const { data, error } = requestSchema.safeParse(JSON.parse(body));
  if (data === undefined) {
    return error.issues.map(({ path }) => ({
      field: `events.${path.join('.')}`.replace(/events\.events\.(\d+)/, 'events.events[$1]'),
      reason: 'INVALID_FORMAT',
    }));
  }
  const references = new Set(data.destinations.map(({ reference }) => reference));
  return data.events.flatMap(({ destinationReferences = [], adIdentifiers, userData, transactionId }, at) => {
    const field = `events.events[${at}]`;
    if (destinationReferences.some((one) => !references.has(one)))
      return [{ field, reason: 'INVALID_DESTINATION' }];
    if (userData !== undefined && data.encoding === undefined)
      return [{ field, reason: 'REQUIRED_FIELD_MISSING' }];
    if (adIdentifiers === undefined && userData === undefined)
      return [{ field, reason: 'NO_IDENTIFIERS_PROVIDED' }];
    return transactionId === 'refuse me' ? [{ field, reason: 'INVALID_EVENT' }] : [];
  });
}

/** A Data Manager that takes the token `t-1` and enforces what it publishes, with its token server. */
async function startGoogle(options: { readonly grants?: boolean } = {}) {
  const tokens = await startReceiver((res) => {
    if (options.grants === false)
      return void res
        .writeHead(400)
        .end('{"error":"invalid_grant","error_description":"Token has been expired or revoked."}');
    res.writeHead(200).end('{"access_token":"t-1","expires_in":3599,"token_type":"Bearer"}');
  });
  const api = await startReceiver((res, { url, headers, body }) => {
    if (headers.authorization !== 'Bearer t-1')
      return void res.writeHead(401).end('{"error":{"status":"UNAUTHENTICATED"}}');
    if (url !== '/v1/events:ingest') return void res.writeHead(404).end('{"error":{"status":"NOT_FOUND"}}');
    const violations = violationsOf(body);
    if (violations.length > 0) return void res.writeHead(400).end(JSON.stringify(refusal(violations)));
    res.writeHead(200).end('{"requestId":"r-1"}');
  });
  return { tokens, api, settings: { host: api.url, tokenUrl: `${tokens.url}/token` } };
}

describe('against a Data Manager that enforces its definition', () => {
  it('every golden payload is taken', async () => {
    const { api, settings } = await startGoogle();
    const google = connect('google-ads', settings);
    const payloads = goldenPayloads('google-ads');
    expect(payloads.length).toBeGreaterThan(10);
    const verdicts = await deliver(google, payloads);
    expect(new Set(verdicts)).toEqual(new Set(['delivered: HTTP 200, requestId r-1']));
    expect(api.received).toHaveLength(1);
  });

  it('one bad event is given up, and those beside it are sent again', async () => {
    const { settings } = await startGoogle();
    const google = connect('google-ads', settings);
    const good = google.payload('evt-1');
    const bad = { ...good, eventId: 'evt-2', body: { ...good.body, transactionId: 'refuse me' } };
    expect(await deliver(google, [good, bad, good])).toEqual([
      'retry after 1 s: HTTP 400: another event of the request was refused',
      'dead: HTTP 400, INVALID_EVENT',
      'retry after 1 s: HTTP 400: another event of the request was refused',
    ]);
  });

  it('a thousand events go in batches, each conversion action named once', async () => {
    const { api, settings } = await startGoogle();
    const google = connect('google-ads', settings);
    const verdicts = await deliver(google, copies(google.payload('evt-1'), 1000));
    expect(new Set(verdicts).size).toBe(1);
    expect(api.received).toHaveLength(5);
    const sizes = api.received.map(({ body }) => requestSchema.parse(JSON.parse(body)));
    expect(sizes.map(({ events, destinations }) => [events.length, destinations.length])).toEqual(
      Array.from({ length: 5 }, () => [200, 1]),
    );
  });

  it('a service account signs in by its key file', async () => {
    const { tokens, settings } = await startGoogle();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = {
      type: 'service_account',
      client_email: 'tags@project-1.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      private_key_id: 'k1',
    };
    const {
      clientId: _id,
      clientSecret: _secret,
      refreshToken: _token,
      ...golden
    } = goldenOf('google-ads').settings;
    const bound = destination.bind(
      'google-ads',
      { ...golden, ...settings, allowPrivate: true, serviceAccountKey: JSON.stringify(keyFile) },
      { required: [], optional: [] },
    );
    const { payload } = connect('google-ads', settings);
    expect(await deliver({ bound, payload }, [payload('evt-1')])).toEqual([
      'delivered: HTTP 200, requestId r-1',
    ]);
    expect(tokens.received[0]?.body).toContain('jwt-bearer');
  });

  it('a revoked grant pauses the destination, and no event is lost', async () => {
    const { api, settings } = await startGoogle({ grants: false });
    const google = connect('google-ads', settings);
    expect(await deliver(google, [google.payload('evt-1')])).toEqual([
      'retry after 0 s: token server: HTTP 400, invalid_grant: Token has been expired or revoked.',
    ]);
    expect(api.received).toEqual([]);
  });

  it('a request that is too large is halved', async () => {
    const { settings } = await startGoogle();
    const narrow = await startReceiver((res, { body }) => {
      const isLarge = requestSchema.parse(JSON.parse(body)).events.length > 2;
      res
        .writeHead(isLarge ? 413 : 200)
        .end(isLarge ? '{"error":{"status":"INVALID_ARGUMENT"}}' : '{"requestId":"r-2"}');
    });
    const google = connect('google-ads', { ...settings, host: narrow.url });
    const verdicts = await deliver(google, copies(google.payload('evt-1'), 5));
    expect(new Set(verdicts)).toEqual(new Set(['delivered: HTTP 200, requestId r-2']));
    expect(narrow.received).toHaveLength(5);
  });
});

describe('session attributes', () => {
  const touch = {
    kind: 'click_id' as const,
    source: 'google',
    medium: 'cpc',
    channel: 'Paid Search',
    atMs: 1_795_420_000_000,
    clickIds: {},
    parameters: { gad_source: '1', utm_id: '7' },
  };
  const event = (changes: object) => {
    const made = makeEvent({ occurredAtMs: 1_795_428_000_000, ...changes });
    if (!made.ok) throw new Error(JSON.stringify(made.issues));
    return made.event;
  };
  const read = (text: string | undefined): unknown =>
    text === undefined ? undefined : JSON.parse(Buffer.from(text, 'base64url').toString());

  it("hold Google's own parameters, but no browser for a landing of another session", () => {
    const client = { isBot: false, userAgent: 'Agent/1.0' };
    const start = { gad_source: '1', session_start_time_usec: '1795420000000000' };
    expect(read(googleSession(event({ campaign: { first: touch }, client })))).toEqual(start);
    expect(read(googleSession(event({ campaign: { session: touch }, client })))).toEqual({
      ...start,
      landing_page_user_agent: 'Agent/1.0',
    });
  });

  it.each([
    ['a touch from elsewhere', { session: { ...touch, parameters: { utm_id: '7' } } }],
    ['a landing of more than ninety days ago', { first: { ...touch, atMs: 1_787_651_999_999 } }],
    ['no touch', {}],
    [
      'an address that is too long',
      { session: { ...touch, landingPage: `https://shop.example/${'x'.repeat(3000)}` } },
    ],
  ])('are not made of %s', (_title, campaign) => {
    expect(googleSession(event({ campaign }))).toBeUndefined();
  });

  it('lose the referrer first where they grow too long', () => {
    const long = {
      ...touch,
      landingPage: 'https://shop.example/',
      referrer: `https://a.example/${'x'.repeat(3000)}`,
    };
    expect(read(googleSession(event({ campaign: { session: long } })))).toEqual({
      gad_source: '1',
      session_start_time_usec: '1795420000000000',
      landing_page_url: 'https://shop.example/',
    });
  });
});

describe('the sign-in settings', () => {
  const { serviceAccountKey: _none, ...base } = goldenOf('google-ads').settings;

  it.each([
    ['half an OAuth client', { clientSecret: undefined }],
    ['both at once', { serviceAccountKey: '{}' }],
    ['a key file that is none', { serviceAccountKey: 'not json', clientId: undefined }],
  ])('refuse %s', (_title, change) => {
    const given = Object.fromEntries(
      Object.entries({ ...base, ...change }).filter(([, value]) => value !== undefined),
    );
    const result = destination.settings.safeParse(given);
    expect(result.error?.issues.map(({ path }) => path[0])).toEqual(['serviceAccountKey']);
  });
});
