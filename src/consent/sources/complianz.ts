import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const names = ['functional', 'preferences', 'statistics', 'statistics-anonymous', 'marketing'] as const;

/** Complianz. Formats as in public samples and the plug-in's code, 2026-11-23. */
export const source = recordSource({
  name: 'complianz',
  description:
    "Complianz's cookies `cmplz_preferences`, `cmplz_statistics` and `cmplz_marketing`, each `allow` or `deny`. In " +
    'opt-out regions they are set before a choice, so they count only where `cmplz_banner-status` is `dismissed`. ' +
    'Its `functional` is the strictly necessary; `statistics-anonymous` stands for nothing.',
  cookies: ['cmplz_banner-status', ...names.map((name) => `cmplz_${name}`)],
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
      title: 'a visitor who allowed statistics only',
      cookies: {
        'cmplz_banner-status': 'dismissed',
        cmplz_preferences: 'deny',
        cmplz_statistics: 'allow',
        cmplz_marketing: 'deny',
      },
      expect: {
        source: 'complianz',
        types: chosen(analytics, [...functional, ...marketing]),
      },
    },
    {
      title: 'defaults of an opt-out region, the banner is still there',
      cookies: { cmplz_statistics: 'allow', cmplz_marketing: 'allow' },
      expect: { source: 'complianz', types: {} },
    },
    {
      title: 'a value of no known kind',
      cookies: { 'cmplz_banner-status': 'dismissed', cmplz_statistics: 'yes' },
      expect: { source: 'complianz', types: {}, problem: 'a cmplz_ cookie is neither allow nor deny' },
    },
    { title: 'no Complianz cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const status = cookies['cmplz_banner-status'] ?? '';
  const stated = names.flatMap((name) => {
    const value = cookies[`cmplz_${name}`] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  if (stated.length === 0) return status === '' ? null : undecided;
  if (status !== 'dismissed') return undecided;
  const choices = answersIn(stated, ['allow', 'deny']);
  return choices === null ? { problem: 'a cmplz_ cookie is neither allow nor deny' } : { choices };
}
