import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { EventStory, Person, Reader } from '../store/ports.ts';

/** What somebody is looked up by. */
export interface Selector {
  readonly by: 'visitor' | 'user' | 'email' | 'order';
  readonly value: string;
  /** Absent: on every site. */
  readonly site?: string;
}

/** The forms in which an e-mail address may be stored or sent: digests of its normalised text. */
export type Digests = (email: string) => readonly string[];

/** What is stored of somebody. */
export interface Found extends Person {
  readonly stories: readonly EventStory[];
  /** How many of their events each destination was given, by its key. */
  readonly given: Readonly<Record<string, number>>;
  /** The ids under which other tools know them, by tool. */
  readonly clientIds: Readonly<Record<string, readonly string[]>>;
}

const pageSize = 500;

/**
 * Finds everything that is stored of somebody: the events that the selector names, and all others of the visitors behind
 * those. Reads every event once or twice, because contact data is kept out of the indexes.
 */
export function findPerson(reader: Reader, selector: Selector, digests: Digests): Found {
  const wanted = selector.by === 'email' ? new Set(digests(selector.value)) : new Set<string>();
  const named = gather(reader, (story) => isNamed(story, selector, { wanted, digests }));
  const keys = new Set(named.map(visitorOf).filter((key) => key !== undefined));
  const isTheirs = (story: EventStory): boolean =>
    keys.has(visitorOf(story) ?? '') && isOnSite(story.event, selector);
  const stories = keys.size === 0 ? named : union(named, gather(reader, isTheirs));
  return { stories, ...personOf(stories), ...tracesOf(stories) };
}

function gather(reader: Reader, matches: (story: EventStory) => boolean): readonly EventStory[] {
  const found: EventStory[] = [];
  for (let after = 0; ; ) {
    const page = reader.since(after, pageSize);
    for (const story of page) if (matches(story)) found.push(story);
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return found;
    after = last.offset;
  }
}

interface EmailLookup {
  readonly wanted: ReadonlySet<string>;
  readonly digests: Digests;
}

function isNamed({ event, deliveries }: EventStory, selector: Selector, emails: EmailLookup): boolean {
  if (!isOnSite(event, selector)) return false;
  const { by, value } = selector;
  if (by === 'visitor') return partOf(event, 'visitor')['key'] === value;
  if (by === 'user') return partOf(event, 'visitor')['userId'] === value;
  if (by === 'order') return partOf(event, 'commerce')['transactionId'] === value;
  if (emails.wanted.size === 0) return false;
  const stated = partOf(event, 'user')['emails'];
  const isStated = Array.isArray(stated) && stated.some((email: Json) => isOneOf(email, emails));
  if (isStated) return true;
  const payloads = deliveries.map(({ payload }) => JSON.stringify(payload));
  return payloads.some((payload) => [...emails.wanted].some((digest) => payload.includes(digest)));
}

function isOneOf(email: Json, { wanted, digests }: EmailLookup): boolean {
  return typeof email === 'string' && digests(email).some((digest) => wanted.has(digest));
}

function isOnSite(event: JsonObject, { site }: Selector): boolean {
  return site === undefined || event['site'] === site;
}

function partOf(event: JsonObject, part: string): JsonObject {
  const found = event[part];
  return isJsonObject(found) ? found : {};
}

function visitorOf({ event }: EventStory): string | undefined {
  const { key } = partOf(event, 'visitor');
  return typeof key === 'string' ? key : undefined;
}

function union(one: readonly EventStory[], other: readonly EventStory[]): readonly EventStory[] {
  const byOffset = new Map([...one, ...other].map((story) => [story.offset, story]));
  return [...byOffset.values()].toSorted((a, b) => a.offset - b.offset);
}

function personOf(stories: readonly EventStory[]): Person {
  const visitors = new Map<string, Person['visitors'][number]>();
  for (const story of stories) {
    const { site } = story.event;
    const key = visitorOf(story);
    if (key !== undefined && typeof site === 'string') visitors.set(`${site}/${key}`, { site, key });
  }
  return { visitors: [...visitors.values()], offsets: stories.map(({ offset }) => offset) };
}

function tracesOf(stories: readonly EventStory[]): Pick<Found, 'given' | 'clientIds'> {
  const given = new Map<string, number>();
  const ids = new Map<string, Set<string>>();
  for (const { event, deliveries } of stories) {
    for (const { destination, tries } of deliveries) {
      if (tries.length > 0) given.set(destination, (given.get(destination) ?? 0) + 1);
    }
    const { userId, clientIds } = partOf(event, 'visitor');
    const named = { ...(isJsonObject(clientIds) ? clientIds : {}), ...(userId !== undefined && { userId }) };
    for (const [tool, id] of Object.entries(named)) {
      if (typeof id === 'string') ids.set(tool, (ids.get(tool) ?? new Set()).add(id));
    }
  }
  const lists = [...ids].map(([tool, set]) => [tool, [...set]] as const);
  return { given: Object.fromEntries(given), clientIds: Object.fromEntries(lists) };
}
