import { jsonReading, own } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** CookieFirst. Format as in public samples, 2026-11-23. */
export const source = recordSource({
  name: 'cookiefirst',
  description:
    "CookieFirst's cookie `cookiefirst-consent`: JSON of `necessary`, `performance` (analytics), `functional` and " +
    '`advertising`, each true or false.',
  cookies: ['cookiefirst-consent'],
  categories: { necessary, performance: analytics, functional, advertising: marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted performance cookies only',
      cookies: {
        'cookiefirst-consent':
          '%7B%22necessary%22%3Atrue%2C%22performance%22%3Atrue%2C%22functional%22%3Afalse%2C%22advertising%22%3Afalse%7D',
      },
      expect: {
        source: 'cookiefirst',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'a record without advertising',
      cookies: { 'cookiefirst-consent': '{"necessary":true,"performance":true,"functional":true}' },
      expect: {
        source: 'cookiefirst',
        types: {},
        problem: 'a category of cookiefirst-consent is neither true nor false',
      },
    },
    { title: 'no CookieFirst cookie', cookies: {}, expect: null },
  ],
});

const names = ['necessary', 'performance', 'functional', 'advertising'] as const;

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['cookiefirst-consent'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  if (record === null) return { problem: 'cookiefirst-consent is not a JSON object' };
  const choices = answersIn(
    names.map((name) => [name, own(record, name) ?? null] as const),
    [true, false],
  );
  return choices === null
    ? { problem: 'a category of cookiefirst-consent is neither true nor false' }
    : { choices };
}
