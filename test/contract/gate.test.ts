import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSensitive, withinSensitive } from '../../src/consent/sensitive.ts';
import { type ConsentNeeds, gate, type Permit } from '../../src/contract/permit.ts';
import { redact } from '../../src/contract/storable.ts';
import type { Consent, ConsentType } from '../../src/model/consent.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { canaries, canaryEvent, clickAddresses, consentOf, holds, policy, someTypes } from './canaries.ts';

const [address = ''] = clickAddresses;
const ads: ConsentNeeds = { required: ['ad_storage', 'ad_user_data'], optional: ['analytics_storage'] };

/** A visitor in the US who has opted out and said nothing else. */
function optedOut(region: string, changes: Partial<Consent> = {}): Consent {
  const all = consentOf(['ad_storage', 'analytics_storage', 'ad_personalization'], 'region_default');
  const denied = { granted: false, basis: 'signal', by: 'gpc', isOptOut: true } as const;
  const types = { ...all.types, ad_user_data: denied, ad_personalization: denied };
  return { ...all, regime: 'opt_out', region, optedOut: true, types, ...changes };
}

function permitOf(consent: Consent, needs: ConsentNeeds): Permit | null {
  const permit = gate(canaryEvent(consent, address), 'ads', needs, policy);
  return isRefusal(permit) ? null : permit;
}

describe('a flag for restricted processing', () => {
  const needs = { ...ads, restrictedIn: ['US-CA'] };

  it('lets an opted-out visitor of a listed state through, without what the opt-out denies', () => {
    const permit = permitOf(optedOut('US-CA'), needs);
    expect(permit?.isRestricted).toBe(true);
    expect(holds(JSON.stringify(permit?.event), canaries.ad_user_data)).toBe(false);
  });

  it.each<[string, Consent, ConsentNeeds]>([
    ['a state that is not listed', optedOut('US-TX'), needs],
    ['a country whose state is not known', optedOut('US'), needs],
    ['an operator who has not chosen it', optedOut('US-CA'), ads],
    ['an opt-in region', optedOut('DE', { regime: 'opt_in' }), needs],
    ['an opt-in regime in a listed state', optedOut('US-CA', { regime: 'opt_in' }), needs],
    ['a sensitive section', optedOut('US-CA', { isSensitive: true }), needs],
    [
      'a refusal in a banner',
      optedOut('US-CA', {
        types: {
          ...optedOut('US-CA').types,
          ad_user_data: { granted: false, basis: 'signal', by: 'onetrust' },
        },
      }),
      needs,
    ],
    [
      'something else that is missing',
      optedOut('US-CA', {
        types: {
          ...optedOut('US-CA').types,
          ad_storage: { granted: false, basis: 'signal', by: 'onetrust' },
        },
      }),
      needs,
    ],
  ])('never stands in for %s', (_title, consent, asked) => {
    expect(permitOf(consent, asked)).toBeNull();
  });

  it('never stands in for any European refusal', () => {
    fc.assert(
      fc.property(someTypes, fc.boolean(), (granted, hasOptedOut) => {
        const permit = permitOf({ ...consentOf(granted), region: 'DE', optedOut: hasOptedOut }, needs);
        return permit === null || !permit.isRestricted;
      }),
    );
  });
});

describe('a reduced permit', () => {
  const needs: ConsentNeeds = {
    required: ['analytics_storage'],
    optional: ['ad_storage', 'ad_user_data'],
    reducedAt: ['consent_denied'],
  };

  it('holds nothing that points to somebody, and names what is gone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...clickAddresses), (from) => {
        const permit = gate(canaryEvent(consentOf([]), from), 'counts', needs, policy);
        if (isRefusal(permit)) return false;
        const text = JSON.stringify(permit.event);
        expect(Object.values(canaries).filter((canary) => holds(text, canary))).toEqual([]);
        expect(permit.removed).toEqual(expect.arrayContaining(['user', 'visitor', 'session', 'properties']));
        expect(permit.event).toMatchObject({ name: 'purchase', commerce: { value: 1, currency: 'EUR' } });
        return true;
      }),
    );
  });

  it('is made only at the refusal that it was chosen for', () => {
    const undecided = gate(canaryEvent(consentOf([], 'region_default'), address), 'counts', needs, policy);
    expect(undecided).toMatchObject({ refused: 'consent_undecided' });
    const { reducedAt: _none, ...strict } = needs;
    expect(gate(canaryEvent(consentOf([]), address), 'counts', strict, policy)).toMatchObject({
      refused: 'consent_denied',
    });
  });
});

describe('a sensitive section', () => {
  const sections = compileSensitive([{ path: '/health/*' }]);

  it.each([
    ['https://shop.example/health', true],
    ['https://shop.example/health/hiv-test?x=1', true],
    ['https://shop.example/HEALTH/a', true],
    ['https://shop.example/%68ealth/a', true],
    ['https://shop.example/x/../health/a', true],
    ['https://shop.example//health//a', true],
    ['https://shop.example/go?to=%2Fhealth%2Fa', true],
    ['https://shop.example/#/health/a', true],
    ['https://shop.example/healthy', false],
    ['https://shop.example/shop/health', false],
  ])('%s: %s', (url, isWithin) => {
    expect(sections?.(url)).toBe(isWithin);
  });

  it('grants nothing by the default of a region, and lets no destination have anything', () => {
    const types: readonly ConsentType[] = ['ad_storage', 'analytics_storage', 'ad_user_data'];
    const within = withinSensitive({ ...consentOf(types, 'region_default'), regime: 'opt_out' });
    expect(types.filter((type) => within.types[type].granted)).toEqual([]);
    expect(permitOf(within, { required: [], optional: [] })).toBeNull();
  });

  it('keeps no path of itself in what is stored, but of a visitor who opted in explicitly', () => {
    const url = 'https://shop.example/health/hiv-test';
    const storing = { ...policy, ...(sections && { isSensitive: sections }) };
    const unasked = redact(canaryEvent(withinSensitive(consentOf([], 'region_default')), url), [], storing);
    expect(unasked.line).not.toContain('hiv-test');
    const asked = redact(canaryEvent(withinSensitive(consentOf(['analytics_storage'])), url), [], storing);
    expect(asked.line).toContain('hiv-test');
  });
});
