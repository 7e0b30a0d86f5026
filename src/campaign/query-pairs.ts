import { decodeAscii } from './decode-ascii.ts';
import type { Place, Repair } from './found-parameter.ts';
import type { Parameter } from './parameter-kinds.ts';
import type { ParameterRegistry } from './parameters.ts';
import { decodePercent } from './percent.ts';
import { holdsEmail, isContactName } from './personal-data.ts';

/** How a tracked parameter stands in an address. */
export interface Seen {
  readonly from: Place;
  /** The name is written as the registry has it. */
  readonly isExact: boolean;
  readonly repaired?: Repair;
}

/** Who takes what is found. */
export interface PairTaker {
  /** `raw`: the value as written. */
  add(parameter: Parameter, raw: string, seen: Seen): void;
  /** A parameter, tracked or not, holds contact data. */
  addPersonal(name: string): void;
}

const maxChars = 16_384;
const maxPairs = 1_000;
const maxNameChars = 64;
const maxDepth = 2;

/** Finds the tracked parameters of an address: in its query, path and fragment, and in the mended forms of each. */
export function readPairs(url: string, registry: ParameterRegistry, taker: PairTaker): void {
  const hash = url.indexOf('#');
  const end = hash < 0 ? url.length : hash;
  const question = url.indexOf('?');
  const hasQuery = question >= 0 && question < end;
  const walk: Walk = { registry, taker, left: maxPairs };
  if (hasQuery) readQuery(url.slice(question + 1, end), inQuery, walk);
  const path = url.slice(0, hasQuery ? question : end);
  const tail = pathTail(path, registry);
  if (tail !== undefined) readQuery(path.slice(tail.from), inPath, walk);
  if (hash >= 0) readQuery(fragmentQuery(url, hash), inFragment, walk);
}

/** Where the path of an address without query and fragment ends, and parameters begin that lost their `?`. */
export function endOfPath(page: string, registry: ParameterRegistry): number {
  return pathTail(page, registry)?.at ?? page.length;
}

interface Walk {
  readonly registry: ParameterRegistry;
  readonly taker: PairTaker;
  /** Pairs that may still be looked at, whatever they are nested in. */
  left: number;
}

/** Where a query stands, and what was mended to see it. */
interface Spot extends Seen {
  readonly depth: number;
}

const inQuery: Spot = { from: 'query', isExact: true, depth: 0 };
const inPath: Spot = { from: 'path', isExact: true, depth: 0, repaired: 'in_path' };
const inFragment: Spot = { from: 'fragment', isExact: true, depth: 0 };

function readQuery(text: string, spot: Spot, walk: Walk): void {
  const query = text.length > maxChars ? text.slice(0, maxChars) : text;
  const isOdd = query.includes('%') || query.includes('?') || query.includes(';');
  const mayHoldEmail = query.includes('@') || (isOdd && query.includes('%40'));
  for (let start = 0; start < query.length && walk.left > 0; walk.left -= 1) {
    const next = query.indexOf('&', start);
    const end = next < 0 ? query.length : next;
    const pair = query.slice(start, end);
    if (mayHoldEmail) noteEmail(pair, walk);
    if (isOdd) readOddPair(pair, spot, walk);
    else readPair(pair, spot, walk);
    start = end + 1;
  }
}

/** A pair that may hold others: glued on with a second `?`, encoded as a whole, or in an address that is its value. */
function readOddPair(pair: string, spot: Spot, walk: Walk): void {
  let rest = pair;
  let here = spot;
  for (const mark of pair.matchAll(/\?|%3f/gi)) {
    const at = mark.index - (pair.length - rest.length);
    const tail = rest.slice(at + mark[0].length);
    if (!beginsTracked(tail, '=', walk.registry)) continue;
    readPair(rest.slice(0, at), here, walk);
    rest = tail;
    here = { ...spot, repaired: spot.repaired ?? 'question_mark' };
    walk.left -= 1;
    if (walk.left <= 0) return;
  }
  const equals = rest.indexOf('=');
  const head = equals < 0 ? rest : rest.slice(0, equals);
  if (here.depth < maxDepth && /%(?:25)*3d/i.test(head)) {
    const value = equals < 0 || equals === rest.length - 1 ? '' : rest.slice(equals);
    const inner: Spot = { ...here, depth: here.depth + 1, repaired: here.repaired ?? 'encoded_twice' };
    readQuery(decodePercent(head).text + value, inner, walk);
  } else readPair(rest, here, walk);
}

