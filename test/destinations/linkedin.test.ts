import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { destination } from '../../src/destinations/linkedin.ts';
import { startReceiver } from '../delivery/server.ts';
import { goldenOf } from './golden.ts';
import { connect, copies, deliver, goldenPayloads } from './platform.ts';

const nowMs = 1_795_428_005_000;
const dayMs = 86_400_000;

/** One conversion as LinkedIn's schema has it. */
const elementSchema = z.strictObject({
  conversion: z.string().regex(/^urn:lla:llaPartnerConversion:\d+$/),
  conversionHappenedAt: z.int().min(nowMs - 90 * dayMs),
  conversionValue: z
    .strictObject({ currencyCode: z.string().regex(/^[A-Z]{3}$/), amount: z.string().regex(/^\d+\.\d{2,}$/) })
    .optional(),
  eventId: z.string().min(1),
  user: z.strictObject({
    userIds: z
      .array(
        z.discriminatedUnion('idType', [
          z.strictObject({ idType: z.literal('SHA256_EMAIL'), idValue: z.string().regex(/^[0-9a-f]{64}$/) }),
          z.strictObject({
            idType: z.literal('LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID'),
            idValue: z.string().min(1),
          }),
        ]),
      )
      .min(1),
    userInfo: z
      .strictObject({
        firstName: z.string().min(1),
        lastName: z.string().min(1),
        countryCode: z.string().length(2).optional(),
      })
      .optional(),
  }),
});
const batchSchema = z.strictObject({ elements: z.array(z.unknown()).min(1).max(5000) });

/** A LinkedIn that refuses a whole batch for one bad element and lists the bad ones in its text. */
function startLinkedIn() {
  return startReceiver((res, { url, headers, body }) => {
    const answer = (status: number, json: object) => void res.writeHead(status).end(JSON.stringify(json));
    if (url !== '/rest/conversionEvents') return answer(404, { code: 'RESOURCE_NOT_FOUND' });
    if (!/^Bearer (?:s3cr3t-linkedin|t-1)$/.test(headers.authorization ?? '')) {
      return answer(401, {
        code: 'REVOKED_ACCESS_TOKEN',
        message: 'The token used in the request has been revoked',
      });
    }
    if (headers['linkedin-version'] === '202511') return answer(426, { code: 'NONEXISTENT_VERSION' });
    if (headers['x-restli-method'] !== 'BATCH_CREATE') return answer(400, { message: 'Unknown method' });
    const { elements } = batchSchema.parse(JSON.parse(body));
    const bad = elements.flatMap((element, index) => {
      const [issue] = elementSchema.safeParse(element).error?.issues ?? [];
      return issue === undefined ? [] : [`Index: ${index}, ERROR :: /${issue.path.join('/')} :: is invalid`];
    });
    if (bad.length > 0) return answer(422, { status: 422, message: bad.join('\n') });
    answer(200, { elements: elements.map(() => ({ status: 201 })) });
  });
}

describe('against a LinkedIn that enforces its schema', () => {
  it('every golden payload is taken', async () => {
    const api = await startLinkedIn();
    const payloads = goldenPayloads('linkedin');
    expect(payloads.length).toBeGreaterThan(8);
    const verdicts = await deliver(connect('linkedin', { host: api.url }), payloads);
    expect(new Set(verdicts)).toEqual(new Set(['delivered: HTTP 200, element 201']));
  });

  it('the events that it lists are given up, and those beside them are sent again', async () => {
    const api = await startLinkedIn();
    const linkedin = connect('linkedin', { host: api.url });
    const good = linkedin.payload('evt-1');
    const old = { ...good, body: { ...good.body, conversionHappenedAt: 1 } };
    const nobody = { ...good, body: { ...good.body, user: { userIds: [] } } };
    expect(await deliver(linkedin, [good, old, nobody])).toEqual([
      'retry after 1 s: HTTP 422: another event of the request was refused',
      'dead: HTTP 422: /conversionHappenedAt :: is invalid',
      'dead: HTTP 422: /user/userIds :: is invalid',
    ]);
  });

  it('a version that has ended pauses the destination and says what to do', async () => {
    const api = await startLinkedIn();
    const linkedin = connect('linkedin', { host: api.url, version: '202511' });
    expect(await deliver(linkedin, [linkedin.payload('evt-1')])).toEqual([
      'retry after 0 s: HTTP 426, NONEXISTENT_VERSION; this version of the API has ended, set a newer one',
    ]);
  });

  it('a refusal without a list is halved down to the event', async () => {
    const api = await startReceiver((res, { body }) => {
      const { elements } = batchSchema.parse(JSON.parse(body));
      const isBad = JSON.stringify(elements).includes('evt-bad');
      const taken = JSON.stringify({ elements: elements.map(() => ({ status: 201 })) });
      res.writeHead(isBad ? 400 : 200).end(isBad ? '{"message":"Cannot process"}' : taken);
    });
    const linkedin = connect('linkedin', { host: api.url });
    expect(await deliver(linkedin, [linkedin.payload('evt-1'), linkedin.payload('evt-bad')])).toEqual([
      'delivered: HTTP 200, element 201',
      'dead: HTTP 400: Cannot process',
    ]);
  });

  it('a refresh token signs in where LinkedIn has allowed it', async () => {
    const api = await startLinkedIn();
    const tokens = await startReceiver(
      (res) => void res.writeHead(200).end('{"access_token":"t-1","expires_in":5184000}'),
    );
    const { accessToken: _token, ...golden } = goldenOf('linkedin').settings;
    const signIn = { clientId: '77abc', clientSecret: 's3cr3t-1', refreshToken: 's3cr3t-2' };
    const { payload } = connect('linkedin', { host: api.url });
    const bound = destination.bind(
      'linkedin',
      {
        ...golden,
        ...signIn,
        host: api.url,
        tokenUrl: `${tokens.url}/oauth/v2/accessToken`,
        allowPrivate: true,
      },
      { required: [], optional: [] },
    );
    expect(await deliver({ bound, payload }, [payload('evt-1')])).toEqual([
      'delivered: HTTP 200, element 201',
    ]);
    expect(new URLSearchParams(tokens.received[0]?.body).get('grant_type')).toBe('refresh_token');
  });

  it('a thousand events stay within its limits', async () => {
    const api = await startLinkedIn();
    const linkedin = connect('linkedin', { host: api.url });
    await deliver(linkedin, copies(linkedin.payload('evt-1'), 1000));
    expect(api.received.map(({ body }) => batchSchema.parse(JSON.parse(body)).elements.length)).toEqual(
      Array.from({ length: 5 }, () => 200),
    );
  });
});

describe('the settings of LinkedIn', () => {
  it.each([
    ['no sign-in', { accessToken: undefined }, 'accessToken'],
    ['two sign-ins', { clientId: '77abc' }, 'accessToken'],
    ['a refund as a conversion', { conversions: { refund: '1' } }, 'conversions'],
    ['a rule that is no number', { conversions: { purchase: 'urn:lla:1' } }, 'conversions'],
    ['no rule at all', { conversions: {} }, 'conversions'],
  ])('refuse %s', (_title, change, field) => {
    const given = Object.entries({ ...goldenOf('linkedin').settings, ...change });
    const result = destination.settings.safeParse(
      Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    );
    expect(result.error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });
});
