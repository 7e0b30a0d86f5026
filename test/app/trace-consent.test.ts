import { describe, expect, it } from 'vitest';
import { consentCookies, isConsentCookie } from '../../src/app/trace-consent.ts';
import { source } from '../../src/consent/sources/sdk-cookie.ts';

const nowMs = Date.UTC(2026, 10, 24);

describe('the cookies of a visitor who has answered', () => {
  it.each([
    ['granted', 'granted'],
    ['denied', 'denied'],
  ] as const)('say %s to our own reader', (choice, state) => {
    const cookies = Object.fromEntries(consentCookies(choice, nowMs).map(({ name, value }) => [name, value]));
    const [example] = source.examples.filter(
      ({ expect: expected }) => expected?.types.ad_storage?.state === state,
    );
    expect(cookies['tl_consent']).toBe(example?.cookies?.['tl_consent']);
  });

  it('can stand in a header, each in one piece', () => {
    for (const { name, value } of [...consentCookies('granted', nowMs), ...consentCookies('denied', nowMs)]) {
      expect(`${name}=${value}`).toMatch(/^[\w-]+=[!#-+\--:<-[\]-~,]*$/);
      expect(isConsentCookie(name)).toBe(true);
    }
  });

  it.each(['session', 'gclid', '_ga', 'consent'])('are not %s', (name) => {
    expect(isConsentCookie(name)).toBe(false);
  });
});
