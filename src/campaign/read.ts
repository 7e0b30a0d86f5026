import type { FoundParameter, Place } from './found-parameter.ts';
import type { CampaignLabel } from './parameter-kinds.ts';
import { type Parameter, type ParameterRegistry, shippedParameters } from './parameters.ts';
import { type Decoded, decodePercent } from './percent.ts';
import { readPairs, type Seen } from './query-pairs.ts';

/** What an address says about its campaign. */
export interface CampaignReading {
  /** Label values by utm name without `utm_`, case kept. */
  readonly labels: Readonly<Partial<Record<CampaignLabel, string>>>;
  /** Click ids by canonical name, value exactly as sent. */
  readonly clickIds: Readonly<Record<string, string>>;
  /** Further campaign parameters by name, such as `gad_campaignid`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Every tracked parameter that was there with a value, in order, each name once. */
  readonly found: readonly FoundParameter[];
  /** Names of parameters, tracked or not, that hold a person's contact data. */
  readonly personal: readonly string[];
  /** What was odd, in words and without values. */
  readonly notes: readonly string[];
}

const maxValueChars = 2_048;
const maxRawChars = 256;
const maxIds = 16;
const maxParameters = 32;

const nothing: CampaignReading = Object.freeze({
  labels: Object.freeze({}),
  clickIds: Object.freeze({}),
  parameters: Object.freeze({}),
  found: Object.freeze([]),
  personal: Object.freeze([]),
  notes: Object.freeze([]),
});

/**
 * Reads campaign labels, click ids and campaign parameters from an address, tolerantly: names in any case, `&amp;` for
 * `&`, a second `?`, `+` and `%20` for a space, parameters encoded as a whole or twice, in the path, in the fragment or
 * (labels only) in an address that another parameter holds. Of a repeated parameter the last value that is not empty
 * counts, in its exact case before any other, and the query before path, fragment and nested addresses.
 * Never throws; an address without parameters costs a few searches and no allocation.
 */
export function readCampaign(
  url: string | undefined,
  registry: ParameterRegistry = shippedParameters,
): CampaignReading {
  if (url === undefined || !mayHoldParameters(url)) return nothing;
  const found = new Findings();
  readPairs(url, registry, found);
  return found.isEmpty ? nothing : found.finish();
}

/** A label as it is kept: trimmed, at most 2,048 characters; undefined when nothing is left. */
export function cleanLabel(value: string): string | undefined {
  const trimmed = value.trim();
  if (trimmed === '') return undefined;
  return trimmed.length > maxValueChars ? trimmed.slice(0, maxValueChars).toWellFormed() : trimmed;
}

function mayHoldParameters(url: string): boolean {
  return url.includes('=') || (url.includes('%') && /%(?:25)*3d/i.test(url));
}

/** How good a value is: its place, then utm before other names, then the exact case. Of equals the last one counts. */
const placeRank: Readonly<Record<Place, number>> = { query: 0, path: 4, fragment: 8, nested: 12 };

function rankOf(parameter: Parameter, { from, isExact }: Seen): number {
  const isLesser = parameter.kind === 'label' && !parameter.isUtm;
  return placeRank[from] + (isLesser ? 2 : 0) + (isExact ? 0 : 1);
}

interface Candidate {
  readonly parameter: Parameter;
  readonly found: FoundParameter;
  readonly rank: number;
}

class Findings {
  readonly #candidates = new Map<string, Candidate>();
  readonly personal: string[] = [];
  readonly notes: string[] = [];

  get isEmpty(): boolean {
    return this.#candidates.size === 0 && this.personal.length === 0;
  }

  addPersonal(name: string): void {
    if (this.personal.length < maxIds && !this.personal.includes(name)) this.personal.push(name);
  }

  add(parameter: Parameter, raw: string, seen: Seen): void {
    const found = readValue(parameter, raw, seen);
    if (found === undefined) return;
    const rank = rankOf(parameter, seen);
    const earlier = this.#candidates.get(parameter.name);
    if (earlier === undefined) this.#candidates.set(parameter.name, { parameter, found, rank });
    else this.#candidates.set(parameter.name, betterOf(earlier, { parameter, found, rank }));
  }

