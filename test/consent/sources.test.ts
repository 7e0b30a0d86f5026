import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { source as consentMode } from '../../src/consent/sources/consent-mode.ts';
import { source as gpc } from '../../src/consent/sources/gpc.ts';
import { consentSources } from '../../src/consent/sources/index.ts';
import { sdkCookieSource } from '../../src/consent/sources/sdk-cookie.ts';
import { source as sdkEvent } from '../../src/consent/sources/sdk-event.ts';
import type { Statement } from '../../src/model/consent.ts';

const emptyHit = { headers: {}, cookies: {}, query: '' };

describe.each(consentSources)('consent source $name', (source) => {
  it.each(source.examples)(
    'reads: $title',
    ({ cookies = {}, headers = {}, query = '', signals, expect: expected }) => {
      const draft = signals === undefined ? {} : { signals };
      expect(source.read({ cookies, headers, query }, draft)).toEqual(expected);
    },
  );

  it('shows at least one signal that is read and one that is absent', () => {
    const answers = source.examples.map((example) => example.expect !== null);
    expect(new Set(answers)).toEqual(new Set([true, false]));
  });

  it('never throws, reports under its own name, and is silent about values it could not read', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: 'binary' }),
      fc.constant('__proto__'),
    );
    const texts = fc.record({ value: text, consent: fc.oneof(text, fc.json()) });
    fc.assert(
      fc.property(texts, ({ value, consent }) => {
        const hit = {
          headers: { 'sec-gpc': value },
          cookies: Object.fromEntries(source.cookies.map((name) => [name, value])),
          query: `gcs=${value}&gcd=${value}&npa=${value}`,
        };
        for (const draft of [{}, { signals: { gcs: value, gcd: value, npa: value, consent, gpc: value } }]) {
          const statement = source.read(hit, draft);
          if (statement === null) continue;
          expect(statement.source).toBe(source.name);
          if (value.length > 12) expect(statement.problem ?? '').not.toContain(value);
        }
      }),
    );
  });
});

describe('the registry of consent sources', () => {
  it('is in name order, each name once', () => {
    const names = consentSources.map((source) => source.name);
    expect(names).toEqual([...new Set(names)].sort());
  });
});

const golden = (name: string): unknown =>
  parse(readFileSync(new URL(`../golden/consent/${name}.yaml`, import.meta.url), 'utf8'));

const gcsRows = z
  .array(z.strictObject({ gcs: z.string(), states: z.tuple([z.string(), z.string()]).nullable() }))
  .parse(golden('gcs'));

describe('gcs', () => {
  it.each(gcsRows)(
    '$gcs on its own: zeros deny as a choice, ones grant no more than a default',
    ({ gcs, states }) => {
      const statement = consentMode.read(emptyHit, { signals: { gcs } });
      if (states === null) {
        expect(statement).toEqual({
          source: 'consent-mode',
          types: {},
          problem: 'gcs is not a Consent Mode string',
        });
        return;
      }
      const types: Statement['types'] = {};
      for (const [at, type] of (['ad_storage', 'analytics_storage'] as const).entries()) {
        if (states[at] === 'granted') types[type] = { state: 'granted', weight: 'default' };
        if (states[at] === 'denied') types[type] = { state: 'denied', weight: 'choice' };
      }
      expect(statement).toEqual({ source: 'consent-mode', types });
    },
  );

  it.each([
    ['beside a gcd, a one adds nothing', { gcs: 'G111', gcd: '13q3q3q3q5l1' }, 'denied', 'choice'],
    [
      'beside a gcd, a zero that agrees leaves the weight',
      { gcs: 'G100', gcd: '13p3p3p3p5l1' },
      'denied',
      'default',
    ],
    ['beside a gcd, a zero that disagrees denies', { gcs: 'G100', gcd: '13r3r3r3r5l1' }, 'denied', 'choice'],
    [
      'beside a gcd that says nothing, a one is not read',
      { gcs: 'G111', gcd: '13l3l3l3l1l1' },
      undefined,
      undefined,
    ],
  ])('%s', (_title, signals, state, weight) => {
    const stated = consentMode.read(emptyHit, { signals })?.types.analytics_storage;
    expect([stated?.state, stated?.weight]).toEqual([state, weight]);
  });
});

