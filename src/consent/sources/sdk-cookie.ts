import type { ConsentSource } from '../../contract/consent-source.ts';
import { consentTypes, type Statement } from '../../model/consent.ts';
import type { Hit } from '../../model/hit.ts';

const unreadable = 'the consent cookie is not `1.` and seven of g, d, u';

/** The consent cookie's name where the configuration names no other. */
export const defaultConsentCookie = 'tl_consent';

/** The choice that our browser SDK keeps in a first-party cookie, under a name of the site's own. */
export function sdkCookieSource(cookieName: string): ConsentSource {
  return {
    name: 'sdk-cookie',
    kind: 'api',
    description:
      `The visitor's choice in the first-party cookie \`${cookieName}\`, written by the browser SDK: \`1.\` and one ` +
      `letter for each of ${consentTypes.join(', ')}: g granted, d denied, u undecided.`,
    cookies: [cookieName],
    isCookieOnly: true,
    settings: { cookie: cookieName },
    configure: ({ cookie = cookieName }) => sdkCookieSource(cookie),
    read: (hit) => readCookie(hit.cookies, cookieName),
    examples: [
      {
        title: 'a visitor who accepted everything',
        cookies: { [cookieName]: '1.ggggggg' },
        expect: { source: 'sdk-cookie', types: allOf('granted') },
      },
      {
        title: 'a visitor who refused everything',
        cookies: { [cookieName]: '1.ddddddd' },
        expect: { source: 'sdk-cookie', types: allOf('denied') },
      },
      {
        title: 'a visitor who decided on analytics only',
        cookies: { [cookieName]: '1.uguuuuu' },
        expect: {
          source: 'sdk-cookie',
          types: { analytics_storage: { state: 'granted', weight: 'choice' } },
        },
      },
      {
        title: 'a cookie of a version that is not known',
        cookies: { [cookieName]: '2.ggggggg' },
        expect: {
          source: 'sdk-cookie',
          types: {},
          problem: unreadable,
        },
      },
      { title: 'no consent cookie', cookies: { session: 'x' }, expect: null },
    ],
  };
}

/** The SDK's consent cookie under its default name. */
export const source: ConsentSource = sdkCookieSource(defaultConsentCookie);

const prefix = '1.';

function readCookie(cookies: Hit['cookies'], cookieName: string): Statement | null {
  const value = cookies[cookieName];
  if (value === undefined || value === '') return null;
  const types = value.startsWith(prefix) ? parseLetters(value) : null;
  if (types !== null) return { source: 'sdk-cookie', types };
  return { source: 'sdk-cookie', types: {}, problem: unreadable };
}

function parseLetters(value: string): Statement['types'] | null {
  if (value.length !== prefix.length + consentTypes.length) return null;
  const types: Statement['types'] = {};
  for (const [place, type] of consentTypes.entries()) {
    const letter = value[prefix.length + place];
    if (letter === 'g') types[type] = { state: 'granted', weight: 'choice' };
    else if (letter === 'd') types[type] = { state: 'denied', weight: 'choice' };
    else if (letter !== 'u') return null;
  }
  return types;
}

function allOf(state: 'granted' | 'denied'): Statement['types'] {
  const types: Statement['types'] = {};
  for (const type of consentTypes) types[type] = { state, weight: 'choice' };
  return types;
}
