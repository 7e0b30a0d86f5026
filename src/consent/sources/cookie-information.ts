import type { JsonObject } from '../../model/json.ts';
import { jsonReading, own } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Cookie Information. Format as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'cookie-information',
  description:
    "Cookie Information's cookie `CookieInformationConsent`: JSON that lists `consents_approved` and `consents_denied`, " +
    'such as `cookie_cat_statistic`.',
  cookies: ['CookieInformationConsent'],
  categories: {
    cookie_cat_necessary: necessary,
    cookie_cat_functional: functional,
    cookie_cat_statistic: analytics,
    cookie_cat_marketing: marketing,
    cookie_cat_unclassified: [],
  },
  decode,
  examples: [
    {
      title: 'a visitor who accepted statistics and refused marketing',
      cookies: {
        CookieInformationConsent:
          '{"consents_approved":["cookie_cat_necessary","cookie_cat_statistic"],"consents_denied":["cookie_cat_marketing"]}',
      },
      expect: { source: 'cookie-information', types: chosen([...necessary, ...analytics], marketing) },
    },
    {
      title: 'a record of another form',
      cookies: { CookieInformationConsent: '{"consents_approved":"all"}' },
      expect: {
        source: 'cookie-information',
        types: {},
        problem: 'CookieInformationConsent is not JSON with lists of consents',
      },
    },
    { title: 'no such cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['CookieInformationConsent'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  const pairs = record === null ? null : pairsOf(record);
  const choices = pairs === null ? null : answersIn(pairs, [true, false]);
  return choices === null
    ? { problem: 'CookieInformationConsent is not JSON with lists of consents' }
    : { choices };
}

function pairsOf(record: JsonObject): readonly (readonly [string, boolean])[] | null {
  const pairs: (readonly [string, boolean])[] = [];
  for (const [key, isApproved] of [
    ['consents_approved', true],
    ['consents_denied', false],
  ] as const) {
    const names = own(record, key) ?? (isApproved ? null : []);
    if (!Array.isArray(names)) return null;
    for (const name of names) {
      if (typeof name !== 'string') return null;
      pairs.push([name, isApproved]);
    }
  }
  return pairs;
}
