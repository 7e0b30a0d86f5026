import { readFileSync } from 'node:fs';
import { stringifySetCookie } from 'cookie';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { companionCookies, companionPlatforms } from '../../src/campaign/companion-cookies.ts';
import {
  type CompanionFacts,
  companionChanges,
  companionRemovals,
  companionsConfigSchema,
  compileCompanions,
} from '../../src/campaign/companions.ts';
import { readCampaign } from '../../src/campaign/read.ts';

const nowMs = Date.UTC(2026, 10, 24, 10);
const daySec = 86_400;
const browserIds = {
  _fbp: 'fb.1.1790000000000.RANDOM',
  _gcl_au: '1.1.RANDOM.1790000000',
  _rdt_uuid: '1790000000000.UUID',
};

const caseSchema = z.strictObject({
  name: z.string(),
  url: z.string(),
  domain: z.string().default('shop.example'),
  mode: z.enum(['refresh', 'set']).default('set'),
  moment: z.enum(['landing', 'later']).default('landing'),
  isVisitorKnown: z.boolean().default(false),
  cookies: z.record(z.string(), z.string()).default({}),
  sets: z.record(z.string(), z.strictObject({ value: z.string(), days: z.number() })),
});
const goldenUrl = new URL('../golden/campaign/companion-cookies.yaml', import.meta.url);
const cases = z.array(caseSchema).parse(parse(readFileSync(goldenUrl, 'utf8')));

const everyPlatform = (mode: 'refresh' | 'set') =>
  compileCompanions(Object.fromEntries(companionPlatforms.map((platform) => [platform, mode]))) ?? [];

function factsOf(given: Partial<CompanionFacts> & { readonly url?: string }): CompanionFacts {
  const { url, ...facts } = given;
  const { clickIds, parameters } = readCampaign(url);
  return {
    cookies: {},
    clickIds,
    parameters,
    moment: 'landing',
    nowMs,
    domainDots: 1,
    browserIds: () => ({}),
    ...facts,
  };
}

describe('companionChanges', () => {
  it.each(cases)('$name', ({ url, domain, mode, moment, isVisitorKnown, cookies, sets }) => {
    const facts = factsOf({
      url,
      moment,
      cookies,
      domainDots: domain.split('.').length - 1,
      browserIds: () => (isVisitorKnown ? browserIds : {}),
    });
    const changes = companionChanges(facts, everyPlatform(mode));
    const found = changes.map(({ name, value, maxAgeSec }) => [name, { value, days: maxAgeSec / daySec }]);
    expect(Object.fromEntries(found)).toEqual(sets);
    for (const { name, value, isNew } of changes) expect(isNew).toBe(value !== cookies[name]);
  });

  it('looks after the platforms that are named and no other', () => {
    const policy = compileCompanions({ meta: 'set', tiktok: 'refresh' }) ?? [];
    const changes = companionChanges(
      factsOf({ url: 'https://shop.example/?gclid=a&fbclid=b&ttclid=c' }),
      policy,
    );
    expect(changes.map(({ name }) => name)).toEqual(['_fbc']);
    expect(compileCompanions({})).toBeNull();
  });

  it('makes nothing that a cookie cannot hold, and nothing twice', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...companionCookies.map(({ name }) => name)),
          fc.string({ unit: 'binary' }),
        ),
        fc.dictionary(
          fc.constantFrom('gclid', 'wbraid', 'gbraid', 'dclid', 'fbclid', 'msclkid', 'ttclid', 'oppref'),
          fc.oneof(fc.string({ unit: 'binary' }), fc.base64String({ maxLength: 6_000 })),
        ),
        (cookies, clickIds) => {
          const facts = { ...factsOf({}), cookies, clickIds, browserIds: () => browserIds };
          const changes = companionChanges(facts, everyPlatform('set'));
          expect(new Set(changes.map(({ name }) => name)).size).toBe(changes.length);
          for (const { name, value, maxAgeSec } of changes) {
            const header = stringifySetCookie({ name, value, maxAge: maxAgeSec }, { encode: (text) => text });
            expect(header).toBe(`${name}=${value}; Max-Age=${maxAgeSec}`);
            expect(Buffer.byteLength(name + value)).toBeLessThanOrEqual(4_096);
            expect(maxAgeSec).toBeLessThanOrEqual(400 * daySec);
          }
        },
      ),
    );
  });

  it('is content with what it has set', () => {
    const url = 'https://shop.example/?gclid=Cj0KCQ&fbclid=IwAR2F4&msclkid=f399&ttclid=E.C.P&gad_source=1';
    const policy = everyPlatform('set');
    const facts = factsOf({ url, browserIds: () => browserIds });
    const first = companionChanges(facts, policy);
    const cookies = Object.fromEntries(first.map(({ name, value }) => [name, value]));
    const second = companionChanges({ ...facts, cookies, nowMs: nowMs + 3_600_000 }, policy);
    expect(first.length).toBeGreaterThan(7);
    expect(second.filter(({ isNew }) => isNew)).toEqual([]);
    for (const { name, value } of second) expect(value).toBe(cookies[name]);
  });
});

describe('the forms of click cookies', () => {
  const clicks = companionCookies.filter((cookie) => cookie.kind === 'click');

  it.each(clicks)('$name reads back what it wrote, to the second', ({ format }) => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,200}$/),
        fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }),
        fc.integer({ min: 0, max: 9 }),
        (id, sec, dots) => {
          const click = { id, atMs: sec * 1000 };
          const read = format.read(format.write(click, dots));
          expect(read?.id).toBe(id);
          expect(read?.atMs ?? click.atMs).toBe(click.atMs);
        },
      ),
    );
  });

  it('reads what their tags write beyond what is made here', () => {
    const readBy = (name: string, value: string) =>
      clicks.find((cookie) => cookie.name === name)?.format.read(value) ?? null;
    expect(readBy('_gcl_gs', '2.1.k1$i1790180942$u53233770')).toEqual({ id: '1', atMs: 1_790_180_942_000 });
    expect(readBy('_gcl_aw', 'GCL.1790180946.One.Two')).toEqual({ id: 'One.Two', atMs: 1_790_180_946_000 });
    expect(readBy('_fbc', 'fb.1.1790180946123.IwAR.AQ')).toEqual({ id: 'IwAR', atMs: 1_790_180_946_123 });
    expect(readBy('_fbc', 'fb.1.soon.IwAR')).toBeNull();
    expect(readBy('_uetmsclkid', 'f399164249bd12c9')).toBeNull();
  });
});

describe('companionRemovals', () => {
  it('takes the cookies of the named platforms away, and leaves every other', () => {
    const cookies = { _fbp: 'fb.1.1.1', ttclid: 'x', session: 's' };
    expect(companionRemovals(cookies, compileCompanions({ meta: 'refresh' }) ?? [])).toEqual([
      { name: '_fbp', value: '', maxAgeSec: 0, isNew: true },
    ]);
  });
});

describe('campaign.companionCookies', () => {
  it('takes platforms and modes that are known', () => {
    expect(companionsConfigSchema.parse({ google: 'set', meta: 'refresh' })).toEqual({
      google: 'set',
      meta: 'refresh',
    });
    expect(companionsConfigSchema.safeParse({ gogle: 'set' }).success).toBe(false);
    expect(companionsConfigSchema.safeParse({ google: 'on' }).success).toBe(false);
    expect(companionsConfigSchema.parse(undefined)).toEqual({});
  });
});
