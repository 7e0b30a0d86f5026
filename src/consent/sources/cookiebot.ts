import { firstReading } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Cookiebot. Format as in public samples and cookiebot.com/en/developer, 2026-11-23. */
export const source = recordSource({
  name: 'cookiebot',
  description:
    "Cookiebot's cookie `CookieConsent`: `preferences`, `statistics` and `marketing`, each true or false. Consent that " +
    'was implied (`method`) because no banner is shown in the region is no choice. Other software writes cookies of ' +
    'this name too; theirs is not read.',
  cookies: ['CookieConsent'],
  categories: { necessary, preferences: functional, statistics: analytics, marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted statistics only',
      cookies: {
        CookieConsent:
          "{stamp:'AAAA==',necessary:true,preferences:false,statistics:true,marketing:false,method:'explicit',ver:1," +
          "utc:1793610000000,region:'de'}",
      },
      expect: {
        source: 'cookiebot',
        types: chosen([...necessary, ...analytics], [...functional, ...marketing]),
      },
    },
    {
      title: 'implied consent in a region without a banner',
      cookies: {
        CookieConsent:
          "{stamp:'-1',necessary:true,preferences:true,statistics:true,marketing:true,method:'implied',ver:1}",
      },
      expect: { source: 'cookiebot', types: {} },
    },
    {
      title: 'a cookie of the same name by other software',
      cookies: { CookieConsent: 'true' },
      expect: { source: 'cookiebot', types: {}, problem: "CookieConsent is not Cookiebot's" },
    },
    { title: 'no Cookiebot cookie', cookies: {}, expect: null },
  ],
});

const categories = ['necessary', 'preferences', 'statistics', 'marketing'] as const;

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['CookieConsent'] ?? '';
  if (value === '') return null;
  // Of older versions: the visitor is in no region that asks for consent.
  if (value === '-1') return undecided;
  // Commas and quotes may still be encoded, so that an outer level looks like an object of one field.
  return firstReading(value, recordIn) ?? { problem: "CookieConsent is not Cookiebot's" };
}

function recordIn(text: string): ConsentRecord | null {
  const fields = fieldsOf(text);
  const answers = categories.map((name) => [name, fields?.get(name) ?? ''] as const);
  const choices = answersIn(answers, ['true', 'false']);
  if (fields === null || choices === null) return null;
  // Cookies from before there were methods have none, and tell of a choice.
  const method = fields.get('method') ?? 'explicit';
  return method === 'explicit' && fields.get('stamp') !== '-1' ? { choices } : undecided;
}

/** A JavaScript literal, not JSON: keys bare, texts in single quotes. Never evaluated; a key stated twice voids it. */
function fieldsOf(text: string): ReadonlyMap<string, string> | null {
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  const fields = new Map<string, string>();
  for (const piece of text.slice(1, -1).split(',')) {
    const colon = piece.indexOf(':');
    const key = piece.slice(0, Math.max(0, colon)).trim();
    if (key === '' || fields.has(key)) return null;
    const stated = piece.slice(colon + 1).trim();
    const isQuoted = stated.length > 1 && stated.startsWith("'") && stated.endsWith("'");
    fields.set(key, isQuoted ? stated.slice(1, -1) : stated);
  }
  return fields;
}
