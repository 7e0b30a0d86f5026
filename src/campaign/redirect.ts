import { decodeAscii } from './decode-ascii.ts';
import type { ParameterRegistry } from './parameters.ts';
import type { RedirectPolicy } from './redirect-policy.ts';

/** A redirect as the browser would get it. */
export interface Redirect {
  readonly status: number;
  readonly location: string;
  /** The address that the browser asked for, query as it came; not the upstream's. */
  readonly requestUrl: string;
}

/** Why a redirect that loses parameters stays as it is; a closed list, the text is what a person reads. */
export const redirectRefusals = {
  unreadable: 'The address is not one that a browser can read, or begins or ends with a space.',
  not_web: 'The address is not a web address.',
  foreign_host: "The address is on a host that is not one of the site's own.",
  untouchable_path: 'The path is marked as untouchable, an API, or a file.',
  untouchable_parameter: 'The address has a parameter that looks like a signature or a sign-in.',
  same_page:
    'The address is the same page without its parameters; adding them again could go round for ever.',
  too_long: 'The address would be longer than 2,048 characters.',
  quote: 'A parameter holds the quotation mark that encloses the address.',
} as const;

/** One of the closed list of refusals. */
export type RedirectRefusal = keyof typeof redirectRefusals;

/** The repair is refused, and why. */
export interface RefusedRepair {
  readonly refused: RedirectRefusal;
}

/** A Location that got its parameters back. `added`: their names in lower case, each once, in order. */
export interface RepairedLocation {
  readonly location: string;
  readonly added: readonly string[];
}

/** A Refresh header whose address got its parameters back. */
export interface RepairedRefresh {
  readonly refresh: string;
  readonly added: readonly string[];
}

/**
 * Adds the tracked parameters that the request carried and the Location lacks; null when there is nothing to do.
 *
 * Tracked is whatever the registry knows: labels, click ids, mail recipients, and Google's `_gl`, which the site's own
 * tag wrote. The rules: only to the site's own hosts; a parameter that is there in any case or encoding, in the query
 * or the fragment, stays the only one; what is added is the request's own bytes, in its order, before the fragment; no
 * other byte changes. The work is linear in the length of the two addresses.
 */
export function repairRedirect(
  { status, location, requestUrl }: Redirect,
  policy: RedirectPolicy,
): RepairedLocation | RefusedRepair | null {
  return isRedirect(status) ? repairAddress(location, { requestUrl, base: requestUrl }, policy) : null;
}

/** Whether a URL carries a tracked parameter that a redirect or a refresh could lose. */
export function carriesParameters(url: string, { parameters }: Pick<RedirectPolicy, 'parameters'>): boolean {
  return url.includes('?') && trackedPairs(queryOf(url), parameters).length > 0;
}

/**
 * The same for a Refresh header or the content of a meta refresh, which lead elsewhere whatever the status is. `base` is
 * what the address is relative to, where a page says that it is not its own.
 */
export function repairRefresh(
  header: string,
  requestUrl: string,
  policy: RedirectPolicy,
  base: string = requestUrl,
): RepairedRefresh | RefusedRepair | null {
  if (!policy.isOn || !requestUrl.includes('?')) return null;
  const start = refreshStart.exec(header);
  if (start === null) return null;
  const [head, quote = ''] = start;
  const rest = header.slice(head.length);
  const close = quote === '' ? -1 : rest.indexOf(quote);
  const address = close < 0 ? rest.trimEnd() : rest.slice(0, close);
  const repaired = repairAddress(address, { requestUrl, base }, policy);
  if (repaired === null || 'refused' in repaired) return repaired;
  if (quote !== '' && repaired.location.includes(quote)) return { refused: 'quote' };
  return { refresh: head + repaired.location + rest.slice(address.length), added: repaired.added };
}

