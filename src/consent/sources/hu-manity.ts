import { jsonReading, ownObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import type { ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';
import { booleansRecord } from '../shared/services.ts';

/** Hu-manity's Cookie Compliance. Format as in third parties' code only, 2026-11-23. */
export const source = recordSource({
  name: 'hu-manity',
  description:
    "Hu-manity.co's Cookie Compliance (Cookie Notice): cookie `hu-consent`, JSON with `categories` 1 necessary, " +
    '2 functional, 3 analytics, 4 marketing, each true or false.',
  cookies: ['hu-consent'],
  categories: { '1': necessary, '2': functional, '3': analytics, '4': marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics only',
      cookies: { 'hu-consent': '{"categories":{"1":true,"2":false,"3":true,"4":false}}' },
      expect: {
        source: 'hu-manity',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'a record of another form',
      cookies: { 'hu-consent': 'true' },
      expect: { source: 'hu-manity', types: {}, problem: 'hu-consent is not JSON with categories' },
    },
    { title: 'no such cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['hu-consent'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  const categories = record === null ? null : ownObject(record, 'categories');
  if (categories === null) return { problem: 'hu-consent is not JSON with categories' };
  return booleansRecord(Object.entries(categories), 'hu-consent');
}
