import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

const strings = ['euconsent-v2', 'usprivacy', 'IABGPP_HDR_GppString'] as const;

/** Sourcepoint. As in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'sourcepoint',
  description:
    "Sourcepoint's cookie `consentDate`, which tells that there was a choice. The choice itself is in the TC, GPP or US " +
    "privacy string beside it, which sources of their own read, or in the page's local storage, which no request " +
    'carries: without such a string it is a signal that cannot be read here.',
  cookies: ['consentDate', 'consentUUID'],
  decode,
  examples: [
    {
      title: 'a choice whose TC string comes along',
      cookies: { consentUUID: 'abc', consentDate: '2026-11-02T09:00:05.000Z', 'euconsent-v2': 'CP' },
      expect: { source: 'sourcepoint', types: {} },
    },
    {
      title: 'a choice that only the page knows',
      cookies: { consentUUID: 'abc', consentDate: '2026-11-02T09:00:05.000Z' },
      expect: {
        source: 'sourcepoint',
        types: {},
        problem: 'the choice is in local storage; the page has to state it',
      },
    },
    {
      title: 'a visitor who has not chosen',
      cookies: { consentUUID: 'abc' },
      expect: { source: 'sourcepoint', types: {} },
    },
    { title: 'no Sourcepoint cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  const isPresent = (name: string): boolean => (cookies[name] ?? '') !== '';
  // `consentDate` alone is a name that anything may have.
  if (!isPresent('consentUUID')) return null;
  if (!isPresent('consentDate')) return undecided;
  if (strings.some(isPresent)) return undecided;
  return { problem: 'the choice is in local storage; the page has to state it' };
}