/** HTML's shared declarative refresh steps (2026-11-23): a time, then the address, whose `url=` and quotes may be missing. */
const refreshStart = /^[\t ]*[\d.]+(?:[\t ]*[;,][\t ]*|[\t ]+)(?:url[\t ]*=[\t ]*)?(["']?)/i;

/** The longest address that every firewall and CDN in front of a site can be trusted to take. */
export const maxAddressChars = 2_048;
/** Longer than every tracked name, also where each character is percent-encoded. */
const maxNameChars = 128;

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function repairAddress(
  address: string,
  { requestUrl, base }: { readonly requestUrl: string; readonly base: string },
  policy: RedirectPolicy,
): RepairedLocation | RefusedRepair | null {
  if (!policy.isOn) return null;
  const carried = trackedPairs(queryOf(requestUrl), policy.parameters);
  if (carried.length === 0) return null;

  const target = URL.parse(address, base);
  if (target === null) return { refused: 'unreadable' };
  // The resolved address, because an empty one and a mere fragment keep the query of the page they are on.
  const present = new Set([...namesOf(target.search), ...namesOf(target.hash)]);
  const lacking = carried.filter(({ name }) => !present.has(name));
  if (lacking.length === 0) return null;

  const refused = refusalOf({ address, target, present, requestUrl }, policy);
  if (refused !== undefined) return { refused };
  const location = insertPairs(address, lacking.map(({ bytes }) => bytes).join('&'));
  if (location.length > maxAddressChars) return { refused: 'too_long' };
  return { location, added: [...new Set(lacking.map(({ name }) => name))] };
}

interface Target {
  readonly address: string;
  /** The address as a browser resolves it, so that `/\evil.example` is the foreign host that it is for a browser. */
  readonly target: URL;
  readonly present: ReadonlySet<string>;
  readonly requestUrl: string;
}

function refusalOf(
  { address, target, present, requestUrl }: Target,
  policy: RedirectPolicy,
): RedirectRefusal | undefined {
  if (target.protocol !== 'https:' && target.protocol !== 'http:') return 'not_web';
  if (!isText(address)) return 'unreadable';
  const request = URL.parse(requestUrl);
  if (target.hostname !== request?.hostname && !policy.isOwnHost(target.hostname)) return 'foreign_host';
  if (policy.isUntouchablePath(target.pathname)) return 'untouchable_path';
  for (const name of present) if (policy.isUntouchableParameter(name)) return 'untouchable_parameter';
  if (request !== null && isSamePage(target, request)) return 'same_page';
  return undefined;
}

/**
 * The site answers a page with the same page and no new name in its query: it takes the parameters out on purpose, and
 * would take them out again for ever. A redirect that does bring a name in, such as `lang`, ends once the name is there.
 */
function isSamePage(target: URL, request: URL): boolean {
  if (target.origin !== request.origin || target.pathname !== request.pathname) return false;
  const known = new Set(namesOf(request.search));
  return namesOf(target.search).every((name) => known.has(name));
}

/** Puts pairs at the end of an address's query. A `?` inside the query is part of a value and separates nothing. */
export function insertPairs(address: string, pairs: string): string {
  const hash = address.indexOf('#');
  const end = hash < 0 ? address.length : hash;
  const question = address.indexOf('?');
  const hasQuery = question >= 0 && question < end;
  const isOpen = hasQuery && (question === end - 1 || address[end - 1] === '&');
  const separator = isOpen ? '' : hasQuery ? '&' : '?';
  return address.slice(0, end) + separator + pairs + address.slice(end);
}

/** One parameter that the registry knows: its plain name, and how it was written. */
export interface TrackedPair {
  readonly name: string;
  readonly bytes: string;
}

/** The tracked parameters of a query that have a value, in order; one without a value has nothing to lose. */
export function trackedPairs(query: string, registry: ParameterRegistry): readonly TrackedPair[] {
  const pairs: TrackedPair[] = [];
  if (!query.includes('=')) return pairs;
  for (const bytes of piecesOf(query, registry)) {
    const equals = bytes.indexOf('=');
    if (equals <= 0 || equals > maxNameChars || equals === bytes.length - 1) continue;
    const name = nameOf(bytes);
    if (registry.named(name) !== undefined && isHeaderText(bytes)) pairs.push({ name, bytes });
  }
  return pairs;
}

/** Splits a query at `&`, and at a second `?` where a tracked name follows: `?a=1?gclid=x` is two links glued together. */
function* piecesOf(query: string, registry: ParameterRegistry): Generator<string> {
  for (const piece of query.split('&')) {
    let start = 0;
    for (let at = piece.indexOf('?'); at >= 0; at = piece.indexOf('?', at + 1)) {
      const name = nameOf(piece.slice(at + 1, at + 1 + maxNameChars));
      if (registry.named(name) === undefined) continue;
      yield piece.slice(start, at);
      start = at + 1;
    }
    yield piece.slice(start);
  }
}

/** Every plain name in a query or fragment (with its `?` or `#`); any `?` separates: `#/sale?utm_source=x` has one too. */
export function namesOf(text: string): readonly string[] {
  return text === '' ? [] : text.slice(1).split(/[&?]/).map(nameOf);
}

/** The plain name of a pair: decoded, in lower case, without the `amp;` that an escaped `&` leaves behind. */
function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  const name = decodeAscii(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
  let start = 0;
  while (name.startsWith('amp;', start)) start += 4;
  return name.slice(start);
}

/** An address's query without its `?`; empty: there is none. */
export function queryOf(url: string): string {
  const question = url.indexOf('?');
  if (question < 0) return '';
  const hash = url.indexOf('#');
  if (hash < 0) return url.slice(question + 1);
  return hash < question ? '' : url.slice(question + 1, hash);
}

/** Browsers drop spaces at either end and control characters anywhere, so what follows them would not be the end. */
function isText(address: string): boolean {
  return !address.startsWith(' ') && !address.endsWith(' ') && everyCode(address, (code) => code >= 0x20);
}

/** What may go into a header as it stands (RFC 9110 section 5.5); node:http throws on anything else. */
export function isHeaderText(bytes: string): boolean {
  return everyCode(bytes, (code) => code > 0x20 && code !== 0x7f && code <= 0xff);
}

function everyCode(text: string, test: (code: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) if (!test(text.charCodeAt(at))) return false;
  return true;
}
