import { jsonReading, own, ownObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import type { ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const unreadable: ConsentRecord = { problem: 'borlabs-cookie is not JSON with lists of consents' };

/** Borlabs Cookie. Format as in public samples, 2026-11-23. */
export const source = recordSource({
  name: 'borlabs',
  description:
    "Borlabs Cookie's cookie `borlabs-cookie`: JSON whose `consents` lists the accepted services of each group; a group " +
    'that is empty or missing was refused. Groups are `essential`, `statistics`, `marketing` and `external-media` ' +
    '(functional).',
  cookies: ['borlabs-cookie'],
  categories: { essential: necessary, 'external-media': functional, statistics: analytics, marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted statistics only',
      cookies: {
        'borlabs-cookie': '{"consents":{"essential":["borlabs-cookie"],"statistics":["google-analytics"]}}',
      },
      expect: {
        source: 'borlabs',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'a record of another form',
      cookies: { 'borlabs-cookie': '{"consents":{"marketing":true}}' },
      expect: { source: 'borlabs', types: {}, problem: 'borlabs-cookie is not JSON with lists of consents' },
    },
    { title: 'no Borlabs cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['borlabs-cookie'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  const consents = record === null ? null : ownObject(record, 'consents');
  if (consents === null) return unreadable;
  const choices = new Map<string, boolean>();
  for (const group of Object.keys(consents)) {
    const services = own(consents, group);
    if (!Array.isArray(services)) return unreadable;
    choices.set(group, services.length > 0);
  }
  return { choices, unlisted: 'denied' };
}
