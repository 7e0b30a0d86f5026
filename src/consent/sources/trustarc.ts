import { firstReading } from '../shared/cookie-text.ts';
import { chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** TrustArc. Formats as in public samples, 2026-11-24. */
export const source = recordSource({
  name: 'trustarc',
  description:
    "TrustArc's cookies `cmapi_cookie_privacy` (`permit 1,2`, counted from 1), `notice_gdpr_prefs` (`0,1:`, counted " +
    'from 0) and `notice_preferences` (`1:`, the highest level, from 0). Categories are the levels counted from 1: ' +
    'usually 1 required, 2 functional, 3 advertising, and none for analytics; a site that has others has to map them ' +
    'in `consent.categories.trustarc`. Cookies that disagree: the strictest. Where `notice_behavior` is implied, ' +
    'acceptance was taken for granted and only refusals count. `gpcishonored` counts as an opt-out.',
  cookies: [
    'cmapi_cookie_privacy',
    'notice_gdpr_prefs',
    'notice_preferences',
    'notice_behavior',
    'gpcishonored',
  ],
  categories: { '1': necessary, '2': functional, '3': marketing },
  decode,
  examples: [
    {
      title: 'a visitor who accepted functional cookies',
      cookies: {
        notice_behavior: 'expressed,eu',
        notice_gdpr_prefs: '0,1:',
        cmapi_cookie_privacy: 'permit 1,2',
      },
      expect: { source: 'trustarc', types: chosen([...necessary, ...functional], marketing) },
    },
    {
      title: 'the highest level alone, counted from 0',
      cookies: { notice_behavior: 'expressed,eu', notice_preferences: '1:' },
      expect: { source: 'trustarc', types: chosen([...necessary, ...functional], marketing) },
    },
    {
      title: 'everything permitted where consent is implied',
      cookies: { notice_behavior: 'implied,us', cmapi_cookie_privacy: 'permit 1,2,3' },
      expect: { source: 'trustarc', types: {} },
    },
    {
      title: 'a notice that nobody has answered',
      cookies: { notice_behavior: 'expressed,eu' },
      expect: { source: 'trustarc', types: {} },
    },
    {
      title: 'a value of another form',
      cookies: { cmapi_cookie_privacy: 'allow all' },
      expect: { source: 'trustarc', types: {}, problem: 'a TrustArc cookie does not list levels' },
    },
    { title: 'no TrustArc cookie', cookies: {}, expect: null },
  ],
});

/** More than any notice has; bounds what a hostile value can make of a level. */
const maxLevel = 20;

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const stated = Object.entries(readers).flatMap(([name, read]) => {
    const value = cookies[name] ?? '';
    return value === '' ? [] : [firstReading(value, read)];
  });
  const behaviour = cookies['notice_behavior'] ?? '';
  const optOut = cookies['gpcishonored'] === 'true';
  if (stated.length === 0) return behaviour === '' && !optOut ? null : { ...undecided, optOut };
  const lists = stated.filter((levels) => levels !== null);
  if (lists.length < stated.length) return { optOut, problem: 'a TrustArc cookie does not list levels' };
  const [first = [], ...others] = lists;
  const permitted = first.filter((level) => others.every((list) => list.includes(level)));
  return {
    choices: new Map(permitted.map((level) => [String(level), true])),
    unlisted: 'denied',
    isGrantVoid: behaviour.startsWith('implied'),
    optOut,
  };
}

type Levels = readonly number[] | null;

/** What each cookie permits, as levels counted from 1. */
const readers: Readonly<Record<string, (value: string) => Levels>> = {
  cmapi_cookie_privacy: (value) =>
    listOf(/^permit[ _](\d+(?:[,|]\d+)*)(?:[ _][a-z ]*)?$/.exec(value)?.[1], 0),
  notice_gdpr_prefs: (value) => listOf(/^(\d+(?:[,|]\d+)*):[\w:,|]*$/.exec(value)?.[1], 1),
  notice_preferences: (value) => {
    const highest = listOf(/^(\d+):[\w:,|]*$/.exec(value)?.[1], 1)?.[0];
    return highest === undefined ? null : Array.from({ length: highest }, (_, at) => at + 1);
  },
};

function listOf(text: string | undefined, offset: 0 | 1): Levels {
  if (text === undefined) return null;
  const levels = text.split(/[,|]/).map((digits) => Number(digits) + offset);
  return levels.every((level) => level >= 1 && level <= maxLevel) ? [...new Set(levels)] : null;
}
