import type { Event } from '../model/event.ts';

/** Tells whether a text holds a click id, by the parameter it stands under or by its value. */
export interface ClickIdFinder {
  /** The text holds one. Percent-encoding (up to three layers) and letter case do not hide it. */
  isIn(text: string): boolean;
  /** The name is one of the parameters; for keys of objects and names of query parameters. */
  isName(name: string): boolean;
}

/** A shorter value names nobody and could stand in any text by chance: it goes only with its parameter's name. */
const minValueChars = 8;

/**
 * A finder for the click ids of one event: everything under one of `parameters` (lower case), and wherever it stands
 * the value (of 8 characters or more) of any click id in the event's touches and addresses. A rule may have copied it
 * to any field.
 */
export function findClickIds(event: Event, parameters: ReadonlySet<string>): ClickIdFinder {
  const values = valuesOf(event, parameters);
  return {
    isIn(text) {
      if (values.size === 0 && !mayName(text)) return false;
      const plain = toPlain(text);
      if (mentions(plain, parameters).next().done !== true) return true;
      for (const value of values) if (plain.includes(value)) return true;
      return false;
    },
    isName(name) {
      const plain = toPlain(name);
      return parameters.has(plain.startsWith('amp;') ? plain.replace(/^(?:amp;)+/, '') : plain);
    },
  };
}

/** Host and path and nothing to look into: most addresses need no parsing. */
const bareAddress = /^https?:\/\/[a-z\d.-]+(?::\d+)?(?:\/[\w./~-]*)?$/;

/**
 * An address without its user, its password and every part that `mayKeep` refuses: a query parameter as `name=value`,
 * a path segment, the fragment. Undefined where it cannot be read or has no host. What loses nothing comes back as given.
 */
export function cleanAddress(
  address: string,
  mayKeep: (part: string, place: 'query' | 'path' | 'fragment') => boolean,
): string | undefined {
  if (bareAddress.test(address) && mayKeep(address, 'path')) return address;
  const parsed = URL.parse(address);
  if (parsed === null || parsed.host === '') return undefined;
  const { href } = parsed;
  parsed.username = '';
  parsed.password = '';
  const pairs = [...parsed.searchParams];
  const kept = pairs.filter(([name, value]) => mayKeep(`${name}=${value}`, 'query'));
  if (kept.length !== pairs.length) parsed.search = new URLSearchParams(kept).toString();
  const segments = parsed.pathname.split('/');
  const keptSegments = segments.filter((segment) => segment === '' || mayKeep(segment, 'path'));
  if (keptSegments.length !== segments.length) parsed.pathname = keptSegments.join('/');
  if (parsed.hash !== '' && !mayKeep(parsed.hash.slice(1), 'fragment')) parsed.hash = '';
  return parsed.href === href ? address : parsed.href;
}

/**
 * The event without the click ids that stand where none belongs: an address loses them, any other text that holds one
 * goes. What an event is never without is emptied. Ids, consent and session are the gateway's own and stay.
 */
export function sweepClickIds(event: Event, finder: ClickIdFinder): Event {
  const { id, site, protocol, sentBy, consent, session, ...rest } = event;
  if (!holdsAny(rest, finder)) return event;
  const swept: typeof rest = JSON.parse(JSON.stringify(rest), (key: string, value: unknown) => {
    if (finder.isName(key)) return undefined;
    if (typeof value !== 'string' || !finder.isIn(value)) return value;
    const address = cleanAddress(value, (part) => !finder.isIn(part));
    if (address !== undefined && !finder.isIn(address)) return address;
    return required.has(key) || /^\d+$/.test(key) ? '' : undefined;
  });
  const visitor = event.visitor && {
    ...swept.visitor,
    ...keptOf(event.visitor),
    clientIds: swept.visitor?.clientIds ?? {},
  };
  return {
    id,
    site,
    protocol,
    sentBy,
    consent,
    ...(session && { session }),
    ...swept,
    ...(visitor && { visitor }),
  };
}

/** Texts of a name, a visitor and a touch that are always there. */
const required: ReadonlySet<string> = new Set(['name', 'key', 'kind', 'source', 'medium', 'channel']);

function keptOf({ key, isNew, firstSeenAtMs }: NonNullable<Event['visitor']>) {
  return { key, isNew, firstSeenAtMs };
}

function holdsAny(value: unknown, finder: ClickIdFinder): boolean {
  if (typeof value === 'string') return finder.isIn(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((entry) => holdsAny(entry, finder));
  for (const [key, below] of Object.entries(value)) {
    if (finder.isName(key) || holdsAny(below, finder)) return true;
  }
  return false;
}

function valuesOf({ campaign, page }: Event, parameters: ReadonlySet<string>): ReadonlySet<string> {
  const values = new Set<string>();
  const add = (value: string): void => {
    if (value.length < minValueChars) return;
    values.add(toPlain(value));
    values.add(toPlain(encodeURIComponent(value.toWellFormed())));
  };
  const read = (address: string | undefined): void => {
    if (address === undefined || !mayName(address)) return;
    for (const value of mentions(toPlain(address), parameters)) add(value);
  };
  for (const touch of [campaign.touch, campaign.session, campaign.first]) {
    if (touch === undefined) continue;
    for (const { value } of Object.values(touch.clickIds)) add(value);
    read(touch.landingPage);
    read(touch.referrer);
  }
  read(page?.url);
  read(page?.referrer);
  return values;
}

/** Whether a text could hold `name=value` or `"name":"value"` at all; cheap, so that most texts are not looked into. */
function mayName(text: string): boolean {
  return text.includes('=') || text.includes('%') || text.includes('":') || text.includes("':");
}

/** The text in lower case with its ASCII escapes undone, three layers deep. Other bytes stay escaped. */
function toPlain(text: string): string {
  let plain = text;
  for (let layer = 0; layer < 3 && plain.includes('%'); layer += 1) {
    plain = plain.replace(/%([2-7][0-9a-f])/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
  return plain.toLowerCase();
}

const maxNameChars = 64;
const valueEnd = /[&#;"'\s]|$/g;

/** The values that stand under one of the parameters in a plain text. */
function* mentions(plain: string, parameters: ReadonlySet<string>): Generator<string> {
  for (let at = 0; at < plain.length; at += 1) {
    const character = plain[at];
    if (character !== '=' && character !== ':') continue;
    const nameEnd = skipQuotes(plain, at);
    // A colon names something only in JSON: in a sentence it is just a colon.
    if (character === ':' && nameEnd === at) continue;
    if (!parameters.has(nameBefore(plain, nameEnd))) continue;
    const from =
      character === ':' ? at + 1 + (/^[\s"'\\]*/.exec(plain.slice(at + 1, at + 8))?.[0].length ?? 0) : at + 1;
    valueEnd.lastIndex = from;
    yield plain.slice(from, valueEnd.exec(plain)?.index ?? plain.length);
  }
}

function skipQuotes(plain: string, end: number): number {
  let at = end;
  while (at > 0 && end - at < 4 && /["'\\]/.test(plain[at - 1] ?? '')) at -= 1;
  return at;
}

function nameBefore(plain: string, end: number): string {
  let start = end;
  while (start > 0 && end - start <= maxNameChars && /[\w.-]/.test(plain[start - 1] ?? '')) start -= 1;
  return plain.slice(start, end);
}
