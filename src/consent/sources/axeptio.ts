import { jsonReading, own } from '../shared/cookie-text.ts';
import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';
import { booleansRecord } from '../shared/services.ts';

/** Axeptio. Format as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'axeptio',
  description:
    "Axeptio's cookie, `axeptio_cookies` unless the site names it otherwise: JSON of the site's vendors, each true or " +
    'false, complete once `$$completed` is true. Nothing is granted before `consent.categories.axeptio` names the ' +
    'vendors.',
  cookie: 'axeptio_cookies',
  categories: {},
  decode,
  examples: [
    {
      title: 'a banner that is not completed',
      cookies: { axeptio_cookies: '{"$$token":"abc","$$completed":false}' },
      expect: { source: 'axeptio', types: {} },
    },
    {
      title: "a choice, before the site's vendors are mapped",
      cookies: { axeptio_cookies: '{"$$completed":true,"google_analytics":true,"facebook_pixel":false}' },
      expect: {
        source: 'axeptio',
        types: {},
        problem: "none of the record's categories is in consent.categories.axeptio",
      },
    },
    {
      title: 'a record that does not say whether it is complete',
      cookies: { axeptio_cookies: '{"google_analytics":true}' },
      expect: { source: 'axeptio', types: {}, problem: 'the cookie has no $$completed of true or false' },
    },
    { title: 'no Axeptio cookie', cookies: {}, expect: null },
  ],
});

function decode({ value }: RecordPlace): ConsentRecord | null {
  if (value === '') return null;
  const record = jsonReading(value);
  if (record === null) return { problem: 'the cookie is not a JSON object' };
  const completed = own(record, '$$completed');
  if (completed === false) return undecided;
  if (completed !== true) return { problem: 'the cookie has no $$completed of true or false' };
  return booleansRecord(
    Object.entries(record).filter(([vendor]) => !vendor.startsWith('$$')),
    'the cookie',
  );
}
