import type { ConsentSource } from '../contract/consent-source.ts';
import { consentTypes, type Statement } from '../model/consent.ts';
import type { Hit } from '../model/hit.ts';

type Signals = Pick<Hit, 'headers' | 'cookies' | 'query'>;

/** Host and parent domain make two; more are somebody's play. */
const maxRepeats = 4;

const none: readonly never[] = [];

/**
 * The hit once more for each further cookie of a name that the source reads. A host and its parent domain can both hold
 * a cookie of one name, and which of them a browser sends first says nothing of which is right (RFC 6265, section 5.4).
 */
export function repeatsOf<H extends Signals>(
  hit: H,
  { cookies }: Pick<ConsentSource, 'cookies'>,
): readonly H[] {
  const header = hit.headers['cookie'];
  if (header === undefined) return none;
  let repeats: H[] | undefined;
  for (const name of cookies) {
    if (hit.cookies[name] === undefined) continue;
    const start = `${name}=`;
    if (header.indexOf(start) === header.lastIndexOf(start)) continue;
    repeats ??= [];
    for (const value of furtherValues(header, start)) {
      const headers = { ...hit.headers, cookie: `${start}${value}` };
      repeats.push({ ...hit, headers, cookies: { ...hit.cookies, [name]: decode(value) } });
    }
  }
  return repeats?.slice(0, maxRepeats) ?? none;
}

/** The values of a cookie in a header after the first, which everything else has read. */
function furtherValues(header: string, start: string): readonly string[] {
  const pairs = header.split(';').map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length));
  return [...new Set(values)].slice(1, maxRepeats + 1);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Several readings of one source without the grants that not all of them give. */
export function agreeing(readings: readonly (Statement | null)[]): readonly Statement[] {
  const statements = readings.filter((reading) => reading !== null);
  const isShared = (type: (typeof consentTypes)[number]): boolean =>
    statements.every(({ types, problem }) => types[type]?.state === 'granted' && problem === undefined);
  return statements.map((statement) => {
    const types: Statement['types'] = {};
    for (const type of consentTypes) {
      const stated = statement.types[type];
      if (stated !== undefined && (stated.state !== 'granted' || isShared(type))) types[type] = stated;
    }
    return { ...statement, types };
  });
}
