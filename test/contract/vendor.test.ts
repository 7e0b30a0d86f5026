import { describe, expect, it } from 'vitest';
import { type ConsentNeeds, gate } from '../../src/contract/permit.ts';
import { forVendor } from '../../src/contract/vendor.ts';
import type { Answer, Consent, ConsentType } from '../../src/model/consent.ts';
import { isRefusal } from '../../src/model/refusal.ts';
import { canaries, canaryEvent, clickAddresses, holds, policy } from './canaries.ts';

const byCmp: Answer = { granted: true, basis: 'signal', by: 'sdk-cookie' };
const byTcf: Answer = { granted: true, basis: 'signal', by: 'tcf', vendorsOnly: true };
const undecided: Answer = { granted: false, basis: 'region_default', by: 'opt_in' };

function consentOf(answer: Answer, rest: Partial<Consent> = {}): Consent {
  return {
    regime: 'opt_in',
    types: {
      ad_storage: answer,
      analytics_storage: answer,
      ad_user_data: answer,
      ad_personalization: answer,
      functionality_storage: answer,
      personalization_storage: answer,
      security_storage: { granted: true, basis: 'region_default', by: 'necessary' },
    },
    optedOut: false,
    sources: [],
    problems: [],
    ...rest,
  };
}

const grantedIn = ({ types }: Consent): readonly ConsentType[] =>
  (['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'] as const).filter(
    (type) => types[type].granted,
  );
const all: ConsentType[] = ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'];
const google = { tcf: 755 };
const criteoAndMore = { tcf: 91, google: 89 };

describe('the consent that one vendor may use', () => {
  it.each<[string, Consent, Parameters<typeof forVendor>[1], readonly ConsentType[]]>([
    ['everything, without a string', consentOf(byCmp), google, all],
    [
      'everything, where the string allows it',
      consentOf(byCmp, { vendors: { 'tcf:755': all } }),
      google,
      all,
    ],
    ['nothing, where the string refuses it', consentOf(byCmp, { vendors: { 'tcf:755': [] } }), google, []],
    [
      'what the string allows',
      consentOf(byCmp, { vendors: { 'tcf:755': ['ad_storage', 'analytics_storage'] } }),
      google,
      ['ad_storage', 'analytics_storage'],
    ],
    [
      'no personalisation without user data',
      consentOf(byCmp, { vendors: { 'tcf:755': ['ad_storage', 'ad_personalization'] } }),
      google,
      ['ad_storage'],
    ],
    ['everything, where another is refused', consentOf(byCmp, { vendors: { 'tcf:91': [] } }), google, all],
    [
      'everything, where nobody knows its number',
      consentOf(byCmp, { vendors: { 'tcf:755': [] } }),
      undefined,
      all,
    ],
    [
      'the strictest of two lists',
      consentOf(byCmp, {
        vendors: { 'tcf:91': ['ad_storage', 'ad_user_data'], 'google:89': ['ad_storage'] },
      }),
      criteoAndMore,
      ['ad_storage'],
    ],
    ['nothing by a grant to others', consentOf(byTcf, { vendors: { 'tcf:755': all } }), { tcf: 91 }, []],
    [
      'nothing by a grant to vendors, without a number',
      consentOf(byTcf, { vendors: { 'tcf:755': all } }),
      undefined,
      [],
    ],
    ['nothing by a grant to vendors of which none is kept', consentOf(byTcf), google, []],
    ['what a grant to it allows', consentOf(byTcf, { vendors: { 'tcf:755': all } }), google, all],
    [
      'what the AC string names it for',
      consentOf(byTcf, { vendors: { 'tcf:755': [], 'google:89': all } }),
      { google: 89 },
      all,
    ],
    ['nothing that is not granted', consentOf(undecided, { vendors: { 'tcf:755': all } }), google, []],
  ])('is %s', (_title, consent, vendor, granted) => {
    expect(grantedIn(forVendor(consent, vendor))).toEqual(granted);
  });

  it('is the consent itself where no framework has a say', () => {
    const consent = consentOf(byCmp);
    expect(forVendor(consent, google)).toBe(consent);
  });

  it('keeps what has nothing to do with vendors', () => {
    const consent = consentOf(byCmp, { vendors: { 'tcf:755': [] }, region: 'DE' });
    const { types, ...rest } = forVendor(consent, google);
    const { types: _types, ...expected } = consent;
    expect(rest).toEqual(expected);
    expect(types.functionality_storage).toBe(byCmp);
    expect(types.security_storage.granted).toBe(true);
  });
});

describe('the gate, where a consent string names vendors', () => {
  const needs: ConsentNeeds = {
    required: ['analytics_storage'],
    optional: ['ad_storage', 'ad_user_data', 'ad_personalization'],
    vendor: google,
  };
  const eventOf = (consent: Consent) => canaryEvent(consent, clickAddresses[0] ?? '');
  const pass = (consent: Consent, asked = needs) => gate(eventOf(consent), 'ga4', asked, policy);

  it('refuses a destination whose vendor is refused, by name', () => {
    expect(pass(consentOf(byCmp, { vendors: { 'tcf:755': [] } }))).toEqual({
      refused: 'consent_denied',
      message: 'ga4 needs analytics_storage',
      facts: { missing: ['analytics_storage: signal'], vendor: 'tcf:755' },
    });
  });

  it('refuses a destination that the string of the only grant does not name', () => {
    const { vendor: _vendor, ...unnamed } = needs;
    const refusal = pass(consentOf(byTcf, { vendors: { 'tcf:755': all } }), unnamed);
    expect(refusal).toMatchObject({
      refused: 'consent_denied',
      facts: { vendor: 'not named in the consent string' },
    });
  });

  it('has nothing to wait for where the vendor is refused what nobody has decided on', () => {
    expect(pass(consentOf(undecided, { vendors: { 'tcf:755': [] } }))).toMatchObject({
      refused: 'consent_denied',
      facts: { missing: ['analytics_storage: signal'], vendor: 'tcf:755' },
    });
  });

  it('names no vendor where the visitor denied the type to everyone', () => {
    const denied: Answer = { granted: false, basis: 'signal', by: 'sdk-cookie' };
    expect(pass(consentOf(denied, { vendors: { 'tcf:755': [] } }))).toMatchObject({
      facts: { missing: ['analytics_storage: signal'] },
    });
    expect(pass(consentOf(denied, { vendors: { 'tcf:755': [] } }))).not.toHaveProperty('facts.vendor');
  });

  it('names no vendor where the visitor has simply not decided', () => {
    const refusal = pass(consentOf(undecided, { vendors: { 'tcf:755': all } }));
    expect(refusal).toEqual({
      refused: 'consent_undecided',
      message: 'ga4 needs analytics_storage',
      facts: { missing: ['analytics_storage: region_default'] },
    });
  });

  it('shows the destination the consent that its vendor may use', () => {
    const permit = pass(consentOf(byCmp, { vendors: { 'tcf:755': ['ad_storage', 'analytics_storage'] } }));
    if (isRefusal(permit)) throw new Error(permit.message);
    expect(grantedIn(permit.event.consent)).toEqual(['ad_storage', 'analytics_storage']);
  });

  it('leaves the fields out that hang on what the vendor is refused', () => {
    const consent = consentOf(byCmp, { vendors: { 'tcf:755': ['ad_storage', 'analytics_storage'] } });
    const permit = pass(consent);
    if (isRefusal(permit)) throw new Error(permit.message);
    const text = JSON.stringify(permit.event);
    expect(holds(text, canaries.ad_user_data)).toBe(false);
    expect(holds(text, canaries.ad_storage)).toBe(true);
  });
});
