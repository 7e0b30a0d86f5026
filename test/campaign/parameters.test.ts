import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { campaignConfigSchema } from '../../src/campaign/context.ts';
import { ambiguousParameters } from '../../src/campaign/parameter-list.ts';
import {
  clickIdParameters,
  compileParameters,
  isId,
  parameterNamed,
  shippedParameters,
} from '../../src/campaign/parameters.ts';

const goldenUrl = new URL('../golden/campaign/parameters.yaml', import.meta.url);
const golden = z
  .array(z.tuple([z.string(), z.string(), z.int().nullable()]))
  .parse(parse(readFileSync(goldenUrl, 'utf8')));
const facts = golden.flatMap(([names, platform, days]) =>
  names.split(' ').map((name) => ({ name, platform, days })),
);
const ambiguous = new Map(
  ambiguousParameters.flatMap(([names, platform]) => names.split(' ').map((name) => [name, platform])),
);
const all = shippedParameters.all.flatMap(({ name, aliases }) => [name, ...aliases]);

describe('the parameter registry', () => {
  it('knows every parameter of the reference, and whose it is', () => {
    const wrong = facts.filter(({ name, platform }) => {
      const known = parameterNamed(name)?.platform ?? ambiguous.get(name);
      return known?.startsWith(platform) !== true;
    });
    expect(wrong).toEqual([]);
  });

  it("agrees with the reference on every id's lifetime, 30 days where none is published", () => {
    const wrong = facts.filter(({ name, days }) => {
      const known = parameterNamed(name);
      return known !== undefined && isId(known) && known.lifetimeDays !== (days ?? 30);
    });
    expect(wrong).toEqual([]);
  });

  it('has every name once, in lower case', () => {
    const names = [...all, ...ambiguous.keys()];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.filter((name) => name !== name.toLowerCase() || name === '')).toEqual([]);
  });

  it('finds a parameter by name and by alias', () => {
    expect(parameterNamed('utm_source_platform')).toMatchObject({
      name: 'utm_source_platform',
      kind: 'label',
      label: 'source_platform',
    });
    expect(parameterNamed('dicbo')).toBe(parameterNamed('obclid'));
    expect(parameterNamed('constructor')).toBeUndefined();
  });

  it('keeps apart what travels together, so that one is never taken for the other', () => {
    for (const names of [
      ['__hstc', '__hssc', '__hsfp'],
      ['oppref', 'olref'],
      ['gad_source', 'gad_campaignid'],
    ])
      expect(names.map((name) => parameterNamed(name)?.name)).toEqual(names);
  });

  it.each([
    ['gclid', ['safariPrivate', 'brave', 'duckduckgo']],
    ['gbraid', []],
    ['fbclid', ['safariPrivate', 'firefoxStrict', 'brave', 'duckduckgo']],
    ['mc_eid', ['safariPrivate', 'firefoxStrict', 'brave']],
    ['utm_source', ['duckduckgo']],
    ['utm_id', []],
  ])('knows who strips %s', (name, browsers) => {
    expect(parameterNamed(name)?.strippedBy).toEqual(browsers);
  });

  it.each([
    ['gclid', ['_gcl_aw', '_gac_*', 'FPGCLAW', '_gcl_au']],
    ['fbclid', ['_fbc', '_fbp', '_fbi']],
    ['ttclid', ['ttclid', '_ttp', '_tt_enable_cookie']],
  ])('names the companion cookies of %s', (name, cookies) => {
    expect(parameterNamed(name)).toMatchObject({ cookies });
  });

  it.each([
    ...['gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'fbclid', 'ttclid', 'li_fat_id', 'srsltid'],
    ...['mc_eid', '_gl', 'igsh', '_sp', 'pk_vid', 'guce_referrer', 'utm_referrer'],
  ])('takes %s out of stored addresses without ad_storage', (name) => {
    expect(clickIdParameters.has(name)).toBe(true);
    expect(shippedParameters.plainNames.has(name)).toBe(false);
  });

  it.each(['utm_source', 'pk_campaign', 'gad_source', 'gad_campaignid', 'gclsrc', 'hsa_cam', 'mc_cid'])(
    'keeps %s, which says nothing of a person',
    (name) => {
      expect(shippedParameters.plainNames.has(name)).toBe(true);
    },
  );

  it('leaves names alone that are ordinary parameters on most sites', () => {
    for (const name of ['id', 'sid', 'pid', 'via', 'click_id', 'ref', 'q', 'source']) {
      expect(parameterNamed(name), name).toBeUndefined();
    }
  });

  it('lets only paid click ids prove a source, each within its lifetime', () => {
    const ids = shippedParameters.all.filter(isId);
    const proofs = ids.filter(({ evidence }) => evidence !== undefined);
    expect(proofs.map(({ name }) => name)).toEqual(['gclid', 'wbraid', 'gbraid', 'msclkid', 'dclid']);
    expect(proofs.every(({ isPaidSignal }) => isPaidSignal)).toBe(true);
    expect(ids.every(({ lifetimeDays }) => lifetimeDays >= 1 && lifetimeDays <= 400)).toBe(true);
  });
});

describe("a site's own parameters", () => {
  const own = compileParameters([
    { name: 'Partner_Click', kind: 'clickId', platform: 'Partner network', lifetimeDays: 45 },
    { name: 'wk', kind: 'label', label: 'campaign' },
    { name: 'store', kind: 'campaign' },
    { name: 'via', kind: 'clickId' },
  ]);

  it('are known beside the shipped ones, by their lower-case names', () => {
    expect(own.named('partner_click')).toMatchObject({
      kind: 'click_id',
      platform: 'Partner network',
      lifetimeDays: 45,
    });
    expect(own.named('wk')).toMatchObject({ kind: 'label', label: 'campaign' });
    expect(own.named('gclid')).toBe(parameterNamed('gclid'));
  });

  it('are ids for storage where they are click ids, and plain where they are not', () => {
    expect(['partner_click', 'via'].every((name) => own.idNames.has(name))).toBe(true);
    expect(['wk', 'store'].every((name) => own.plainNames.has(name))).toBe(true);
  });

  it('bring along what is known of an ambiguous name', () => {
    expect(own.named('via')).toMatchObject({ platform: 'Rewardful', lifetimeDays: 60 });
  });

  it('leave the shipped registry as it is', () => {
    expect(parameterNamed('partner_click')).toBeUndefined();
    expect(compileParameters([])).toBe(shippedParameters);
  });

  it.each([
    ['a name that is shipped', { name: 'GCLID', kind: 'label', label: 'term' }],
    ['a label without its label', { name: 'wk', kind: 'label' }],
    ['a click id with a label', { name: 'wk', kind: 'clickId', label: 'term' }],
    ['a name that no address can have', { name: 'a=b', kind: 'campaign' }],
    ['a lifetime beyond what cookies live', { name: 'wk', kind: 'clickId', lifetimeDays: 401 }],
  ])('refuse %s', (_what, parameter) => {
    expect(campaignConfigSchema.safeParse({ parameters: [parameter] }).success).toBe(false);
  });

  it.each([
    'id',
    'source',
    'userid',
    'landingPage',
    'ad_storage',
    'transactionId',
    'firstName',
    'parameters',
  ])(
    "refuse an event's own field %s as a click id, because storage takes out what stands under its name",
    (name) => {
      expect(campaignConfigSchema.safeParse({ parameters: [{ name, kind: 'clickId' }] }).success).toBe(false);
    },
  );
});
