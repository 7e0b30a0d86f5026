import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { deriveFbp } from './browser-ids.ts';

/** What the visitor cookie holds. */
export interface VisitorCookie {
  /** 22 base64url characters, 128 random bits. */
  readonly id: string;
  /** When the id was made, UTC seconds. */
  readonly firstSeenSec: number;
  /** When the cookie was last set, UTC seconds; browsers cap its life at 400 days from then. */
  readonly setSec: number;
}

const cookiePattern = /^1\.([A-Za-z0-9_-]{22})\.(\d{9,11})\.(\d{9,11})$/;

/** Reads the visitor cookie; null when it is absent or not ours. */
export function parseVisitorCookie(value: string | undefined): VisitorCookie | null {
  const match = value === undefined ? null : cookiePattern.exec(value);
  if (match === null) return null;
  const [, id = '', firstSeen = '', set = ''] = match;
  return { id, firstSeenSec: Number(firstSeen), setSec: Number(set) };
}

/** Writes the visitor cookie's value. */
export function formatVisitorCookie({ id, firstSeenSec, setSec }: VisitorCookie): string {
  return `1.${id}.${firstSeenSec}.${setSec}`;
}

/** A visitor's cookie with the id that Meta's would be. */
export interface KnownVisitor extends VisitorCookie {
  readonly fbp: string;
}

/** Reads visitor cookies; null where one is absent or not ours. */
export type VisitorReader = (value: string | undefined) => KnownVisitor | null;

/** Makes a reader that remembers the last `maxEntries` cookies: a visitor sends the same one with every hit. */
export function createVisitorReader({ maxEntries }: { readonly maxEntries: number }): VisitorReader {
  const cache = new LRUCache<string, KnownVisitor>({ max: maxEntries });
  return (value) => {
    if (value === undefined) return null;
    const known = cache.get(value);
    if (known !== undefined) return known;
    // A copy: what was cut out of a header keeps the whole header in memory, and is written out slowly.
    const own = Buffer.from(value).toString();
    const cookie = parseVisitorCookie(own);
    if (cookie === null) return null;
    const visitor = { ...cookie, id: Buffer.from(cookie.id).toString(), fbp: deriveFbp(cookie) };
    cache.set(own, visitor);
    return visitor;
  };
}

/** What tells one browser from another before it has a cookie. */
export interface BrowserMarks {
  readonly site: string;
  /**
   * Ids of exactly one browser, by kind. Two hits that share one are one browser's; two different ids of one kind are two
   * browsers', whatever else they share.
   */
  readonly exact: Readonly<Record<string, string>>;
  /** Address, user agent and language: many browsers may share them, so they are a guess. Absent: not a browser's request. */
  readonly network?: string;
}

/** Remembers, for a few seconds, which identity a browser without a cookie was given, so that its next hits get the same. */
export interface IdentityLock {
  /** Returns the identity of the browser with these marks, or makes one and locks it. */
  claim(
    marks: BrowserMarks,
    nowMs: number,
    make: () => VisitorCookie,
  ): { readonly cookie: VisitorCookie; readonly isNew: boolean };
  /** Locks an identity that the browser with these marks is known to have, whatever was locked for it before. */
  adopt(marks: BrowserMarks, nowMs: number, cookie: VisitorCookie): void;
}

interface Locked {
  readonly cookie: VisitorCookie;
  readonly untilMs: number;
  /** The first id of each kind. */
  readonly exact: Map<string, string>;
}

/**
 * A bounded, in-memory lock: two first requests of one browser within `ttlMs` share one identity. The network is believed
 * only where no exact mark contradicts it, so that strangers behind one address stay strangers.
 */
export function createIdentityLock({
  ttlMs,
  maxEntries,
}: {
  ttlMs: number;
  maxEntries: number;
}): IdentityLock {
  const locked = new Map<string, Locked>();
  return {
    claim(marks, nowMs, make) {
      const keys = keysOf(marks);
      const known = find(locked, keys, nowMs);
      const entry = known ?? { cookie: make(), untilMs: nowMs + ttlMs, exact: new Map() };
      lock(locked, keys, entry);
      evict(locked, maxEntries, nowMs);
      return { cookie: entry.cookie, isNew: known === undefined };
    },
    adopt(marks, nowMs, cookie) {
      lock(locked, keysOf(marks), { cookie, untilMs: nowMs + ttlMs, exact: new Map() });
      evict(locked, maxEntries, nowMs);
    },
  };
}

