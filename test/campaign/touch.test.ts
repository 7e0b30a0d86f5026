import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { readTouch } from '../../src/campaign/touch.ts';
import { touchSchema } from '../../src/model/touch.ts';

const atMs = Date.UTC(2026, 10, 23, 10);
const ownHosts = ['www.shop.example', 'checkout.example'];
const context = compileTouchContext(
  campaignConfigSchema.parse({
    ignoredReferrers: ['*.pay.example'],
    parameters: [
      { name: 'partner_click', kind: 'clickId' },
      { name: 'wk', kind: 'label', label: 'campaign' },
    ],
  }),
  ownHosts,
);

const caseSchema = z.strictObject({
  name: z.string(),
  event: z.strictObject({
    name: z.string().default('page_view'),
    url: z.string().exactOptional(),
    referrer: z.string().exactOptional(),
    stated: z.record(z.string(), z.string()).exactOptional(),
  }),
  touch: touchSchema
    .omit({ atMs: true })
    .extend({ clickIds: z.record(z.string(), z.string()) })
    .nullable(),
  seen: z.array(z.string()).default([]),
  notes: z.array(z.string()).default([]),
});
const factsSchema = z.object({
  parameters: z.array(z.object({ name: z.string() })).default([]),
  notes: z.array(z.string()).default([]),
});
const goldenUrl = new URL('../golden/campaign/touch.yaml', import.meta.url);
const cases = z.array(caseSchema).parse(parse(readFileSync(goldenUrl, 'utf8')));

describe('readTouch', () => {
  it.each(cases)('$name', ({ event, touch, seen, notes }) => {
    const reading = readTouch({ ...event, atMs }, context);
    const expected = touch && {
      ...touch,
      clickIds: Object.fromEntries(
        Object.entries(touch.clickIds).map(([name, value]) => [name, { value, seenAtMs: atMs }]),
      ),
      atMs,
    };
    expect(reading.touch ?? null).toEqual(expected);
    const facts = factsSchema.parse(reading.facts ?? {});
    expect(facts.parameters.map(({ name }) => name)).toEqual(seen);
    expect(facts.notes).toEqual(notes);
  });

  it('makes only touches that the model allows, and never throws', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const address = fc.oneof(
      text,
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      text.map((query) => `https://shop.example/?gclid=${query}&utm_source=${query}&__proto__=${query}`),
    );
    const stated = fc.dictionary(fc.oneof(fc.constantFrom('source', '__proto__', 'toString'), text), text);
    const name = fc.constantFrom('page_view', 'click', '__proto__');
    fc.assert(
      fc.property(fc.record({ name, url: address, referrer: address, stated }), (event) => {
        const { touch } = readTouch({ ...event, atMs }, context);
        expect(touch === undefined || touchSchema.safeParse(touch).success).toBe(true);
      }),
    );
  });
});

describe('campaignConfigSchema', () => {
  it.each(['pay.example', '=pay.example', '*.pay.example', 'amazon.*', 'PAY.example'])('takes %s', (host) => {
    expect(campaignConfigSchema.safeParse({ ignoredReferrers: [host] }).success).toBe(true);
  });

  it.each(['https://pay.example', 'pay.example/return', 'localhost', '*', '', 'a..b'])(
    'refuses "%s"',
    (host) => {
      expect(campaignConfigSchema.safeParse({ ignoredReferrers: [host] }).success).toBe(false);
    },
  );

  it('needs nothing to be written', () => {
    expect(campaignConfigSchema.parse({})).toEqual({
      parameters: [],
      companionCookies: {},
      ignoredReferrers: [],
    });
  });
});

describe('compileTouchContext', () => {
  it.each([
    ['shop.example', true],
    ['www.shop.example', true],
    ['blog.shop.example', true],
    ['checkout.example', true],
    ['notshop.example', false],
    ['shop.example.evil.test', false],
  ])('knows whether %s is the site itself: %s', (host, isOwn) => {
    expect(context.isOwnHost(host)).toBe(isOwn);
  });

  it.each([
    ['checkout.stripe.com', true],
    ['pay.amazon.co.uk', true],
    ['www.amazon.co.uk', false],
    ['pay.example', true],
    ['secure.ogone.com', true],
    ['demo.eu.auth0.com', true],
    ['checkoutshopper-live.adyen.com', true],
    ['x.playground.klarna.com', true],
    ['github.com', false],
  ])('knows whether %s is ignored: %s', (host, isIgnored) => {
    expect(context.isIgnoredReferrer(host)).toBe(isIgnored);
  });
});
