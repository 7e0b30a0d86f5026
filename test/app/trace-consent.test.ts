import { describe, expect, it } from 'vitest';
import { consentCookies, consentTools, isConsentCookie } from '../../src/app/trace-consent.ts';
import { analytics, functional, marketing } from '../../src/consent/shared/purposes.ts';
import { consentSources } from '../../src/consent/sources/index.ts';
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

  it.each(['granted', 'denied'] as const)(
    'say %s to the source of every consent tool that is named',
    (choice) => {
      const cookies = Object.fromEntries(
        consentCookies(choice, nowMs).map(({ name, value }) => [name, value]),
      );
      const statements = consentSources.flatMap(
        (each) => each.read({ cookies, headers: {}, query: '' }, {}) ?? [],
      );
      expect(statements.map((statement) => statement.source)).toEqual([
        'complianz',
        'cookiebot',
        'cookiefirst',
        'cookieyes',
        'onetrust',
        'sdk-cookie',
        'wp-consent-api',
      ]);
      expect(statements.length).toBe(consentTools.length);
      for (const { problem, types } of statements) {
        expect(problem).toBeUndefined();
        for (const type of [...functional, ...analytics, ...marketing])
          expect(types[type]?.state).toBe(choice);
      }
    },
  );

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