function readPair(pair: string, spot: Spot, walk: Walk): void {
  const equals = pair.indexOf('=');
  if (equals <= 0 || equals > maxNameChars || equals === pair.length - 1) return;
  const written = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const known = walk.registry.named(written);
  if (known !== undefined) {
    take(known, value, spot, walk);
    return;
  }
  const plain = plainName(written);
  const name = plain.toLowerCase();
  const parameter = walk.registry.named(name);
  if (parameter === undefined) readOther(name, value, spot, walk);
  else take(parameter, value, mended(parameter, { written, plain }, spot), walk);
}

/** An address that is a parameter's value is a page to come: its labels tell of this visit, its ids are another's. */
function take(parameter: Parameter, raw: string, seen: Seen, { taker }: Walk): void {
  if (seen.from !== 'nested' || parameter.kind === 'label') taker.add(parameter, raw, seen);
}

function mended(
  { kind }: Parameter,
  { written, plain }: { readonly written: string; readonly plain: string },
  { from, repaired }: Spot,
): Seen {
  const isExact = plain === plain.toLowerCase();
  const cause = repaired ?? repairOfName(decodeAscii(written)) ?? (isExact ? undefined : caseRepair(kind));
  return { from, isExact, ...(cause !== undefined && { repaired: cause }) };
}

/** Parameters that hold the address to go on to. A fixed list, because any value may look like an address. */
const nestedNames: ReadonlySet<string> = new Set(
  (
    'redirect redirect_to redirect_uri redirect_url redirecturl return return_to return_url returnto returnurl ' +
    'next url u continue dest destination goto relaystate state'
  ).split(' '),
);

function readOther(name: string, value: string, spot: Spot, walk: Walk): void {
  if (isContactName(name)) walk.taker.addPersonal(name);
  if (spot.depth >= maxDepth || !nestedNames.has(name)) return;
  const { text } = decodePercent(value);
  const question = text.indexOf('?');
  if (question < 0) return;
  const hash = text.indexOf('#', question);
  const inner = text.slice(question + 1, hash < 0 ? undefined : hash);
  readQuery(inner, { from: 'nested', isExact: true, depth: spot.depth + 1 }, walk);
}

function noteEmail(pair: string, { taker }: Walk): void {
  if (!holdsEmail(pair)) return;
  const equals = pair.indexOf('=');
  const name = plainName(equals < 0 ? '' : pair.slice(0, equals)).toLowerCase();
  // A name that is no plain word may be somebody's address itself.
  taker.addPersonal(/^[\w.-]{1,40}$/.test(name) ? name : 'another parameter');
}

/** Where parameters stand in the path: after an encoded `?`, or after an `&` that has no `?` before it. */
function pathTail(
  page: string,
  registry: ParameterRegistry,
): { readonly at: number; readonly from: number } | undefined {
  if (page.length > maxChars || (!page.includes('&') && !page.includes('%3'))) return undefined;
  for (const mark of page.matchAll(/%3f|&(?:amp;)*/gi)) {
    const from = mark.index + mark[0].length;
    if (beginsTracked(page.slice(from, from + maxNameChars), /=|%3d/i, registry))
      return { at: mark.index, from };
  }
  return undefined;
}

function beginsTracked(text: string, separator: string | RegExp, registry: ParameterRegistry): boolean {
  const head = text.slice(0, maxNameChars);
  const end = head.search(separator);
  return end > 0 && registry.named(plainName(head.slice(0, end)).toLowerCase()) !== undefined;
}

/** A single-page application's fragment may hold a path with its own query: `#/sale?utm_source=x`. */
function fragmentQuery(url: string, hash: number): string {
  const question = url.indexOf('?', hash);
  return url.slice((question < 0 ? hash : question) + 1);
}

/** `&amp;` that a page or a mail client left escaped (even twice) turns `utm_medium` into `amp;utm_medium`. */
function plainName(written: string): string {
  const name = decodeAscii(written);
  let start = 0;
  while (start < name.length) {
    if (name.startsWith('amp;', start)) start += 4;
    else if (name[start] === '?') start += 1;
    else break;
  }
  return start === 0 ? name : name.slice(start);
}

function repairOfName(name: string): Repair | undefined {
  if (name.startsWith('amp;')) return 'escaped_ampersand';
  return name.startsWith('?') ? 'question_mark' : undefined;
}

/** Networks write their own ids in several cases (ScCid, SSCID); tools read labels in lower case alone. */
function caseRepair(kind: Parameter['kind']): Repair | undefined {
  return kind === 'label' ? 'letter_case' : undefined;
}
