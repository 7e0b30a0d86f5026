import { type ParameterRegistry, shippedParameters } from './parameters.ts';

/**
 * How a browser came to a hop: typed in, or sent by the hop before it. `hsts`: upgraded inside the browser. The others
 * are seen in a real browser only. `script`: a script opened the address. `history`: a script put it into the address
 * bar without loading anything. `reload`: the page was loaded again.
 */
export type HopVia =
  | 'start'
  | 'location'
  | 'refresh'
  | 'meta'
  | 'hsts'
  | 'script'
  | 'history'
  | 'reload'
  | 'form'
  | 'link';

/** One stop of a browser's way to a page. */
export interface Hop {
  /** The absolute address that was asked for, with its fragment. */
  readonly url: string;
  readonly via: HopVia;
  /** The HTTP status; null where no server was asked or answered: a failed request, an HSTS upgrade, a history change. */
  readonly status: number | null;
  /** Where the hop sends the browser, as it wrote it; absent: the way ends here. */
  readonly target?: string;
  /** Response headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The page's service worker answered in the server's place. */
  readonly isFromServiceWorker?: boolean;
  /** The cookie in which the visitor's choice was stored while the page stood. */
  readonly consentCookie?: string;
}

/** One tracked parameter as an address holds it. */
export interface ParameterValue {
  /** The name as written. */
  readonly written: string;
  /** The value as written, percent-encoding and all. */
  readonly raw: string;
  readonly place: 'query' | 'fragment';
}

/** What a hop's address holds. */
export interface HopReading {
  readonly address: URL;
  /** Tracked parameters by canonical name; the last value that is not empty, of the query before the fragment. */
  readonly values: ReadonlyMap<string, ParameterValue>;
}

/** How a value differs from what it was. `same`: not at all once decoded. */
export type Difference = 'same' | 're_encoded' | 're_cased' | 'truncated' | 'replaced';

const maxPairs = 1_000;
const maxNameChars = 64;
const nowhere = new URL('about:blank');

/** Reads the tracked parameters of an address as they are written; an address that is none holds nothing. */
export function readHop(url: string, registry: ParameterRegistry = shippedParameters): HopReading {
  const address = URL.parse(url) ?? nowhere;
  const values = new Map<string, ParameterValue>();
  const named = (name: string): string | undefined => registry.named(name)?.name;
  addPairs(address.search.slice(1), 'query', { values, named });
  addPairs(address.hash.slice(address.hash.indexOf('?') + 1).replace(/^#/, ''), 'fragment', {
    values,
    named,
  });
  return { address, values };
}

/** The address without its tracked parameters; undefined where its query has none. */
export function withoutParameters(url: string): URL | undefined {
  const address = URL.parse(url);
  if (address === null) return undefined;
  const pairs = address.search.slice(1).split('&', maxPairs);
  const kept = pairs.filter((pair) => trackedName(decodeOnce(pair.split('=', 1)[0] ?? '')) === undefined);
  if (kept.length === pairs.length) return undefined;
  address.search = kept.join('&');
  return address;
}

/** Compares a parameter before and after a hop, by name and value. */
export function compareValues(before: ParameterValue, after: ParameterValue): Difference {
  const [from, to] = [decodeValue(before.raw), decodeValue(after.raw)];
  if (from === to) return compareNames(before.written, after.written);
  if (decodeFully(from) === decodeFully(to)) return 're_encoded';
  if (from.toLowerCase() === to.toLowerCase()) return 're_cased';
  if (before.raw.startsWith(after.raw) || from.startsWith(to)) return 'truncated';
  return 'replaced';
}

/** One layer of percent-encoding undone; what cannot be read stays as it is. */
export function decodeOnce(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return new URLSearchParams(`v=${text.replaceAll('+', '%2B').replaceAll('&', '%26')}`).get('v') ?? text;
  }
}

interface Gathering {
  readonly values: Map<string, ParameterValue>;
  /** The canonical name of a tracked parameter. */
  readonly named: (name: string) => string | undefined;
}

function addPairs(query: string, place: ParameterValue['place'], { values, named }: Gathering): void {
  if (!query.includes('=')) return;
  for (const pair of query.split('&', maxPairs)) {
    const equals = pair.indexOf('=');
    if (equals <= 0 || equals > maxNameChars || equals === pair.length - 1) continue;
    const written = decodeOnce(pair.slice(0, equals));
    const name = named(plainName(written));
    const earlier = name === undefined ? undefined : values.get(name);
    if (name === undefined || (earlier !== undefined && earlier.place !== place)) continue;
    values.set(name, { written, raw: pair.slice(equals + 1), place });
  }
}

function trackedName(written: string): string | undefined {
  return shippedParameters.named(plainName(written))?.name;
}

function plainName(written: string): string {
  return written.replace(/^(?:amp;)+/i, '').toLowerCase();
}

function compareNames(before: string, after: string): Difference {
  if (before === after) return 'same';
  return before.toLowerCase() === after.toLowerCase() ? 're_cased' : 're_encoded';
}

/** Forms write a space as `+`. A click id may hold a real `+`, which comes back as `%2B`. */
function decodeValue(raw: string): string {
  return decodeOnce(raw.replaceAll('+', '%20'));
}

/** Undoes every layer that escaping twice, `&amp;` or a lost `+` can have put on or taken off. */
function decodeFully(value: string): string {
  let plain = value;
  for (let layer = 0; layer < 3 && plain.includes('%'); layer += 1) plain = decodeOnce(plain);
  return plain.replaceAll('+', ' ').replaceAll('&amp;', '&');
}
