import { describe, expect, it } from 'vitest';
import { clickParameters } from '../../src/campaign/click-parameters.ts';
import { campaignParameters, clickIdParameters, parameterNamed } from '../../src/campaign/parameters.ts';

describe('the parameter registry', () => {
  const names = clickParameters.flatMap(({ name, aliases = [] }) => [name, ...aliases]);

  it('has every name once, in lower case', () => {
    const all = [...names, ...campaignParameters.map(({ name }) => name)];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((name) => name !== name.toLowerCase())).toEqual([]);
  });

  it('finds a parameter by name and by alias', () => {
    expect(parameterNamed('utm_source_platform')).toEqual({
      name: 'utm_source_platform',
      label: 'source_platform',
    });
    expect(parameterNamed('dicbo')).toBe(parameterNamed('obclid'));
    expect(parameterNamed('constructor')).toBeUndefined();
  });

  it.each([
    'gclid',
    'gbraid',
    'wbraid',
    'dclid',
    'msclkid',
    'fbclid',
    'ttclid',
    'li_fat_id',
    'mc_eid',
    '_gl',
    'igsh',
  ])('takes %s out of stored addresses without ad_storage', (name) => {
    expect(clickIdParameters.has(name)).toBe(true);
  });

  it('leaves names alone that are ordinary parameters on most sites', () => {
    for (const name of ['id', 'sid', 'pid', 'via', 'click_id', 'ref', 'q']) {
      expect(clickIdParameters.has(name), name).toBe(false);
    }
  });

  it('lets only paid click ids prove a source, each within its lifetime', () => {
    const proofs = clickParameters.filter(({ evidence }) => evidence !== undefined);
    expect(proofs.map(({ name }) => name)).toEqual(['gclid', 'wbraid', 'gbraid', 'msclkid', 'dclid']);
    expect(proofs.every(({ isPaidSignal }) => isPaidSignal)).toBe(true);
    expect(clickParameters.every(({ lifetimeDays }) => lifetimeDays >= 1 && lifetimeDays <= 400)).toBe(true);
  });
});
