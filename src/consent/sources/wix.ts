import { jsonReading, own } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Wix. Format as in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'wix',
  description:
    "Wix's cookie `consent-policy`: JSON with `ess`, `func`, `anl` and `adv`, each 1 or 0. Without `ts`, the time of a " +
    "choice, it holds the site's default. `dt3` of 0 (no transfer to third parties) opts out of sale.",
  cookies: ['consent-policy'],
  categories: { ess: necessary, func: functional, anl: analytics, adv: marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics only',
      cookies: { 'consent-policy': '{"ess":1,"func":0,"anl":1,"adv":0,"dt3":1,"ts":29893500}' },
      expect: { source: 'wix', types: chosen([...necessary, ...analytics], [...functional, ...marketing]) },
    },
    {
      title: "the site's default, without a time",
      cookies: {
        'consent-policy':
          '%7B%22ess%22%3A1%2C%22func%22%3A1%2C%22anl%22%3A1%2C%22adv%22%3A1%2C%22dt3%22%3A1%7D',
      },
      expect: { source: 'wix', types: {} },
    },
    {
      title: 'a visitor who accepted all and opted out of transfer',
      cookies: { 'consent-policy': '{"ess":1,"func":1,"anl":1,"adv":1,"dt3":0,"ts":29893500}' },
      expect: {
        source: 'wix',
        types: chosen([...necessary, ...functional, ...analytics, ...marketing], []),
        optOut: true,
      },
    },
    {
      title: 'an answer that is neither 1 nor 0',
      cookies: { 'consent-policy': '{"ess":1,"func":1,"anl":2,"adv":1,"ts":29893500}' },
      expect: { source: 'wix', types: {}, problem: 'an answer in consent-policy is neither 1 nor 0' },
    },
    { title: 'no Wix cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['consent-policy'] ?? '';
  if (value === '') return null;
  const record = jsonReading(value);
  if (record === null) return { problem: 'consent-policy is not a JSON object' };
  if (typeof own(record, 'ts') !== 'number') return undecided;
  const optOut = own(record, 'dt3') === 0;
  const choices = answersIn(
    ['ess', 'func', 'anl', 'adv'].map((key) => [key, own(record, key) ?? null] as const),
    [1, 0],
  );
  if (choices === null) return { optOut, problem: 'an answer in consent-policy is neither 1 nor 0' };
  return { choices, optOut };
}
