import { jsonReading, own } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import type { ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** The open-source CookieConsent. Format as the library writes it (vanilla-cookieconsent 3.1.0, run 2026-11-23). */
export const source = recordSource({
  name: 'vanilla-cookieconsent',
  description:
    'The cookie of vanilla-cookieconsent 3, `cc_cookie` unless the site names it otherwise: JSON whose `categories` ' +
    'lists what was accepted; what it does not list was refused. Category names are of a site of its own; usual ones ' +
    "are known, until the site's map names their types, such as `{ ads: [ad_storage] }`. With `useLocalStorage` no " +
    'request carries it.',
  cookie: 'cc_cookie',
  categories: { necessary, functionality: functional, analytics, marketing },
  areNamesOwn: true,
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics only',
      cookies: {
        cc_cookie:
          '%7B%22categories%22%3A%5B%22necessary%22%2C%22analytics%22%5D%2C%22revision%22%3A0%2C' +
          '%22consentTimestamp%22%3A%222026-11-02T09%3A00%3A05.000Z%22%7D',
      },
      expect: {
        source: 'vanilla-cookieconsent',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'categories that are not a list of names',
      cookies: { cc_cookie: '{"categories":{"analytics":true}}' },
      expect: {
        source: 'vanilla-cookieconsent',
        types: {},
        problem: 'the cookie is not JSON with a list of categories',
      },
    },
    { title: 'no such cookie', cookies: {}, expect: null },
  ],
});

function decode({ value }: RecordPlace): ConsentRecord | null {
  if (value === '') return null;
  const record = jsonReading(value);
  const accepted = record === null ? undefined : own(record, 'categories');
  if (!Array.isArray(accepted)) return { problem: 'the cookie is not JSON with a list of categories' };
  const choices = new Map<string, boolean>();
  for (const category of accepted) {
    if (typeof category !== 'string') return { problem: 'the cookie is not JSON with a list of categories' };
    choices.set(category, true);
  }
  return { choices, unlisted: 'denied' };
}