const gcdStates = z.enum(['granted', 'denied', 'unset']);
const gcdFields = z.enum(['update', 'default', 'container_default', 'declare', 'implicit', 'none']);
const gcdRows = z
  .array(
    z.strictObject({
      gcd: z.string(),
      states: z.array(gcdStates).length(4).nullable(),
      from: z.array(gcdFields).length(4).default([]),
      gpc: z.boolean().default(false),
      noSignals: z.boolean().default(false),
    }),
  )
  .parse(golden('gcd'));

describe('gcd', () => {
  it.each(gcdRows)(
    '$gcd: an update is a choice, the rest a default, and implicitly granted is nothing',
    (row) => {
      const statement = consentMode.read(emptyHit, { signals: { gcd: row.gcd } });
      if (row.states === null) {
        expect(statement).toEqual({
          source: 'consent-mode',
          types: {},
          problem: 'gcd is not a Consent Mode string',
        });
        return;
      }
      const types: Statement['types'] = {};
      const order = ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'] as const;
      for (const [at, type] of order.entries()) {
        const state = row.states[at] ?? 'unset';
        const isSilent = state === 'unset' || (state === 'granted' && row.from[at] === 'implicit');
        if (!isSilent) types[type] = { state, weight: row.from[at] === 'update' ? 'choice' : 'default' };
      }
      if (row.noSignals) types.ad_personalization = { state: 'denied', weight: 'default' };
      expect(statement).toEqual({ source: 'consent-mode', types, ...(row.gpc && { optOut: true }) });
    },
  );

  it('takes the stricter of the page default and a container default that is in use', () => {
    // `_7`: in use, all four granted, under a page default of denied.
    const statement = consentMode.read(emptyHit, { signals: { gcd: '13p3p3p3p5_7' } });
    expect(statement?.types.ad_storage).toEqual({ state: 'denied', weight: 'default' });
  });

  it('reads declared types as defaults', () => {
    // B: declared denied and nothing else; R: declared granted and nothing else.
    const types = consentMode.read(emptyHit, { signals: { gcd: '13B3R3l3l5l1' } })?.types;
    expect(types).toEqual({
      ad_storage: { state: 'denied', weight: 'default' },
      analytics_storage: { state: 'granted', weight: 'default' },
    });
  });

  it('ignores what may come after the twelfth character', () => {
    const signals = { gcd: '13r3r3r3r5l1.later=1' };
    expect(consentMode.read(emptyHit, { signals })).toEqual(
      consentMode.read(emptyHit, { signals: { gcd: '13r3r3r3r5l1' } }),
    );
  });
});

describe('npa', () => {
  it.each([
    ['1 on its own denies personalisation', { npa: '1' }, { state: 'denied', weight: 'choice' }],
    [
      '1 overrules an accepted personalisation',
      { npa: '1', gcd: '13r3r3r3r5l1' },
      { state: 'denied', weight: 'choice' },
    ],
    ['0 grants nothing', { npa: '0' }, undefined],
  ])('%s', (_title, signals, expected) => {
    expect(consentMode.read(emptyHit, { signals })?.types.ad_personalization).toEqual(expected);
  });

  it('reports any other value', () => {
    expect(consentMode.read(emptyHit, { signals: { npa: 'yes' } })?.problem).toBe('npa is neither 0 nor 1');
  });
});

describe('dma_cps', () => {
  it.each([
    ['- on its own denies user data', { dma_cps: '-' }, { state: 'denied', weight: 'choice' }],
    [
      '- overrules accepted user data',
      { dma_cps: '-', gcd: '13r3r3r3r5l1' },
      { state: 'denied', weight: 'choice' },
    ],
    [
      '- leaves a default its weight',
      { dma_cps: '-', gcd: '13p3p3p3p5l1' },
      { state: 'denied', weight: 'default' },
    ],
    ['every service grants nothing', { dma_cps: 'syphamo' }, undefined],
    ['one service grants nothing', { dma_cps: 'a', dma: '1' }, undefined],
  ])('%s', (_title, signals, expected) => {
    const statement = consentMode.read(emptyHit, { signals });
    expect(statement?.types.ad_user_data).toEqual(expected);
    expect(statement?.problem).toBeUndefined();
  });

  it.each(['--', 'A', 's,y', 'x'.repeat(17)])('reports %j', (value) => {
    const statement = consentMode.read(emptyHit, { signals: { dma_cps: value } });
    expect(statement?.problem).toBe('dma_cps names no core platform services');
  });
});