  finish(): CampaignReading {
    const labels: Partial<Record<CampaignLabel, string>> = {};
    const ranks: Partial<Record<CampaignLabel, number>> = {};
    const clickIds: Record<string, string> = {};
    const parameters: Record<string, string> = {};
    const found: FoundParameter[] = [];
    let [ids, details] = [0, 0];
    for (const candidate of this.#candidates.values()) {
      const { parameter, rank } = candidate;
      const { name, value, repaired } = candidate.found;
      found.push(candidate.found);
      if (repaired === 'too_long') this.#noteLength(name, value);
      if (value === '') continue;
      if (parameter.kind === 'label') {
        if (rank >= (ranks[parameter.label] ?? Number.POSITIVE_INFINITY)) continue;
        ranks[parameter.label] = rank;
        labels[parameter.label] = value;
      } else if (parameter.kind === 'campaign') {
        details += 1;
        if (details <= maxParameters) parameters[name] = value;
      } else if (parameter.kind === 'click_id' || parameter.kind === 'affiliate') {
        ids += 1;
        if (ids <= maxIds) clickIds[name] = value;
        else this.notes.push(`${name}: ignored, more than ${maxIds} click ids`);
      }
    }
    return { labels, clickIds, parameters, found, personal: this.personal, notes: this.notes };
  }

  #noteLength(name: string, value: string): void {
    const what = value === '' ? 'ignored, longer than' : 'cut to';
    this.notes.push(`${name}: ${what} ${maxValueChars} characters`);
  }
}

/** The later of two that are as good. Two values in one place are a problem of the link; the same one elsewhere is not. */
function betterOf(earlier: Candidate, later: Candidate): Candidate {
  const better = later.rank <= earlier.rank ? later : earlier;
  const isRepeated = earlier.found.value !== later.found.value && earlier.found.from === later.found.from;
  if (!isRepeated || better.found.repaired !== undefined) return better;
  return { ...better, found: { ...better.found, repaired: 'repeated' } };
}

/** What a parameter's value counts as; an id that is too long would be another id if it were cut, so it counts as none. */
function readValue(parameter: Parameter, raw: string, { from, repaired }: Seen): FoundParameter | undefined {
  const { name, kind } = parameter;
  const isWords = kind === 'label' || kind === 'campaign';
  // A `+` of an id stays one: ids are often base64, and no network puts a space into one.
  const once = decodePercent(isWords && raw.includes('+') ? raw.replaceAll('+', ' ') : raw);
  const twice = decodeAgain(once);
  const value = (twice ?? once.text).trim();
  if (value === '') return undefined;
  const cut = raw.length > maxRawChars ? raw.slice(0, maxRawChars) : raw;
  if (value.length > maxValueChars) {
    const kept = isWords ? (cleanLabel(value) ?? '') : '';
    return { name, kind, raw: cut, value: kept, from, repaired: 'too_long' };
  }
  const cause = once.isBroken
    ? 'broken_escape'
    : (repaired ?? (twice === undefined ? undefined : 'value_encoded_twice'));
  return cause === undefined
    ? { name, kind, raw: cut, value, from }
    : { name, kind, raw: cut, value, from, repaired: cause };
}

/** Every `%` begins an escape. */
const isEscaped = /^(?:[^%]|%[\da-f]{2})+$/i;

/**
 * A value that is all escapes after decoding was encoded twice: no network writes a `%` into an id, and a label such as
 * `20% off` has one that begins no escape. Undefined: it was not, as `%ebuy!` of an ad server is no text when decoded.
 */
function decodeAgain({ text, isBroken }: Decoded): string | undefined {
  if (isBroken || !text.includes('%') || !isEscaped.test(text)) return undefined;
  const again = decodePercent(text);
  return again.isBroken ? undefined : again.text;
}
