import { recordSource } from '../shared/record-source.ts';
import { servicesRecord } from '../shared/services.ts';

/** Orejime, a fork of Klaro. Format as in its code, 2026-11-23. */
export const source = recordSource({
  name: 'orejime',
  description:
    "Orejime's cookie, `eu-consent` unless the site names it otherwise: JSON of the site's purposes, each true or " +
    'false. Nothing is granted before `consent.categories.orejime` names them.',
  cookie: 'eu-consent',
  categories: {},
  decode: ({ value }) => servicesRecord(value, 'the cookie'),
  examples: [
    {
      title: "a choice, before the site's purposes are mapped",
      cookies: { 'eu-consent': '{"analytics":true,"ads":false}' },
      expect: {
        source: 'orejime',
        types: {},
        problem: "none of the record's categories is in consent.categories.orejime",
      },
    },
    { title: 'no Orejime cookie', cookies: {}, expect: null },
  ],
});
