import { firstReading, own, ownObject, parseJsonObject } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const unreadable = '_tracking_consent is of no form that is known';

/** Shopify's Customer Privacy. Formats as in public samples and the shipped script (v0.2), 2026-11-24. */
export const source = recordSource({
  name: 'shopify',
  description:
    "Shopify's cookie `_tracking_consent`, of which only the visitor's own answers are read: `a` (analytics), `m` " +
    '(marketing) and `p` (preferences), and `s`, whose refusal opts out of sale. In version 3 they are the letters ' +
    'between `3` and the dot, such as `3Amp.A_DEBE_t_f_…`, large accepted and small refused; in version 2.1 those of ' +
    '`con.CMP`, `1` or `0`. What the region allows without an answer stands beside them and is not believed.',
  cookies: ['_tracking_consent'],
  categories: { a: analytics, m: marketing, p: functional, s: [] },
  decode,
  examples: [
    {
      title: 'version 3: a visitor who accepted analytics and refused the rest, sale too',
      cookies: { _tracking_consent: '3Amps.A_DEBE_f_f_1zM0dBG0TB6rGIEimJnN-g' },
      expect: { source: 'shopify', types: chosen(analytics, [...functional, ...marketing]), optOut: true },
    },
    {
      title: 'version 3: no choice, although the region allows everything',
      cookies: { _tracking_consent: '3.AMPS_USCA_f_f_29CBDcE*Rl2eLBF2cGNNCg' },
      expect: { source: 'shopify', types: {} },
    },
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
  return firstReading(value, (text) => version3(text) ?? version2(text)) ?? { problem: unreadable };
}

/** The answers, a dot, what the region allows, the region and more between underscores. */
function version3(text: string): ConsentRecord | null {
  const letters = /^3([AMPS]{0,4})\.[AMPS]{0,4}_/i.exec(text)?.[1];
  if (letters === undefined) return null;
  const pairs = [...letters].map(
    (letter) => [letter.toLowerCase(), letter !== letter.toLowerCase()] as const,
  );
  return recordOf(answersIn(pairs, [true, false]));
}

function version2(text: string): ConsentRecord | null {
  const record = parseJsonObject(text);
  const con = record === null ? null : ownObject(record, 'con');
  const answers = con === null ? null : ownObject(con, 'CMP');
  if (answers === null) return null;
  const stated = ['a', 'm', 'p', 's'].map((key) => [key, own(answers, key) ?? ''] as const);
  const answered = stated.filter(([, answer]) => answer !== '');
  return recordOf(answersIn(answered, ['1', '0']));
}

function recordOf(choices: ReadonlyMap<string, boolean> | null): ConsentRecord | null {
  return choices === null ? null : { choices, optOut: choices.get('s') === false };
}
