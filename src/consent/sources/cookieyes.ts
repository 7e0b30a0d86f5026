import type { Hit } from '../../model/hit.ts';
import { cookiesAfter, firstReading } from '../shared/cookie-text.ts';
import { analytics, chosen, functional, marketing, necessary } from '../shared/purposes.ts';
import { answersIn, type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const analyticsOnly = chosen([...necessary, ...analytics], [...functional, ...marketing]);

const categories = {
  necessary,
  functional,
  analytics,
  advertisement: marketing,
  'non-necessary': [...functional, ...analytics, ...marketing],
  performance: [],
  other: [],
  others: [],
};
const legacyPrefix = 'cookielawinfo-checkbox-';

/** CookieYes. Formats as in public samples and the plug-ins' code, 2026-11-23. */
export const source = recordSource({
  name: 'cookieyes',
  description:
    "CookieYes's cookie `cookieyes-consent`, such as `action:yes,functional:no,analytics:yes,advertisement:no`; while " +
    '`action` is empty nobody has chosen. `performance` and `other` stand for nothing: analytics is a category of its ' +
    `own. Of its older WordPress plug-in, \`viewed_cookie_policy\` and \`${legacyPrefix}…\`, where \`non-necessary\` ` +
    'stands for everything else, on sites that have it.',
  cookies: ['cookieyes-consent', 'viewed_cookie_policy'],
  cookiePrefixes: [legacyPrefix],
  categories,
  optional: ['non-necessary'],
  decode,
  examples: [
    {
      title: 'a visitor who accepted analytics only',
      cookies: {
        'cookieyes-consent':
          'consentid:abc,consent:yes,action:yes,necessary:yes,functional:no,analytics:yes,performance:no,' +
          'advertisement:no,other:no',
      },
      expect: { source: 'cookieyes', types: analyticsOnly },
    },
    {
      title: 'a banner that nobody has answered',
      cookies: {
        'cookieyes-consent':
          'consentid:abc,consent:no,action:,necessary:yes,functional:no,analytics:no,advertisement:no',
      },
      expect: { source: 'cookieyes', types: {} },
    },
    {
      title: "the older plug-in's cookies",
      cookies: {
        viewed_cookie_policy: 'yes',
        'cookielawinfo-checkbox-necessary': 'yes',
        'cookielawinfo-checkbox-functional': 'no',
        'cookielawinfo-checkbox-analytics': 'yes',
        'cookielawinfo-checkbox-advertisement': 'no',
      },
      expect: { source: 'cookieyes', types: analyticsOnly },
    },
    {
      title: 'a record without an action',
      cookies: { 'cookieyes-consent': 'analytics:yes' },
      expect: { source: 'cookieyes', types: {}, problem: 'cookieyes-consent has no action' },
    },
    { title: 'no CookieYes cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const value = cookies['cookieyes-consent'] ?? '';
  return value === '' ? legacyRecord(cookies) : currentRecord(value);
}

function currentRecord(value: string): ConsentRecord {
  const pairs = firstReading(value, (text) => {
    const found = text.split(',').map(pairOf);
    return found.some(([key]) => key === 'action') ? found : null;
  });
  if (pairs === null) return { problem: 'cookieyes-consent has no action' };
  const actions = pairs.filter(([key]) => key === 'action').map(([, action]) => action);
  if (actions.includes('')) return undecided;
  const choices = answersIn(
    pairs.filter(([key, answer]) => Object.hasOwn(categories, key) || isAnswer(key, answer)),
    ['yes', 'no'],
  );
  return choices === null || actions.some((action) => action !== 'yes' && action !== 'no')
    ? { problem: 'a field of cookieyes-consent is neither yes nor no' }
    : { choices };
}

/** A category that a site added; ids, times and whatever else the script may write later are none. */
function isAnswer(key: string, answer: string): boolean {
  return (answer === 'yes' || answer === 'no') && key !== 'consent' && key !== 'action';
}

function pairOf(piece: string): readonly [string, string] {
  const colon = piece.indexOf(':');
  return colon < 0 ? [piece.trim(), '?'] : [piece.slice(0, colon).trim(), piece.slice(colon + 1).trim()];
}

/** The boxes have values before anybody chose, and keep them where the visitor rejects all: the policy's cookie decides. */
function legacyRecord(cookies: Hit['cookies']): ConsentRecord | null {
  const boxes = cookiesAfter(cookies, legacyPrefix);
  const viewed = cookies['viewed_cookie_policy'] ?? '';
  // The name is no vendor's own: without a box beside it the cookie may be anybody's.
  if (boxes.length === 0) return null;
  if (viewed === '') return undecided;
  if (viewed !== 'yes' && viewed !== 'no') return { problem: 'viewed_cookie_policy is neither yes nor no' };
  const answers =
    viewed === 'yes' ? boxes : boxes.map(([box]) => [box, box === 'necessary' ? 'yes' : 'no'] as const);
  const choices = answersIn(answers, ['yes', 'no']);
  return choices === null ? { problem: 'a cookielawinfo-checkbox is neither yes nor no' } : { choices };
}