describe("Consent Mode in the hit's query", () => {
  it("prefers what the protocol found in this event over the hit's query", () => {
    const statement = consentMode.read(
      { query: 'gcs=G111', headers: {}, cookies: {} },
      { signals: { gcs: 'G100' } },
    );
    expect(statement?.types.ad_storage).toEqual({ state: 'denied', weight: 'choice' });
  });

  it.each([
    ['a percent-encoded value', 'gcs=G1%2D0', 'denied', undefined],
    ['a parameter that only ends in the name', 'xgcs=G100', undefined, undefined],
    ['the same value twice', 'gcs=G100&a=b&gcs=G100', 'denied', undefined],
    ['two values that disagree', 'gcs=G111&gcs=G100', undefined, 'gcs is not a Consent Mode string'],
    ['an escape that is none', 'gcs=%E0%A4', undefined, 'gcs is not a Consent Mode string'],
    ['an empty value', 'gcs=&gcd=', undefined, undefined],
  ])('reads %s', (_title, query, analytics, problem) => {
    const statement = consentMode.read({ query, headers: {}, cookies: {} }, {});
    expect(statement?.types.analytics_storage?.state).toBe(analytics);
    expect(statement?.problem).toBe(problem);
  });
});

const gpcRows = z
  .array(z.strictObject({ lines: z.array(z.string()), isOn: z.boolean() }))
  .parse(golden('gpc-header'));

describe('Sec-GPC', () => {
  it.each(gpcRows)('header lines $lines: on is $isOn', ({ lines, isOn }) => {
    const headers: Record<string, string> = lines.length === 0 ? {} : { 'sec-gpc': lines.join(', ') };
    const statement = gpc.read({ ...emptyHit, headers }, {});
    expect(statement).toEqual(isOn ? { source: 'gpc', types: {}, optOut: true } : null);
  });
});

describe('the SDK cookie', () => {
  it('is read under the name that the site gave it, and no other', () => {
    const shop = sdkCookieSource('shop_choice');
    expect(shop.cookies).toEqual(['shop_choice']);
    expect(shop.read({ ...emptyHit, cookies: { tl_consent: '1.ggggggg' } }, {})).toBeNull();
    expect(shop.read({ ...emptyHit, cookies: { shop_choice: '1.uuuuuud' } }, {})?.types).toEqual({
      security_storage: { state: 'denied', weight: 'choice' },
    });
  });

  it.each(['1.gggggg', '1.gggggggg', '1.GGGGGGG', 'ggggggg', '1', '1.ggg gggg'])(
    'takes nothing from %j',
    (value) => {
      const statement = sdkCookieSource('c').read({ ...emptyHit, cookies: { c: value } }, {});
      expect(statement?.types).toEqual({});
      expect(statement?.problem).toBe('the consent cookie is not `1.` and seven of g, d, u');
    },
  );
});

describe("the event's own consent", () => {
  it('is not polluted by a __proto__ key', () => {
    const signals = { consent: '{"__proto__":"granted","constructor":"denied"}' };
    const statement = sdkEvent.read(emptyHit, { signals });
    expect(statement?.types).toEqual({});
    expect(Object.getPrototypeOf(statement?.types)).toBe(Object.prototype);
    expect(statement?.problem).toBe('consent names a type that Consent Mode does not have');
  });

  it('is not parsed when it is far longer than any consent', () => {
    const signals = { consent: `{"ad_storage":"granted","x":"${'x'.repeat(3_000)}"}` };
    expect(sdkEvent.read(emptyHit, { signals })).toEqual({
      source: 'sdk-event',
      types: {},
      problem: 'consent is longer than 2000 characters',
    });
  });

  it.each(['0', 'true', '', '1 '])('takes a gpc of %j for no signal', (value) => {
    expect(sdkEvent.read(emptyHit, { signals: { gpc: value } })).toBeNull();
  });
});
