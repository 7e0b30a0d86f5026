import { type HygieneProblem, hygieneProblems } from '../model/hygiene.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { EventStory } from '../store/ports.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { receivedAtMs } from './stories.ts';

/** One problem of how links are tagged, over all the events that show it. */
export interface HygieneRow {
  readonly site: string;
  readonly problem: HygieneProblem;
  readonly parameter: string;
  /** A value that shows it, `(masked)` where it may be somebody's. */
  readonly example: string;
  /** Events. */
  readonly count: number;
  /** UTC milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** What to do, in one sentence. */
  readonly fix: string;
}

/** What a hygiene report found. */
export interface HygieneReport {
  /** Events looked at; bots and duplicates are not. */
  readonly events: number;
  /** The most frequent first. */
  readonly rows: readonly HygieneRow[];
  /** More different values or problems were there than the report holds. */
  readonly isPartial: boolean;
}

/** How much a report holds. */
export interface HygieneBounds {
  readonly maxRows: number;
  /** Different values of one label that are compared for near duplicates. */
  readonly maxValues: number;
}

/** Adds up the problems that campaign decisions recorded, and finds names that are nearly the same. Pure. */
export function reportHygiene(
  stories: Iterable<EventStory>,
  bounds: HygieneBounds = { maxRows: 10_000, maxValues: 20_000 },
): HygieneReport {
  const tally = new Tally(bounds);
  let events = 0;
  for (const story of stories) {
    if (!isCounted(story)) continue;
    events += 1;
    countProblems(story, tally);
    countNames(story, tally);
  }
  const rows = [...tally.rows.values(), ...duplicateRows(tally)];
  return {
    events,
    rows: rows.toSorted((a, b) => b.count - a.count || a.firstAtMs - b.firstAtMs),
    isPartial: tally.isPartial,
  };
}

const masked = '(masked)';

interface Seen {
  count: number;
  firstAtMs: number;
  lastAtMs: number;
}

type Names = Map<string, Seen>;

class Tally {
  readonly rows = new Map<string, HygieneRow & Seen>();
  /** Values by site and parameter. */
  readonly names = new Map<
    string,
    { readonly site: string; readonly parameter: string; readonly values: Names }
  >();
  isPartial = false;
  readonly #bounds: HygieneBounds;

  constructor(bounds: HygieneBounds) {
    this.#bounds = bounds;
  }

  addProblem(row: Pick<HygieneRow, 'site' | 'problem' | 'parameter' | 'example'>, atMs: number): void {
    const key = JSON.stringify([row.site, row.problem, row.parameter, row.example]);
    const known = this.rows.get(key);
    if (known !== undefined) see(known, atMs);
    else if (this.rows.size >= this.#bounds.maxRows) this.isPartial = true;
    else
      this.rows.set(key, {
        ...row,
        count: 1,
        firstAtMs: atMs,
        lastAtMs: atMs,
        fix: hygieneProblems[row.problem].fix,
      });
  }

  addName(
    site: string,
    parameter: string,
    { value, atMs }: { readonly value: string; readonly atMs: number },
  ): void {
    const key = JSON.stringify([site, parameter]);
    const entry = this.names.get(key) ?? { site, parameter, values: new Map() };
    this.names.set(key, entry);
    const known = entry.values.get(value);
    if (known !== undefined) see(known, atMs);
    else if (entry.values.size >= this.#bounds.maxValues) this.isPartial = true;
    else entry.values.set(value, { count: 1, firstAtMs: atMs, lastAtMs: atMs });
  }
}

function see(seen: Seen, atMs: number): void {
  seen.count += 1;
  seen.firstAtMs = Math.min(seen.firstAtMs, atMs);
  seen.lastAtMs = Math.max(seen.lastAtMs, atMs);
}

function isCounted({ event, decisions }: EventStory): boolean {
  const isBot = isJsonObject(event.client) && event.client.isBot === true;
  return !isBot && !decisions.some(({ reason }) => reason === 'duplicate');
}

function countProblems(story: EventStory, tally: Tally): void {
  const facts = story.decisions.find(({ stop }) => stop === 'campaign')?.facts;
  const site = textOf(story.event.site);
  for (const finding of objectsOf(facts?.hygiene)) {
    const { problem, parameter } = finding;
    if (!isProblem(problem) || typeof parameter !== 'string') continue;
    const example = exampleOf({ problem, parameter }, { facts, touch: touchOf(story) });
    tally.addProblem({ site, problem, parameter, example }, receivedAtMs(story));
  }
}

/** Labels whose spellings are compared, by their field in a touch. */
const namedFields = { source: 'utm_source', medium: 'utm_medium', campaign: 'utm_campaign' } as const;

/** A touch that was read off a referrer has names of our own, which are spelled one way. */
function countNames(story: EventStory, tally: Tally): void {
  const touch = touchOf(story);
  if (touch === undefined || touch.kind !== 'campaign') return;
  for (const [field, parameter] of Object.entries(namedFields)) {
    const value = touch[field];
    if (typeof value !== 'string' || value === '(not set)' || !isShowable(value)) continue;
    tally.addName(textOf(story.event.site), parameter, { value, atMs: receivedAtMs(story) });
  }
}

function* duplicateRows({ names }: Tally): Generator<HygieneRow> {
  for (const { site, parameter, values } of names.values()) {
    const counts = new Map([...values].map(([value, { count }]) => [value, count]));
    for (const spellings of nearDuplicates(counts)) {
      const seen = spellings.flatMap(([value]) => values.get(value) ?? []);
      yield {
        site,
        problem: 'near_duplicate',
        parameter,
        example: spellings.map(([value, count]) => `${value} (${count})`).join(', '),
        count: seen.reduce((sum, { count }) => sum + count, 0),
        firstAtMs: Math.min(...seen.map(({ firstAtMs }) => firstAtMs)),
        lastAtMs: Math.max(...seen.map(({ lastAtMs }) => lastAtMs)),
        fix: hygieneProblems.near_duplicate.fix,
      };
    }
  }
}

interface Finding {
  readonly problem: HygieneProblem;
  readonly parameter: string;
}

interface Evidence {
  readonly facts: JsonObject | undefined;
  readonly touch: JsonObject | undefined;
}

/** What is missing is shown by the label beside it. */
const shownInstead: Partial<Record<HygieneProblem, string>> = {
  source_without_medium: 'utm_source',
  campaign_without_source: 'utm_campaign',
};

/** A value that shows the problem, or what had to be mended; empty where the event kept neither. */
function exampleOf({ problem, parameter }: Finding, { facts, touch }: Evidence): string {
  if (problem === 'personal_data') return masked;
  const shown = shownInstead[problem] ?? parameter;
  const fact = objectsOf(facts?.parameters).find(({ name }) => name === shown);
  if (problem === 'damaged') return textOf(fact?.repaired);
  if (fact !== undefined) return typeof fact.raw === 'string' ? textOf(fact.value ?? fact.raw) : masked;
  const value = textOf(touch?.[shown.replace(/^utm_/, '')]);
  return isShowable(value) ? value.slice(0, 256) : masked;
}

/** Nothing in it looks like an address or like another parameter; edge has masked the rest. */
function isShowable(value: string): boolean {
  return !/[@=]|%40|%3d/i.test(value);
}

function touchOf({ event }: EventStory): JsonObject | undefined {
  const touch = isJsonObject(event.campaign) ? event.campaign.touch : undefined;
  return isJsonObject(touch) ? touch : undefined;
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function isProblem(value: Json | undefined): value is HygieneProblem {
  return typeof value === 'string' && Object.hasOwn(hygieneProblems, value);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
