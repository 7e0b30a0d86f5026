import type { ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';

/** Do Not Track, the browsers' older signal, without legal force in most places; read where a site asks for it. */
export const source: ConsentSource = {
  name: 'dnt',
  kind: 'browser',
  description:
    'The request header `DNT`, where the configuration says `consent.dnt: opt_out`. `1` is then an opt-out of sale, ' +
    'sharing and targeted advertising, as with Global Privacy Control; everything else is no signal, and never a ' +
    'permission.',
  cookies: [],
  read: (hit) => (hit.headers['dnt'] === '1' ? optedOut : null),
  examples: [
    {
      title: 'a browser with Do Not Track on',
      headers: { dnt: '1' },
      expect: { source: 'dnt', types: {}, optOut: true },
    },
    {
      title: 'a browser that says it may be tracked, which permits nothing',
      headers: { dnt: '0' },
      expect: null,
    },
    { title: 'a browser that sends no such header', headers: {}, expect: null },
  ],
};

const optedOut: Statement = { source: source.name, types: {}, optOut: true };
