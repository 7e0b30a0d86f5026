import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Osano. As in public samples and the vendor's documentation, 2026-11-23. */
export const source = recordSource({
  name: 'osano',
  description:
    "Osano's cookie `osano_consentmanager`. It is encrypted with a key of the domain's own, so that no server can read " +
    'it: that it is there is a signal that cannot be read, and the choice itself comes from the page through the SDK ' +
    'or Consent Mode.',
  cookies: ['osano_consentmanager', 'osano_consentmanager_uuid'],
  decode,
  examples: [
    {
      title: 'a choice that cannot be read here',
      cookies: { osano_consentmanager: 'c3ludGhldGlj', osano_consentmanager_uuid: '00000000' },
      expect: {
        source: 'osano',
        types: {},
        problem: 'the record is encrypted; the page has to state the choice',
      },
    },
    {
      title: 'a visitor who has not chosen',
      cookies: { osano_consentmanager_uuid: '00000000-0000-4000-8000-000000000001' },
      expect: { source: 'osano', types: {} },
    },
    { title: 'no Osano cookie', cookies: {}, expect: null },
  ],
});

function decode({ cookies }: RecordPlace): ConsentRecord | null {
  if ((cookies['osano_consentmanager'] ?? '') !== '') {
    return { problem: 'the record is encrypted; the page has to state the choice' };
  }
  return (cookies['osano_consentmanager_uuid'] ?? '') === '' ? null : undecided;
}
