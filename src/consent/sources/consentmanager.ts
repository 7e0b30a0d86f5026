import { cookiesAfter, firstReading } from '../shared/cookie-text.ts';
import type { ConsentRecord } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** consentmanager.net. Formats as in public samples, 2026-11-24. */
export const source = recordSource({
  name: 'consentmanager',
  description:
    "consentmanager's cookies `__cmpcpc…` (purposes, such as `__1_2_3__`; `____` accepts none) and `__cmpcvc…` " +
    '(vendors, such as `__s94_c24102__`): what they do not list was refused. Their numbers are of a site of its own, ' +
    'so nothing is granted before `consent.categories.consentmanager` names them. `__cmpccpausps` is its US opt-out.',
  cookiePrefixes: ['__cmpcpc', '__cmpcvc', '__cmpccpausps'],
  categories: {},
  decode,
  examples: [
    {
      title: "a choice, before the site's purposes are mapped",
      cookies: { __cmpcpcx12345: '__1_2_3__' },
      expect: {
        source: 'consentmanager',
        types: {},
        problem: "none of the record's categories is in consent.categories.consentmanager",
      },
    },
    {
      title: 'an opt-out of sale',
      cookies: { __cmpccpausps: '1YYN' },
      expect: { source: 'consentmanager', types: {}, optOut: true },
    },
    {
      title: 'a list of another form',
      cookies: { __cmpcpcx12345: '1,2,3' },
      expect: {
        source: 'consentmanager',
        types: {},
        problem: 'a __cmp cookie is not a list between underscores',
      },
    },
    { title: 'no consentmanager cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const purposes = cookiesAfter(cookies, '__cmpcpc').map(([, value]) => listOf(value));
  const vendors = cookiesAfter(cookies, '__cmpcvc').map(([, value]) => listOf(value));
  const us = cookiesAfter(cookies, '__cmpccpausps').map(([, value]) => value);
  if (purposes.length + vendors.length + us.length === 0) return null;
  const optOut = us.some((value) => /^1[YN-]Y[YN-]$/.test(value));
  const lists = [purposes, vendors].map(acceptedByAll);
  if (lists.includes(null)) return { optOut, problem: 'a __cmp cookie is not a list between underscores' };
  if (!us.every((value) => /^1[YN-]{3}$/.test(value))) {
    return { optOut, problem: '__cmpccpausps is not a US privacy string' };
  }
  if (purposes.length + vendors.length === 0) return { optOut };
  const accepted = lists.flatMap((list) => list ?? []);
  return { choices: new Map(accepted.map((id) => [id, true])), unlisted: 'denied', optOut };
}

/** Of several cookies of one kind, what all of them list. */
function acceptedByAll(lists: readonly (readonly string[] | null)[]): readonly string[] | null {
  const [first = [], ...others] = lists;
  if (first === null) return null;
  const sets = others.map((list) => (list === null ? null : new Set(list)));
  if (sets.includes(null)) return null;
  return first.filter((id) => sets.every((set) => set?.has(id) === true));
}

/** Ids between double underscores: `1` a purpose, `s94` and `c24102` vendors, `U` a mark that stands for neither. */
function listOf(value: string): readonly string[] | null {
  return firstReading(value, (text) => {
    if (!/^__\w*__$/.test(text)) return null;
    const ids = text.split('_').filter((id) => id !== '');
    return ids.every((id) => /^(?:[a-z]?\d{1,9}|[A-Z])$/.test(id)) ? ids : null;
  });
}
