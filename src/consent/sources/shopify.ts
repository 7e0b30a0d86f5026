import { jsonReading, own, ownObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const unreadable = '_tracking_consent is not JSON with the answers of con.CMP';

/** Shopify's Customer Privacy. Format as in public samples and the shipped script, 2026-11-23. */
export const source = recordSource({
  name: 'shopify',
  description:
    "Shopify's cookie `_tracking_consent`: in `con.CMP` the answers `a` (analytics), `m` (marketing) and `p` " +
    '(preferences), `1` or `0`, empty before a choice. Its `purposes` hold what the region allows without one and are ' +
    'not read. `s` of `0` opts out of sale.',
  cookies: ['_tracking_consent'],
  categories: { a: analytics, m: marketing, p: functional },
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics and refused the rest',
      cookies: { _tracking_consent: '{"con":{"CMP":{"a":"1","m":"0","p":"0","s":""}},"v":"2.1"}' },
      expect: { source: 'shopify', types: chosen(analytics, [...functional, ...marketing]) },
    },
    {
      title: 'no choice, although purposes say true',
      cookies: {
        _tracking_consent:
          '{"con":{"CMP":{"a":"","m":"","p":"","s":""}},"v":"2.1","purposes":{"a":true,"p":true,"m":true}}',
      },
      expect: { source: 'shopify', types: {} },
    },
    {
      title: 'an opt-out of sale',
      cookies: { _tracking_consent: '{"con":{"CMP":{"a":"","m":"","p":"","s":"0"}},"v":"2.1"}' },
      expect: { source: 'shopify', types: {}, optOut: true },
    },
    {
      title: 'a record of another form',
      cookies: { _tracking_consent: '{"v":"1.0"}' },
      expect: { source: 'shopify', types: {}, problem: unreadable },
    },
    { title: 'no Shopify cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['_tracking_consent'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  const con = record === null ? null : ownObject(record, 'con');
  const answers = con === null ? null : ownObject(con, 'CMP');
  if (answers === null) return { problem: unreadable };
  const sale = own(answers, 's');
  const optOut = sale === '0';
  const stated = ['a', 'm', 'p'].map((key) => [key, own(answers, key) ?? null] as const);
  const answered = stated.filter(([, answer]) => answer !== '');
  const choices = answersIn(answered, ['1', '0']);
  const isSaleKnown = sale === undefined || sale === '' || sale === '0' || sale === '1';
  if (choices === null || !isSaleKnown) return { optOut, problem: unreadable };
  return choices.size === 0 ? { optOut } : { choices, optOut };
}
