import type { ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import type { Hit } from '../../model/hit.ts';

/** Global Privacy Control, the browser's opt-out of sale, sharing and targeted advertising. */
export const source: ConsentSource = {
  name: 'gpc',
  kind: 'browser',
  description:
    'The request header `Sec-GPC`. On only where a header line is exactly `1` (W3C Global Privacy Control); everything ' +
    'else is no signal, and never a permission.',
  cookies: [],
  read,
  examples: [
    {
      title: 'a browser with Global Privacy Control on',
      headers: { 'sec-gpc': '1' },
      expect: { source: 'gpc', types: {}, optOut: true },
    },
    {
      title: 'two header lines, joined by the server',
      headers: { 'sec-gpc': '0, 1' },
      expect: { source: 'gpc', types: {}, optOut: true },
    },
    { title: 'a value that the specification does not know', headers: { 'sec-gpc': 'true' }, expect: null },
    { title: 'a browser that sends no such header', headers: {}, expect: null },
  ],
};

const optedOut: Statement = { source: source.name, types: {}, optOut: true };

function read(hit: Pick<Hit, 'headers'>): Statement | null {
  const value = hit.headers['sec-gpc'];
  if (value === undefined) return null;
  // Node joins repeated headers that it does not know with `, `.
  const isOn = value === '1' || value.split(',').some((line) => line.trim() === '1');
  return isOn ? optedOut : null;
}
