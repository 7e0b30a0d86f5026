import { recordSource } from '../shared/record-source.ts';
import { servicesRecord } from '../shared/services.ts';

/** Klaro. Format as the library writes it (klaro 0.7.22, run 2026-11-23). */
export const source = recordSource({
  name: 'klaro',
  description:
    "Klaro's cookie, `klaro` unless the site names it otherwise: JSON of the site's services, each true or false, " +
    'written once the visitor chose. Services are of a site of its own, so nothing is granted before ' +
    '`consent.categories.klaro` names them. With `storageMethod: localStorage` no request carries it.',
  cookie: 'klaro',
  categories: {},
  decode: ({ value }) => servicesRecord(value, 'the cookie'),
  examples: [
    {
      title: "a choice, before the site's services are mapped",
      cookies: { klaro: '%7B%22googleAnalytics%22%3Atrue%2C%22metaPixel%22%3Afalse%7D' },
      expect: {
        source: 'klaro',
        types: {},
        problem: "none of the record's categories is in consent.categories.klaro",
      },
    },
    {
      title: 'a service that is neither true nor false',
      cookies: { klaro: '{"metaPixel":1}' },
      expect: { source: 'klaro', types: {}, problem: 'a choice in the cookie is neither true nor false' },
    },
    {
      title: 'not JSON',
      cookies: { klaro: 'accepted' },
      expect: { source: 'klaro', types: {}, problem: 'the cookie is not a JSON object' },
    },
    { title: 'no Klaro cookie', cookies: {}, expect: null },
  ],
});
