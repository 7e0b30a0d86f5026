import { firstReading } from '../shared/cookie-text.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** tarteaucitron. Format as the library writes it (tarteaucitronjs 1.34.0, run 2026-11-23). */
export const source = recordSource({
  name: 'tarteaucitron',
  description:
    "tarteaucitron's cookie, `tarteaucitron` unless the site names it otherwise, such as " +
    '`!gtag=true!facebookpixel=false`; `wait` is no answer yet. Services are of a site of its own, so nothing is ' +
    'granted before `consent.categories.tarteaucitron` names them.',
  cookie: 'tarteaucitron',
  categories: {},
  decode,
  examples: [
    {
      title: 'services that still wait for an answer',
      cookies: { tarteaucitron: '!gtag=wait!facebookpixel=wait' },
      expect: { source: 'tarteaucitron', types: {} },
    },
    {
      title: "a choice, before the site's services are mapped",
      cookies: { tarteaucitron: '!gtag=true!facebookpixel=false' },
      expect: {
        source: 'tarteaucitron',
        types: {},
        problem: "none of the record's categories is in consent.categories.tarteaucitron",
      },
    },
    {
      title: 'an older version, beside an id of the visitor',
      cookies: { tarteaucitron: '!id=a5c81558!gtag=wait!' },
      expect: { source: 'tarteaucitron', types: {} },
    },
    {
      title: 'a value of another form',
      cookies: { tarteaucitron: 'gtag:true' },
      expect: {
        source: 'tarteaucitron',
        types: {},
        problem: 'the cookie is not services with true, false or wait',
      },
    },
    { title: 'no tarteaucitron cookie', cookies: {}, expect: null },
  ],
});

const unreadable: ConsentRecord = { problem: 'the cookie is not services with true, false or wait' };

function decode({ value }: RecordPlace): ConsentRecord | null {
  if (value === '') return null;
  return firstReading(value, recordIn) ?? unreadable;
}

function recordIn(text: string): ConsentRecord | null {
  if (!text.startsWith('!')) return null;
  // `id` is the visitor's, in older versions; one more mark may close the list.
  const answered = text
    .split('!')
    .filter((piece) => piece !== '' && !piece.startsWith('id='))
    .map(pairOf)
    .filter(([, answer]) => answer !== 'wait');
  if (answered.length === 0) return undecided;
  const choices = answersIn(answered, ['true', 'false']);
  return choices === null ? null : { choices };
}

function pairOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return equals <= 0 ? ['', '?'] : [text.slice(0, equals), text.slice(equals + 1)];
}
