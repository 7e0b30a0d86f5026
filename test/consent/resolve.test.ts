import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements, resolveConsent } from '../../src/consent/resolve.ts';
import { indexSources } from '../../src/consent/source-index.ts';
import { consentSources } from '../../src/consent/sources/index.ts';
import type { ConsentSource } from '../../src/contract/consent-source.ts';
import { consentSchema, consentTypes, isUndecided, type Statement } from '../../src/model/consent.ts';

const policy = compileConsentPolicy(consentConfigSchema.parse({}));

const answer = z.string().regex(/^(?:granted|denied) (?:signal|page_default|region_default) [a-z_-]+$/);
const rows = z
  .array(
    z.strictObject({
      title: z.string(),
      config: z.record(z.string(), z.unknown()).default({}),
      place: z.strictObject({ country: z.string().exactOptional(), region: z.string().exactOptional() }),
      hit: z.strictObject({
        cookie: z.string().exactOptional(),
        gpc: z.string().exactOptional(),
        gcs: z.string().exactOptional(),
        gcd: z.string().exactOptional(),
        npa: z.string().exactOptional(),
        consent: z.string().exactOptional(),
        pageGpc: z.string().exactOptional(),
      }),
      regime: z.enum(['opt_in', 'opt_out']),
      optedOut: z.boolean().default(false),
      problems: z.array(z.string()).default([]),
      types: z.partialRecord(z.enum(consentTypes), answer).default({}),
      else: answer,
    }),
  )
  .parse(parse(readFileSync(new URL('../golden/consent/resolution.yaml', import.meta.url), 'utf8')));

describe('consent resolved from the signals of a hit', () => {
  it.each(rows)('$title', (row) => {
    const site = compileConsentPolicy(consentConfigSchema.parse(row.config));
    const { cookie, gpc, pageGpc, ...signals } = row.hit;
    const hit = {
      cookies: cookie === undefined ? {} : { tl_consent: cookie },
      headers: gpc === undefined ? {} : { 'sec-gpc': gpc },
      query: '',
    };
    const draft = { signals: { ...signals, ...(pageGpc !== undefined && { gpc: pageGpc }) } };
    const consent = resolveConsent(readStatements(site.sources, hit, draft), row.place, site);
    const answers = consentTypes.map((type) => {
      const { granted, basis, by } = consent.types[type];
      return [type, `${granted ? 'granted' : 'denied'} ${basis} ${by}`];
    });
    const expected = consentTypes.map((type) => [type, row.types[type] ?? row.else]);
    expected[6] = ['security_storage', 'granted region_default necessary'];
    expect(answers).toEqual(expected);
    expect(consent).toMatchObject({ regime: row.regime, optedOut: row.optedOut, problems: row.problems });
    expect(consentSchema.parse(consent)).toEqual(consent);
  });
});

const granted = { state: 'granted', weight: 'choice' } as const;
const denied = { state: 'denied', weight: 'choice' } as const;

describe('resolveConsent', () => {
  it('names every source once, in name order, and every problem with its source', () => {
    const statements: Statement[] = [
      { source: 'b', types: {}, problem: 'is cut short' },
      { source: 'a', types: {} },
      { source: 'b', types: {}, problem: 'is cut short' },
    ];
    const consent = resolveConsent(statements, { country: 'DE' }, policy);
    expect(consent.sources).toEqual(['a', 'b']);
    expect(consent.problems).toEqual(['b: is cut short']);
  });

  it('takes no grant from a statement that could not be read whole', () => {
    const statements: Statement[] = [
      {
        source: 'a',
        types: { ad_storage: granted, analytics_storage: denied },
        problem: 'has a part in doubt',
      },
    ];
    const { types } = resolveConsent(statements, { country: 'DE' }, policy);
    expect(types.ad_storage).toEqual({ granted: false, basis: 'region_default', by: 'opt_in' });
    expect(types.analytics_storage).toEqual({ granted: false, basis: 'signal', by: 'a' });
  });

  it('leaves personalisation undecided where only user data is missing', () => {
    const statements: Statement[] = [{ source: 'a', types: { ad_personalization: granted } }];
    const consent = resolveConsent(statements, { country: 'DE' }, policy);
    expect(consent.types.ad_personalization).toEqual({
      granted: false,
      basis: 'region_default',
      by: 'opt_in',
    });
    expect(isUndecided(consent, 'ad_personalization')).toBe(true);
  });

  it('keeps security storage even from a visitor who denied it', () => {
    const statements: Statement[] = [{ source: 'a', types: { security_storage: denied } }];
    const { types } = resolveConsent(statements, {}, policy);
    expect(types.security_storage).toEqual({ granted: true, basis: 'region_default', by: 'necessary' });
  });

  it.each([
    ['Puerto Rico, which is in the United States', { country: 'PR' }, true],
    ['an unknown country, which may be the United States', {}, true],
    ['Canada', { country: 'CA' }, false],
  ])('with `gpc: us`, hears an opt-out from %s accordingly', (_title, place, isHeard) => {
    const us = compileConsentPolicy(consentConfigSchema.parse({ gpc: 'us' }));
    const statements: Statement[] = [{ source: 'gpc', types: {}, optOut: true }];
    expect(resolveConsent(statements, place, us).optedOut).toBe(isHeard);
  });
});

describe('readStatements', () => {
  const broken: ConsentSource = {
    name: 'broken',
    kind: 'cmp',
    description: 'A source with a bug.',
    cookies: [],
    read: () => {
      throw new Error('bug');
    },
    examples: [],
  };

  it('turns a source that throws into a problem, which grants nothing', () => {
    const statements = readStatements(indexSources([broken]), { headers: {}, cookies: {}, query: '' }, {});
    expect(statements).toEqual([
      { source: 'broken', types: {}, problem: 'the source failed on this hit, which is a bug in it' },
    ]);
    const consent = resolveConsent(statements, { country: 'US' }, policy);
    expect(consent.types.ad_storage).toEqual({ granted: false, basis: 'signal', by: 'broken' });
  });

  it('leaves out sources that find no signal', () => {
    const statements = readStatements(
      indexSources(consentSources),
      { headers: { 'sec-gpc': '1' }, cookies: {}, query: '' },
      {},
    );
    expect(statements.map((statement) => statement.source)).toEqual(['gpc']);
  });
});
