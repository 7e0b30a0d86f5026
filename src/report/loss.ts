import type { LossCount } from '../model/loss.ts';
import type { AffectedSessions, LossIdentity } from './loss-sessions.ts';

/** What a report's rows stand for. `loss`: one parameter, hop, cause and culprit each. */
export const lossGroupings = ['loss', 'parameter', 'hop', 'cause', 'release', 'day'] as const;
export type LossGrouping = (typeof lossGroupings)[number];

/** One row of the report. What it does not stand for is empty. */
export interface LossRow {
  readonly site: string;
  readonly parameter: string;
  readonly hop: string;
  readonly cause: string;
  readonly culprit: string;
  readonly release: string;
  readonly day: string;
  /** Landings with the parameter; for a hop or cause, how often parameters came to the hops in question. */
  readonly arrivals: number;
  readonly survivals: number;
  /** Dropped by the site and given back. */
  readonly repaired: number;
  readonly lost: number;
  /** Share of what was judged that survived, 0 to 1; null: nothing was. */
  readonly rate: number | null;
  /** Sessions with consent that were affected, and the conversions in them. */
  readonly sessions: number;
  readonly conversions: number;
  /** UTC milliseconds. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Adds counts up to rows. The most lost first; days and releases in the order of time. Pure. */
export function reportLosses(
  counts: readonly LossCount[],
  affected: AffectedSessions,
  by: LossGrouping,
): readonly LossRow[] {
  const isOfHops = by === 'loss' || by === 'hop' || by === 'cause';
  const groups = new Map<string, Group>();
  for (const count of counts) {
    if (isOfHops && count.cause === '') continue;
    if (count.outcome === 'passed') continue;
    const about = identityFor(by, count);
    const key = JSON.stringify(about);
    const group = groups.get(key) ?? newGroup(about, count);
    groups.set(key, group);
    addTo(group, count);
  }
  addSessions(groups, affected, by);
  const places = isOfHops ? placeTotals(counts) : undefined;
  const rows = [...groups.values()].map((group) => toRow(group, places, affected));
  if (by === 'day' || by === 'release') return rows.toSorted((a, b) => a.firstAtMs - b.firstAtMs);
  return rows.toSorted((a, b) => b.lost - a.lost || b.repaired - a.repaired || b.arrivals - a.arrivals);
}

/** One day of one parameter. */
export interface SurvivalDay {
  readonly day: string;
  readonly rate: number | null;
}

/** How much of one parameter survived on each of the days, in order; days without a landing have no rate. */
export function survivalByDay(
  counts: readonly LossCount[],
  parameter: string,
  days: readonly string[],
): readonly SurvivalDay[] {
  const judged = new Map<string, { survived: number; lost: number }>();
  for (const count of counts) {
    if (count.parameter !== parameter) continue;
    const day = judged.get(count.day) ?? { survived: 0, lost: 0 };
    judged.set(count.day, day);
    if (count.outcome === 'survived') day.survived += count.n;
    if (count.outcome === 'lost') day.lost += count.n;
  }
  return days.map((day) => {
    const { survived = 0, lost = 0 } = judged.get(day) ?? {};
    return { day, rate: rateOf(survived, lost) };
  });
}

/** A release from which on less survives than before it. */
export interface ReleaseDrop {
  readonly site: string;
  readonly release: string;
  readonly before: number;
  readonly since: number;
  readonly sinceAtMs: number;
}

/** Fewer judged landings say nothing. */
const minJudged = 20;
const minDrop = 0.05;

/** Releases that made things worse, each against the one before it. */
export function releaseDrops(releases: readonly LossRow[]): readonly ReleaseDrop[] {
  const drops: ReleaseDrop[] = [];
  for (const rows of Map.groupBy(releases, ({ site }) => site).values()) {
    const judged = rows.filter(({ survivals, lost }) => survivals + lost >= minJudged);
    for (const [index, row] of judged.entries()) {
      const before = judged[index - 1]?.rate ?? null;
      if (before === null || row.rate === null || before - row.rate < minDrop) continue;
      const { site, release, firstAtMs } = row;
      drops.push({ site, release, before, since: row.rate, sinceAtMs: firstAtMs });
    }
  }
  return drops;
}

interface Group {
  readonly about: LossIdentity;
  arrived: number;
  survived: number;
  repaired: number;
  lost: number;
  firstAtMs: number;
  lastAtMs: number;
  /** Where its losses happened, by parameter and place. */
  readonly places: Set<string>;
  readonly sessions: Set<string>;
}

function newGroup(about: LossIdentity, { firstAtMs, lastAtMs }: LossCount): Group {
  const none = { arrived: 0, survived: 0, repaired: 0, lost: 0 };
  return { about, ...none, firstAtMs, lastAtMs, places: new Set(), sessions: new Set() };
}

function addTo(group: Group, count: LossCount): void {
  if (count.outcome !== 'passed') group[count.outcome] += count.n;
  group.firstAtMs = Math.min(group.firstAtMs, count.firstAtMs);
  group.lastAtMs = Math.max(group.lastAtMs, count.lastAtMs);
  group.places.add(placeOf(count));
}

const nothing = { parameter: '', hop: '', cause: '', culprit: '', release: '', day: '' } as const;

function identityFor(by: LossGrouping, from: LossIdentity): LossIdentity {
  const { site, parameter, hop, cause, culprit } = from;
  if (by === 'loss') return { ...nothing, site, parameter, hop, cause, culprit };
  return { ...nothing, site, [by]: from[by] };
}

function addSessions(
  groups: ReadonlyMap<string, Group>,
  { losses }: AffectedSessions,
  by: LossGrouping,
): void {
  for (const loss of losses) {
    const group = groups.get(JSON.stringify(identityFor(by, loss)));
    group?.sessions.add(loss.session);
  }
}

/** Parameter and where it was, whatever the hop then led to. */
function placeOf({ site, parameter, hop }: LossCount): string {
  return JSON.stringify([site, parameter, hop.split(' -> ', 1)[0]]);
}

/** How often each parameter came to each place and was judged there. */
function placeTotals(counts: readonly LossCount[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const count of counts) {
    if (count.outcome === 'arrived') continue;
    const place = placeOf(count);
    totals.set(place, (totals.get(place) ?? 0) + count.n);
  }
  return totals;
}

function toRow(
  group: Group,
  places: ReadonlyMap<string, number> | undefined,
  { conversions }: AffectedSessions,
): LossRow {
  const { about, arrived, survived, repaired, lost, firstAtMs, lastAtMs, sessions } = group;
  const came =
    places === undefined ? arrived : sumOf([...group.places].map((place) => places.get(place) ?? 0));
  const survivals = places === undefined ? survived : came - lost;
  return {
    ...about,
    arrivals: came,
    survivals,
    repaired,
    lost,
    rate: rateOf(survivals, lost),
    sessions: sessions.size,
    conversions: sumOf([...sessions].map((session) => conversions.get(session) ?? 0)),
    firstAtMs,
    lastAtMs,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function rateOf(survived: number, lost: number): number | null {
  return survived + lost === 0 ? null : survived / (survived + lost);
}
