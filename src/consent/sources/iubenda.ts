import { cookiesAfter, jsonReading, own, ownObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const prefix = '_iub_cs-';

/** iubenda. Formats as in public samples and the shipped script, 2026-11-23. */
export const source = recordSource({
  name: 'iubenda',
  description:
    "iubenda's cookie `_iub_cs-` and the site's id: JSON with `purposes` 1 necessary, 2 functionality, 3 experience, " +
    '4 measurement, 5 marketing, or one `consent` for all of them. 2 and 3 both stand for functional, on sites that ' +
    'have them. In the cookie of its US notice (`-uspr`) false opts out of sale (`s`), sharing (`sh`) or targeted ' +
    'advertising (`adv`). Where a page has several such cookies the strictest counts.',
  cookiePrefixes: [prefix],
  categories: { '1': necessary, '2': functional, '3': functional, '4': analytics, '5': marketing },
  optional: ['2', '3'],
  decode,
  examples: [
    {
      title: 'a visitor who accepted measurement only',
      cookies: {
        '_iub_cs-12345678':
          '{"timestamp":"2026-11-02T09:00:05.000Z","purposes":{"1":true,"2":false,"3":false,"4":true,"5":false},"id":12345678}',
      },
      expect: {
        source: 'iubenda',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'one answer for all purposes',
      cookies: { '_iub_cs-12345678': '%7B%22consent%22%3Afalse%2C%22id%22%3A12345678%7D' },
      expect: { source: 'iubenda', types: chosen(necessary, [...functional, ...analytics, ...marketing]) },
    },
    {
      title: 'a visitor whom the page knows, without a choice',
      cookies: { '_iub_cs-12345678': '{"id":12345678}' },
      expect: { source: 'iubenda', types: {} },
    },
    {
      title: 'an opt-out of sale in the US notice',
      cookies: { '_iub_cs-12345678-uspr': '{"s":false,"sh":true,"adv":true}' },
      expect: { source: 'iubenda', types: {}, optOut: true },
    },
    {
      title: 'a US notice without an opt-out',
      cookies: { '_iub_cs-12345678-uspr': '{"s":true,"sh":true,"adv":true}' },
      expect: { source: 'iubenda', types: {} },
    },
    {
      title: 'not JSON',
      cookies: { '_iub_cs-12345678': 'true' },
      expect: { source: 'iubenda', types: {}, problem: 'an _iub_cs cookie is not a JSON object' },
    },
    { title: 'no iubenda cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const found = cookiesAfter(cookies, prefix);
  const records = found.flatMap(([id, value]) => {
    if (/^s?\d{1,12}$/.test(id)) return [choicesIn(value)];
    return /^s?\d{1,12}-uspr$/.test(id) ? [optOutsIn(value)] : [];
  });
  return records.length === 0 ? null : strictest(records);
}

function choicesIn(value: string): ConsentRecord {
  const record = jsonReading(value);
  if (record === null) return { problem: 'an _iub_cs cookie is not a JSON object' };
  const consent = own(record, 'consent');
  const purposes = ownObject(record, 'purposes');
  if (consent === undefined && purposes === null) return undecided;
  const overall =
    consent === undefined ? [] : ['2', '3', '4', '5'].map((purpose) => [purpose, consent] as const);
  // One answer for all purposes leaves out the necessary one, which needs none.
  const each = purposes === null ? [['1', true] as const] : Object.entries(purposes);
  const choices = answersIn([...overall, ...each], [true, false]);
  return choices === null
    ? { problem: 'a purpose of an _iub_cs cookie is neither true nor false' }
    : { choices };
}

/**
 * Sale, sharing, targeted advertising: true is allowed, as it is for visitors who did nothing yet and whose US privacy
 * string says so too (public samples, 2026-11-24). An opt-out of one stops what the three have in common.
 */
function optOutsIn(value: string): ConsentRecord {
  const record = jsonReading(value);
  if (record === null) return { problem: 'an _iub_cs cookie is not a JSON object' };
  const answers = ['s', 'sh', 'adv'].map((key) => own(record, key));
  const optOut = answers.includes(false);
  const isRead = answers.every((answer) => answer === undefined || typeof answer === 'boolean');
  return isRead
    ? { optOut }
    : { optOut, problem: 'an answer of an _iub_cs US cookie is neither true nor false' };
}

function strictest(records: readonly ConsentRecord[]): ConsentRecord {
  const problem = records.find((record) => record.problem !== undefined)?.problem;
  const pairs = records.flatMap(({ choices }) => [...(choices ?? [])]);
  const choices = pairs.length === 0 ? null : answersIn(pairs, [true, false]);
  return {
    ...(choices !== null && { choices }),
    ...(problem !== undefined && { problem }),
    optOut: records.some(({ optOut }) => optOut === true),
  };
}
