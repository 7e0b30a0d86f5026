import { getDomain } from 'tldts';
import { type Cause, causeOfChange, causeOfLoss, causes } from './hop-causes.ts';
import { culpritOf, type Evidence, evidenceOf } from './hop-evidence.ts';
import { compareValues, type Hop, type HopReading, type ParameterValue, readHop } from './hop-reading.ts';
import type { ParameterRegistry } from './parameters.ts';

export type { Hop, HopVia } from './hop-reading.ts';

/**
 * What one hop did with one parameter. `there`: it came and went on unchanged, or the way ends here. `added`: it did
 * not come and went on. `changed`: it went on with another name or value. `lost`: it came and did not go on. `absent`:
 * it neither came nor went on.
 */
export type Mark = 'there' | 'added' | 'changed' | 'lost' | 'absent';

/** One tracked parameter along the way. */
interface FollowedParameter {
  /** Its canonical name, such as `utm_source`. */
  readonly name: string;
  /** What each hop did with it, in the order of the hops. */
  readonly marks: readonly Mark[];
}

/** One parameter that a hop lost or damaged. */
export interface Loss {
  readonly parameter: string;
  /** Number of the hop whose answer did it, from 1. */
  readonly hop: number;
  readonly kind: 'changed' | 'lost';
  readonly cause: Cause;
  /** What happened, as half a sentence. */
  readonly what: string;
  /** Who most likely did it, in words. */
  readonly culprit: string;
  readonly evidence: Evidence;
  /** How to mend it, in one sentence. */
  readonly fix: string;
  /** True: the parameter still reaches the last hop as it was, so that nothing is lost in the end. */
  readonly isRestored: boolean;
}

/** What became of every tracked parameter. */
export interface ParameterReport {
  /** In the order in which they are first seen. */
  readonly parameters: readonly FollowedParameter[];
  /** In the order of the hops. */
  readonly losses: readonly Loss[];
}

/**
 * Follows every registered campaign parameter and click id over the hops of one walk, and says for each that was lost
 * or damaged which hop did it, why, and how to mend it. The same value in another encoding (`%20`, `+`) is no change.
 * `registry`: the shipped parameters where it is left out.
 */
export function followParameters(hops: readonly Hop[], registry?: ParameterRegistry): ParameterReport {
  const readings = hops.map(({ url }) => readHop(url, registry));
  const names = new Set(readings.flatMap(({ values }) => [...values.keys()]));
  const parameters: FollowedParameter[] = [];
  const losses: Loss[] = [];
  for (const name of names) {
    const way = wayOf(name, readings);
    const marks = hops.map((hop, index) => markOf(way, index, { hop, next: hops[index + 1] }));
    const isRestored = arrivesWhole(way);
    parameters.push({ name, marks });
    for (const [index, mark] of marks.entries()) {
      if (mark === 'changed' || mark === 'lost')
        losses.push(lossOf({ hops, readings, way, index, kind: mark, isRestored }));
    }
  }
  return { parameters, losses: losses.toSorted((a, b) => a.hop - b.hop) };
}

/** One parameter's value at each hop. */
interface Way {
  readonly name: string;
  readonly values: readonly (ParameterValue | undefined)[];
}

/** What the server could once see counts as gone where only a fragment holds it: no fragment ever reaches a server. */
function wayOf(name: string, readings: readonly HopReading[]): Way {
  const found = readings.map(({ values }) => values.get(name));
  const isInQuery = found.find((value) => value !== undefined)?.place === 'query';
  return { name, values: found.map((value) => (isInQuery && value?.place !== 'query' ? undefined : value)) };
}

function markOf(
  { values }: Way,
  index: number,
  { hop, next }: { readonly hop: Hop; readonly next: Hop | undefined },
): Mark {
  const came = values[index];
  if (next === undefined) return came === undefined ? 'absent' : 'there';
  const went = values[index + 1];
  if (came === undefined) return went === undefined ? 'absent' : 'added';
  if (went === undefined) return isWithinSite(hop, next) ? 'there' : 'lost';
  return compareValues(came, went) === 'same' ? 'there' : 'changed';
}

/** A link to the site's next page: the parameters have reached their page, and the session knows them from there. */
function isWithinSite(hop: Hop, { via, url }: Hop): boolean {
  const [from, to] = [getDomain(hop.url, siteOptions), getDomain(url, siteOptions)];
  return via === 'link' && (from === null ? URL.parse(hop.url)?.host === URL.parse(url)?.host : from === to);
}

const siteOptions = { allowPrivateDomains: true };

function arrivesWhole({ values }: Way): boolean {
  const first = values.find((value) => value !== undefined);
  const last = values.at(-1);
  return first !== undefined && last !== undefined && compareValues(first, last) === 'same';
}

interface LossPlace {
  readonly hops: readonly Hop[];
  readonly readings: readonly HopReading[];
  readonly way: Way;
  readonly index: number;
  readonly kind: Loss['kind'];
  readonly isRestored: boolean;
}

function lossOf({ hops, readings, way, index, kind, isRestored }: LossPlace): Loss {
  const [hop, next] = [hops[index], hops[index + 1]];
  const [from, to] = [readings[index], readings[index + 1]];
  const [came, went] = [way.values[index], way.values[index + 1]];
  if (!hop || !next || !from || !to || !came) throw new Error('a loss lies between two hops');
  const evidence = evidenceOf(hop, { next, came, ...(went && { went }) });
  const cause = went
    ? causeOfChange(compareValues(came, went))
    : causeOfLoss({ name: way.name, came, from, to, via: next.via, evidence });
  const culprit = culpritOf(evidence, cause === 'locale_redirect_dropped_query');
  return {
    parameter: way.name,
    hop: index + 1,
    kind,
    cause,
    what: causes[cause].what,
    culprit,
    evidence,
    fix: causes[cause].fix,
    isRestored,
  };
}
