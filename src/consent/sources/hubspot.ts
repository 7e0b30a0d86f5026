import { firstReading } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const unreadable: ConsentRecord = { problem: '__hs_cookie_cat_pref is not categories with true or false' };

/** HubSpot's banner. Format as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'hubspot',
  description:
    "HubSpot's cookie `__hs_cookie_cat_pref`, such as `1:true,2:false,3:true` or with underscores: 1 analytics, " +
    '2 advertisement, 3 functionality.',
  cookies: ['__hs_cookie_cat_pref'],
  categories: { '1': analytics, '2': marketing, '3': functional },
  decode,
  examples: [
    {
      title: 'a visitor who refused advertisement',
      cookies: { __hs_cookie_cat_pref: '1:true,2:false,3:true' },
      expect: { source: 'hubspot', types: chosen([...analytics, ...functional], marketing) },
    },
    {
      title: 'a visitor who refused everything, with underscores',
      cookies: { __hs_cookie_cat_pref: '1:false_2:false_3:false' },
      expect: { source: 'hubspot', types: chosen([], [...analytics, ...functional, ...marketing]) },
    },
    {
      title: 'a value of another form',
      cookies: { __hs_cookie_cat_pref: 'yes' },
      expect: {
        source: 'hubspot',
        types: {},
        problem: '__hs_cookie_cat_pref is not categories with true or false',
      },
    },
    { title: 'no HubSpot cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['__hs_cookie_cat_pref'] ?? '';
  if (value === '') return null;
  return firstReading(value, recordIn) ?? unreadable;
}

function recordIn(text: string): ConsentRecord | null {
  const pairs = text.split(/[,_]/).map((piece): readonly [string, string] => {
    const [category = '', answer = '', ...rest] = piece.split(':');
    return [category, rest.length === 0 ? answer : '?'];
  });
  const choices = answersIn(pairs, ['true', 'false']);
  return choices === null ? null : { choices };
}
