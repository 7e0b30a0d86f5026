import { jsonReading, own, ownObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Civic Cookie Control. Format as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'civic',
  description:
    "Civic's cookie `CookieControl`: JSON whose `optionalCookies` are each `accepted` or `revoked`, once " +
    '`interactedWith` is true. Category names are of a site of its own; usual ones are known, until ' +
    '`consent.categories.civic` names their types.',
  cookies: ['CookieControl'],
  categories: { functional, analytics, marketing },
  areNamesOwn: true,
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics and revoked marketing',
      cookies: {
        CookieControl:
          '{"optionalCookies":{"analytics":"accepted","marketing":"revoked"},"interactedWith":true}',
      },
      expect: { source: 'civic', types: chosen(analytics, marketing) },
    },
    {
      title: 'a visitor who has not chosen',
      cookies: { CookieControl: '{"optionalCookies":{"analytics":"accepted"},"interactedWith":false}' },
      expect: { source: 'civic', types: {} },
    },
    {
      title: 'an answer that is neither accepted nor revoked',
      cookies: { CookieControl: '{"optionalCookies":{"analytics":true},"interactedWith":true}' },
      expect: {
        source: 'civic',
        types: {},
        problem: 'an answer in CookieControl is neither accepted nor revoked',
      },
    },
    { title: 'no Civic cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['CookieControl'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  const answers = record === null ? null : ownObject(record, 'optionalCookies');
  if (record === null || answers === null)
    return { problem: 'CookieControl is not JSON with optionalCookies' };
  if (own(record, 'interactedWith') !== true) return undecided;
  const choices = answersIn(Object.entries(answers), ['accepted', 'revoked']);
  return choices === null
    ? { problem: 'an answer in CookieControl is neither accepted nor revoked' }
    : { choices };
}
