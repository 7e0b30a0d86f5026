import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const names = ['functional', 'preferences', 'statistics', 'statistics-anonymous', 'marketing'] as const;

/** WP Consent API. Format as in the plug-in's code, 2026-11-23. */
export const source = recordSource({
  name: 'wp-consent-api',
  description:
    'The WP Consent API, through which consent plug-ins of WordPress speak: cookies `wp_consent_preferences`, ' +
    '`wp_consent_statistics` and `wp_consent_marketing`, each `allow` or `deny`. Its `functional` is the strictly ' +
    'necessary; `statistics-anonymous` stands for nothing. No cookie is no answer, whatever its PHP side makes of that.',
  cookies: names.map((name) => `wp_consent_${name}`),
  categories: {
    functional: necessary,
    preferences: functional,
    statistics: analytics,
    'statistics-anonymous': [],
    marketing,
  },
  decode,
  examples: [
    {
      title: 'a visitor who allowed statistics and refused marketing',
      cookies: { wp_consent_statistics: 'allow', wp_consent_marketing: 'deny' },
      expect: {
        source: 'wp-consent-api',
        types: chosen(analytics, marketing),
      },
    },
    {
      title: 'a value of no known kind',
      cookies: { wp_consent_marketing: '1' },
      expect: {
        source: 'wp-consent-api',
        types: {},
        problem: 'a wp_consent_ cookie is neither allow nor deny',
      },
    },
    { title: 'no cookie of the WP Consent API', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const stated = names.flatMap((name) => {
    const value = cookies[`wp_consent_${name}`] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  if (stated.length === 0) return null;
  const choices = answersIn(stated, ['allow', 'deny']);
  return choices === null ? { problem: 'a wp_consent_ cookie is neither allow nor deny' } : { choices };
}
