import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, BoundDestination, Payload, Request } from '../../src/contract/destination.ts';
import { type ContactField, hash } from '../../src/contract/hash.ts';
import { destinations } from '../../src/destinations/index.ts';
import { type Consent, type ConsentType, consentTypes } from '../../src/model/consent.ts';
import type { Event } from '../../src/model/event.ts';
import type { Json } from '../../src/model/json.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { Secret } from '../../src/model/secret.ts';
import { bindGolden, buildOf, goldenOf, requestAtMs } from './golden.ts';

/** What every destination must do, whoever wrote it. */
describe.each(destinations)('$name', (destination) => {
  const golden = goldenOf(destination.name);
  const bound = bindGolden(destination, golden);
  const secrets = secretsIn(destination.settings.parse(golden.settings));

  it('builds JSON or refuses, and never throws, whatever the event holds', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const built = buildOf(bound, event);
        if (isRefusal(built)) {
          expect(built.message).not.toBe('');
          return;
        }
        // Vitest's own equality trips over keys such as `constructor`.
        expect(isDeepStrictEqual(JSON.parse(JSON.stringify(built)), built)).toBe(true);
        expect(built.eventId).toBe(event.id);
        expect(Buffer.byteLength(JSON.stringify(built.body))).toBeLessThanOrEqual(bound.batch.maxBytes);
      }),
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });

  it('makes the same request of a payload that the outbox has kept', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const built = buildOf(bound, event);
        if (isRefusal(built)) return;
        const request = requestOf(bound, built);
        expect(requestOf(bound, JSON.parse(JSON.stringify(built)))).toStrictEqual(request);
        if (request.kind === 'http') expect(() => new Headers(request.headers)).not.toThrow();
        if (request.kind === 'append') expect(request.lines.join('')).not.toContain('\n');
      }),
    );
  });

  it('keeps its secrets out of payloads, and names them where a request holds them', () => {
    const built = buildOf(bound, plantedEvent(consentOf(consentTypes)));
    if (isRefusal(built)) throw new Error(built.message);
    const request = requestOf(bound, built);
    const masked = request.kind === 'http' ? request.secrets : [];
    for (const secret of secrets) {
      expect(JSON.stringify(built)).not.toContain(secret);
      if (JSON.stringify(request).includes(secret)) expect(masked).toContain(secret);
    }
  });

  it('judges each payload of any size of batch, whatever comes back', () => {
    fc.assert(
      fc.property(anyAnswer, fc.integer({ min: 1, max: 5 }), (answer, count) => {
        const sent = Array.from({ length: count }, (_, at) => ({ ...emptyPayload, eventId: `evt-${at}` }));
        const outcomes = bound.judge(answer, sent);
        expect(outcomes).toHaveLength(count);
        const kinds = outcomes.map(({ kind }) => kind);
        if (answer.kind === 'failed') expect(kinds).not.toContain('delivered');
        // Half of one event is none, and half of a batch has to be the answer to all of it.
        if (kinds.includes('split')) expect([count > 1, new Set(kinds).size]).toEqual([true, 1]);
      }),
    );
  });

  it('gives a denied or unasked consent type nothing, hashed or not', () => {
    const needs = destination.needs === 'declared' ? anyNeeds : fc.constant(destination.needs);
    fc.assert(
      fc.property(fc.subarray([...consentTypes]), needs, (granted, asked) => {
        const target = destination.bind(destination.name, golden.settings, asked);
        const built = buildOf(target, plantedEvent(consentOf(granted)));
        if (isRefusal(built)) return;
        const sent = JSON.stringify([built, requestOf(target, built)]).toLowerCase();
        const usable = [...asked.required, ...asked.optional].filter((type) => granted.includes(type));
        for (const [type, canaries] of plants) {
          if (usable.includes(type)) continue;
          for (const canary of canaries) {
            for (const form of formsOf(canary)) expect(sent).not.toContain(form.toLowerCase());
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

const emptyPayload: Payload = { eventId: 'evt-0', occurredAtMs: 0, body: {} };

function requestOf(bound: BoundDestination, payload: Payload): Request {
  return bound.request([payload], { nowMs: requestAtMs, number: 1 });
}

function secretsIn(value: unknown): readonly string[] {
  if (value instanceof Secret) return [value.reveal()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

function consentOf(granted: readonly ConsentType[]): Consent {
  const answer = (type: ConsentType) => ({
    granted: granted.includes(type),
    basis: 'signal' as const,
    by: 'consent-mode',
  });
  return {
    regime: 'opt_in',
    types: {
      ad_storage: answer('ad_storage'),
      analytics_storage: answer('analytics_storage'),
      ad_user_data: answer('ad_user_data'),
      ad_personalization: answer('ad_personalization'),
      functionality_storage: answer('functionality_storage'),
      personalization_storage: answer('personalization_storage'),
      security_storage: answer('security_storage'),
    },
    optedOut: false,
    sources: ['consent-mode'],
    problems: [],
  };
}

/** Every value in the planted event that hangs on a consent type. */
const plants: readonly (readonly [ConsentType, readonly string[]])[] = [
  ['ad_storage', ['canarysccid', 'canaryrdt', 'canarytwclid', '550e8400-e29b-41d4-a716-446655440000']],
  [
    'analytics_storage',
    [
      'canaryvisitorkey',
      'canaryuserid',
      '1234567890.1700000000',
      'canarysession',
      'CanaryAgent',
      '1279x719',
      'canaryproperty',
      'canaryorder',
      'canaryquery',
      'canaryreferrer',
    ],
  ],
  [
    'ad_storage',
    [
      ...['canarygclid', 'canaryfbclid', 'canaryttclid', 'canarymsclkid', 'canaryli_fat_id', 'canaryepik'],
      ...['fb.1.1795420000000.1098115397', 'fb.1.1795420000001.canaryfbc'],
      ...['canaryttpcookie', 'ca9a27ca9a27ca9a27ca9a27ca9a27ca', 'canaryepikcookie', 'canaryfatidcookie'],
    ],
  ],
  [
    'ad_user_data',
    [
      'canarymail@example.com',
      '+442079460018',
      '2079460018',
      'canaryfirst',
      'canarylast',
      'canarystreet',
      'canarycity',
      'canaryregion',
      'canaryzip',
      '1985-12-31',
      '198.51.100.77',
    ],
  ],
];

const contactFields: readonly ContactField[] = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'street',
  'city',
  'region',
  'postalCode',
  'birthDate',
  'externalId',
];

const platforms = [
  'google',
  'meta',
  'tiktok',
  'microsoft',
  'linkedin',
  'pinterest',
  'snapchat',
  'reddit',
  'x',
] as const;

const knownForms = new Map<string, readonly string[]>();

/** The value and all its hashes. */
function formsOf(canary: string): readonly string[] {
  const known = knownForms.get(canary);
  if (known !== undefined) return known;
  const hashes = platforms.flatMap((platform) => contactFields.map((field) => hash(platform, field, canary)));
  const forms = [canary, ...hashes.filter((hex) => hex !== undefined)];
  knownForms.set(canary, forms);
  return forms;
}

function plantedEvent(consent: Consent): Event {
  const url =
    'https://shop.example.com/thanks?utm_source=news&q=canaryquery&gclid=canarygclid&fbclid=canaryfbclid';
  const touch = {
    kind: 'click_id',
    source: 'facebook',
    medium: 'cpc',
    clickIds: {
      sccid: { value: 'canarysccid', seenAtMs: 1_795_427_000_000 },
      rdt_cid: { value: 'canaryrdt', seenAtMs: 1_795_427_000_000 },
      twclid: { value: 'canarytwclid', seenAtMs: 1_795_427_000_000 },
      gclid: { value: 'canarygclid', seenAtMs: 1_795_427_000_000 },
      fbclid: { value: 'canaryfbclid', seenAtMs: 1_795_427_000_000 },
      ttclid: { value: 'canaryttclid', seenAtMs: 1_795_427_000_000 },
      msclkid: { value: 'canarymsclkid', seenAtMs: 1_795_427_000_000 },
      li_fat_id: { value: 'canaryli_fat_id', seenAtMs: 1_795_427_000_000 },
      epik: { value: 'canaryepik', seenAtMs: 1_795_427_000_000 },
    },
    referrer: 'https://www.example.org/canaryreferrer?fbclid=canaryfbclid',
    landingPage: url,
    channel: 'Paid Social',
    atMs: 1_795_427_000_000,
  } as const;
  return {
    id: 'evt-A-1',
    name: 'purchase',
    site: 'shop',
    protocol: 'throughline',
    sentBy: 'browser',
    occurredAtMs: 1_795_428_000_000,
    receivedAtMs: 1_795_428_000_400,
    page: { url, referrer: 'https://www.example.org/canaryreferrer?gclid=canarygclid', title: 'Thank you' },
    visitor: {
      key: 'canaryvisitorkey',
      isNew: false,
      firstSeenAtMs: 1_790_000_000_000,
      userId: 'canaryuserid',
      clientIds: {
        scid: '550e8400-e29b-41d4-a716-446655440000',
        rdt_uuid: '1795420000000.550e8400-e29b-41d4-a716-446655440000',
        ga: '1234567890.1700000000',
        fbp: 'fb.1.1795420000000.1098115397',
        fbc: 'fb.1.1795420000001.canaryfbc',
        ttp: 'canaryttpcookie',
        uetvid: 'ca9a27ca9a27ca9a27ca9a27ca9a27ca',
        epik: 'canaryepikcookie',
        li_fat_id: 'canaryfatidcookie',
      },
    },
    session: {
      id: 'canarysession',
      number: 3,
      startedAtMs: 1_795_427_000_000,
      isStart: false,
      isEngaged: true,
      engagementMs: 20_000,
    },
    campaign: { touch, session: touch, first: touch },
    consent,
    client: {
      userAgent: 'CanaryAgent/1.0',
      screen: '1279x719',
      country: 'GB',
      device: 'desktop',
      ip: '198.51.100.77',
      isBot: false,
    },
    commerce: {
      transactionId: 'canaryorder',
      value: 42.5,
      currency: 'USD',
      items: [{ id: 'SKU1', name: 'Hat', price: 17, quantity: 2 }],
    },
    user: {
      emails: ['CanaryMail@example.com'],
      phones: ['020 7946 0018'],
      firstName: 'Canaryfirst',
      lastName: 'Canarylast',
      birthDate: '1985-12-31',
      street: 'Canarystreet',
      city: 'Canarycity',
      region: 'Canaryregion',
      postalCode: 'canaryzip',
      country: 'GB',
    },
    properties: { plan: 'canaryproperty' },
  };
}

const anyNeeds = fc
  .tuple(fc.subarray([...consentTypes]), fc.subarray([...consentTypes]))
  .map(([required, optional]) => ({ required, optional }));

const platformAnswers = [
  '{"error":{"code":190}}',
  '{"code":0}',
  '{"code":20001,"message":"Partial"}',
  '{"code":40002,"message":"Invalid"}',
  '{"elements":[{"status":201},{"status":400}]}',
  '{"message":"Index: 1, ERROR :: bad"}',
  '{"events":[{"status":"processed"},{"status":"failed","error_message":"bad"}]}',
  '{"eventsReceived":1,"error":{"details":[{"index":1,"errorMessage":"bad"}]}}',
  '{"eventsReceived":0}',
  '{"requestId":"r","fieldWarnings":[{"field":"events.events[1].x","reason":"R_1"}]}',
  '{"error":{"status":"INVALID_ARGUMENT","details":[{"fieldViolations":[{"field":"events.events[1]","reason":"R_1"}]}]}}',
];

const anyAnswer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({
    kind: fc.constant('answered' as const),
    status: fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(200, 400, 413, 422)),
    headers: fc.dictionary(fc.constantFrom('retry-after', 'date', '__proto__'), fc.string()),
    body: fc.oneof(fc.string(), fc.json(), fc.constantFrom(...platformAnswers)),
  }),
  fc.record({
    kind: fc.constant('failed' as const),
    error: fc.constantFrom('timeout', 'network', 'refused_address', 'disk', 'credentials'),
    message: fc.string(),
  }),
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 1200 }),
  fc.constantFrom('__proto__', 'constructor', '', ' ', 'purchase', 'refund', 'page_view', '\u2028', '\ud800'),
);
const texts = fc.dictionary(text, text, { maxKeys: 5 });
const amount = fc.double({ noNaN: true, noDefaultInfinity: true });
const time = fc.oneof(
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.integer({ min: 1_795_000_000_000, max: 1_795_428_000_000 }),
);
const properties: fc.Arbitrary<Record<string, Json>> = fc.dictionary(
  text,
  fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value))),
  { maxKeys: 40 },
);

/** As the pipeline has it: read from a line of the log. */
const hostileEvent: fc.Arbitrary<Event> = fc
  .record({
    id: text,
    name: text,
    times: fc.tuple(time, time),
    url: text,
    userId: text,
    clientIds: texts,
    country: text,
    ip: fc.oneof(text, fc.ipV4(), fc.ipV6()),
    item: fc.record({ id: text, price: amount, quantity: amount, extra: properties }),
    itemCount: fc.constantFrom(0, 1, 250),
    money: fc.record({ value: amount, currency: fc.oneof(text, fc.constant('EUR')) }),
    contact: text,
    engagementMs: fc.maxSafeInteger(),
    properties,
  })
  .map((drawn) => {
    const planted = plantedEvent(consentOf(consentTypes));
    const event: Event = {
      ...planted,
      id: drawn.id,
      name: drawn.name,
      occurredAtMs: drawn.times[0],
      receivedAtMs: drawn.times[1],
      page: { url: drawn.url, referrer: drawn.url, title: drawn.url },
      visitor: {
        key: drawn.userId,
        isNew: true,
        firstSeenAtMs: drawn.times[0],
        userId: drawn.userId,
        clientIds: drawn.clientIds,
      },
      client: { userAgent: drawn.url, country: drawn.country, ip: drawn.ip, isBot: false },
      commerce: {
        ...drawn.money,
        transactionId: drawn.userId,
        items: Array.from({ length: drawn.itemCount }, () => drawn.item),
      },
      user: {
        emails: [drawn.contact, 'jane@example.com'],
        phones: [drawn.contact],
        firstName: drawn.contact,
        street: drawn.contact,
        country: drawn.contact,
        birthDate: drawn.contact,
      },
      engagementMs: drawn.engagementMs,
      properties: drawn.properties,
    };
    return JSON.parse(JSON.stringify(event));
  });
