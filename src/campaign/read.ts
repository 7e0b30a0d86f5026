import { type CampaignLabel, type Parameter, parameterNamed } from './parameters.ts';

/** What an address says about its campaign. */
export interface CampaignReading {
  /** Label values by utm name without `utm_`, case kept. */
  readonly labels: Readonly<Partial<Record<CampaignLabel, string>>>;
  /** Click ids by lower-case parameter name, value exactly as sent. */
  readonly clickIds: Readonly<Record<string, string>>;
  /** Names of the parameters that were there with a value, in order. */
  readonly seen: readonly string[];
  /** What was odd about them, in words and without their values. */
  readonly notes: readonly string[];
}

const maxQueryChars = 16_384;
const maxParameters = 1_000;
const maxNameChars = 64;
const maxValueChars = 2_048;
const maxClickIds = 16;

const nothing: CampaignReading = Object.freeze({
  labels: Object.freeze({}),
  clickIds: Object.freeze({}),
  seen: Object.freeze([]),
  notes: Object.freeze([]),
});

/**
 * Reads campaign labels and click ids from an address, tolerantly: names in any case, `&amp;` for `&`, `+` and `%20`
 * for a space, and after the query the fragment too. Of a repeated parameter the first value that is not empty counts.
 * Never throws; an address without query and fragment costs two searches and no allocation.
 */
export function readCampaign(url: string | undefined): CampaignReading {
  if (url === undefined) return nothing;
  const hash = url.indexOf('#');
  const question = url.indexOf('?');
  const hasQuery = question >= 0 && (hash < 0 || question < hash);
  if (!hasQuery && hash < 0) return nothing;
  const found = new Findings();
  if (hasQuery) readPairs(url.slice(question + 1, hash < 0 ? undefined : hash), found);
  if (hash >= 0) readPairs(fragmentQuery(url, hash), found);
  return found.isEmpty ? nothing : found;
}

/** A label as it is kept: trimmed, at most 2,048 characters; undefined when nothing is left. */
export function cleanLabel(value: string): string | undefined {
  const trimmed = value.trim();
  if (trimmed === '') return undefined;
  return trimmed.length > maxValueChars ? trimmed.slice(0, maxValueChars).toWellFormed() : trimmed;
}

class Findings implements CampaignReading {
  readonly labels: Partial<Record<CampaignLabel, string>> = {};
  readonly clickIds: Record<string, string> = {};
  readonly seen: string[] = [];
  readonly notes: string[] = [];

  get isEmpty(): boolean {
    return this.seen.length === 0 && this.notes.length === 0;
  }

  add(parameter: Parameter, raw: string): void {
    if ('label' in parameter) this.#addLabel(parameter.name, parameter.label, raw);
    else if (parameter.kind === 'click_id' || parameter.kind === 'affiliate')
      this.#addClickId(parameter.name, raw);
  }

  #addLabel(name: string, label: CampaignLabel, raw: string): void {
    if (this.labels[label] !== undefined) return;
    const decoded = decodePercent(raw.replaceAll('+', ' '));
    const value = cleanLabel(decoded);
    if (value === undefined) return;
    this.labels[label] = value;
    this.seen.push(name);
    if (decoded.trim().length > maxValueChars) this.notes.push(`${name}: cut to ${maxValueChars} characters`);
  }

  /** A `+` stays a `+`: ids are often base64, and no network puts a space into one. */
  #addClickId(name: string, raw: string): void {
    if (this.clickIds[name] !== undefined) return;
    const value = decodePercent(raw).trim();
    if (value === '') return;
    if (value.length > maxValueChars) {
      this.notes.push(`${name}: ignored, longer than ${maxValueChars} characters`);
      return;
    }
    if (Object.keys(this.clickIds).length >= maxClickIds) {
      this.notes.push(`${name}: ignored, more than ${maxClickIds} click ids`);
      return;
    }
    this.clickIds[name] = value;
    this.seen.push(name);
  }
}

function readPairs(query: string, found: Findings): void {
  if (!query.includes('=')) return;
  for (const pair of query.slice(0, maxQueryChars).split('&', maxParameters)) {
    const equals = pair.indexOf('=');
    if (equals <= 0 || equals > maxNameChars || equals === pair.length - 1) continue;
    const parameter = parameterNamed(plainName(pair.slice(0, equals)));
    if (parameter !== undefined) found.add(parameter, pair.slice(equals + 1));
  }
}

/** A single-page application's fragment may hold a path with its own query: `#/sale?utm_source=x`. */
function fragmentQuery(url: string, hash: number): string {
  const question = url.indexOf('?', hash);
  return url.slice((question < 0 ? hash : question) + 1);
}

/** `&amp;` that a page or a mail client left escaped (even twice) turns `utm_medium` into `amp;utm_medium`. */
function plainName(name: string): string {
  let plain = (name.includes('%') ? decodePercent(name) : name).toLowerCase();
  while (plain.startsWith('amp;')) plain = plain.slice(4);
  return plain;
}

/** Percent-decoding that keeps what it cannot read: a broken escape must not cost the whole value. */
function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return new URLSearchParams(`v=${text.replaceAll('+', '%2B')}`).get('v') ?? text;
  }
}