function find(
  locked: ReadonlyMap<string, Locked>,
  { exact, keys, networkKey }: Keys,
  nowMs: number,
): Locked | undefined {
  for (const key of keys) {
    const found = locked.get(key);
    if (found !== undefined && found.untilMs > nowMs) return found;
  }
  const guess = networkKey === undefined ? undefined : locked.get(networkKey);
  if (guess === undefined || guess.untilMs <= nowMs) return undefined;
  return exact.some(([kind, id]) => (guess.exact.get(kind) ?? id) !== id) ? undefined : guess;
}

function lock(locked: Map<string, Locked>, { exact, keys, networkKey }: Keys, entry: Locked): void {
  for (const [kind, id] of exact) if (!entry.exact.has(kind)) entry.exact.set(kind, id);
  for (const key of networkKey === undefined ? keys : [...keys, networkKey]) {
    if (locked.get(key) === entry) continue;
    // Deleted first, so that it moves to the end: the oldest come first, where `evict` looks.
    locked.delete(key);
    locked.set(key, entry);
  }
}

function evict(locked: Map<string, Locked>, maxEntries: number, nowMs: number): void {
  for (const [key, { untilMs }] of locked) {
    if (untilMs > nowMs && locked.size <= maxEntries) return;
    locked.delete(key);
  }
}

interface Keys {
  readonly exact: readonly (readonly [kind: string, id: string])[];
  readonly keys: readonly string[];
  readonly networkKey: string | undefined;
}

/** Longer than any tool's id, and short enough that a full lock stays small. */
const maxMarkChars = 256;

function keysOf({ site, exact, network }: BrowserMarks): Keys {
  const usable = Object.entries(exact).filter(([, id]) => id !== '' && id.length <= maxMarkChars);
  return {
    exact: usable,
    keys: usable.map(([kind, id]) => `${site}|${kind}|${id}`),
    networkKey: network === undefined ? undefined : `${site}|network|${network.slice(0, 2 * maxMarkChars)}`,
  };
}

/**
 * The exact marks of a hit: the page-load token, which each protocol makes in its own way, and the ids of tools that name
 * a browser.
 */
export function exactMarks(facts: {
  readonly protocol: string;
  readonly loadId?: string;
  readonly clientIds: Readonly<Record<string, string>>;
}): Record<string, string> {
  const marks: Record<string, string> = {};
  if (facts.loadId !== undefined) marks[`load ${facts.protocol}`] = facts.loadId;
  for (const tool of namingTools) {
    const id = facts.clientIds[tool];
    if (id !== undefined) marks[tool] = id;
  }
  return marks;
}

/** Tools whose ids name a visitor, most telling first. Ad platforms' browser ids are not among them: they hang on another consent. */
const namingTools = ['segment', 'ga', 'snowplow', 'amplitude', 'mixpanel', 'posthog', 'matomo'] as const;

/**
 * The visitor key of a client that keeps no cookies of ours (a server-side SDK): the key itself where the sender knows it
 * (`clientIds.throughline`), else derived from the id that its tool gave it. Undefined: nobody is named.
 */
export function keyFromClientIds(
  site: string,
  clientIds: Readonly<Record<string, string>>,
): string | undefined {
  const own = clientIds.throughline;
  if (own !== undefined) return /^[A-Za-z0-9_-]{22}$/.test(own) ? own : derivedKey(site, 'throughline', own);
  const tool = namingTools.find((name) => clientIds[name] !== undefined);
  const id = tool === undefined ? undefined : clientIds[tool];
  return tool === undefined || id === undefined ? undefined : derivedKey(site, tool, id);
}

function derivedKey(site: string, tool: string, id: string): string {
  return createHash('sha256').update(`${site}|${tool}|${id}`).digest('base64url').slice(0, 22);
}
