import { describe, expect, it } from 'vitest';
import { type Answer, consentTypes, isGranted, isUndecided } from '../../src/model/consent.ts';
import { consentOf } from '../contract/canaries.ts';

function withAnswer(answer: Answer) {
  const consent = consentOf([]);
  return { ...consent, types: { ...consent.types, ad_storage: answer } };
}

describe('an answer', () => {
  it.each([
    { granted: true, basis: 'signal', isOpen: false },
    { granted: true, basis: 'page_default', isOpen: false },
    { granted: true, basis: 'region_default', isOpen: false },
    { granted: false, basis: 'signal', isOpen: false },
    { granted: false, basis: 'page_default', isOpen: true },
    { granted: false, basis: 'region_default', isOpen: true },
  ] as const)('granted $granted by $basis is undecided: $isOpen', ({ granted, basis, isOpen }) => {
    const consent = withAnswer({ granted, basis, by: 'test' });
    expect(isGranted(consent, 'ad_storage')).toBe(granted);
    expect(isUndecided(consent, 'ad_storage')).toBe(isOpen);
  });

  it('of one type says nothing of another', () => {
    const consent = withAnswer({ granted: true, basis: 'signal', by: 'test' });
    expect(consentTypes.filter((type) => isGranted(consent, type))).toEqual(['ad_storage']);
  });
});
