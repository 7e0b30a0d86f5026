import { own, ownObject, parseJsonObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const categories = {
  essential: necessary,
  performance: functional,
  analytics,
  advertising: marketing,
  social_networking: marketing,
};

/** Termly. Format as in the published bundle, 2026-11-23. */
export const source = recordSource({
  name: 'termly',
  description:
    "Termly keeps its record in the page's local storage, which no request carries: it is read where an event brings " +
    'along `TERMLY_API_CACHE` in `consentRecords`. `performance` stands for functional; advertising and ' +
    '`social_networking` must both be accepted for marketing. `do_not_sell` opts out.',
  categories: { ...categories, unclassified: [] },
  storageKeys: ['TERMLY_API_CACHE'],
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics only',
      signals: {
        TERMLY_API_CACHE:
          '{"TERMLY_COOKIE_CONSENT":{"value":{"advertising":false,"analytics":true,"essential":true,' +
          '"performance":false,"social_networking":false,"unclassified":false,"do_not_sell":false}}}',
      },
      expect: {
        source: 'termly',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'a visitor who has not chosen',
      signals: { TERMLY_API_CACHE: '{}' },
      expect: { source: 'termly', types: {} },
    },
    {
      title: 'a record without its categories',
      signals: { TERMLY_API_CACHE: '{"TERMLY_COOKIE_CONSENT":{"value":{}}}' },
      expect: {
        source: 'termly',
        types: {},
        problem: 'a category of the Termly record is neither true nor false',
      },
    },
    { title: 'a request alone, which cannot carry the record', cookies: {}, expect: null },
  ],
});

function decode({ signals }: RecordPlace): ConsentRecord | null {
  const text = signals['TERMLY_API_CACHE'] ?? '';
  if (text === '') return null;
  const cache = parseJsonObject(text);
  if (cache === null) return { problem: 'the Termly record is not a JSON object' };
  const entry = own(cache, 'TERMLY_COOKIE_CONSENT');
  if (entry === undefined) return {};
  const consent = ownObject(cache, 'TERMLY_COOKIE_CONSENT');
  const value = (consent === null ? null : ownObject(consent, 'value')) ?? {};
  const optOut = own(value, 'do_not_sell') === true;
  const choices = answersIn(
    Object.keys(categories).map((name) => [name, own(value, name) ?? null] as const),
    [true, false],
  );
  if (choices === null)
    return { optOut, problem: 'a category of the Termly record is neither true nor false' };
  return { choices, optOut };
}
