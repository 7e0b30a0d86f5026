import type { HygieneProblem } from '../model/hygiene.ts';
import { isKnownMedium } from './channel.ts';
import type { FoundParameter } from './found-parameter.ts';
import type { CampaignLabel } from './parameter-kinds.ts';
import { isPhone } from './personal-data.ts';
import type { CampaignReading } from './read.ts';

/** One problem of how an address is tagged. */
export interface HygieneFinding {
  readonly problem: HygieneProblem;
  /** The parameter's name, never its value. */
  readonly parameter: string;
}

/** What is checked of one event. */
export interface Tagging {
  readonly reading: CampaignReading;
  /** Labels as they count, those that a tracker states included. */
  readonly labels: CampaignReading['labels'];
  /** A click id proves the source, so that labels need not name it. */
  readonly hasProof: boolean;
}

const none: readonly HygieneFinding[] = Object.freeze([]);

/** Finds what is wrong with the tagging of one address. Pure and bounded; no finding holds a value. */
export function checkTagging({ reading, labels, hasProof }: Tagging): readonly HygieneFinding[] {
  const findings: HygieneFinding[] = [];
  const add = (problem: HygieneProblem, parameter: string): void => {
    findings.push({ problem, parameter });
  };
  for (const name of reading.personal) add('personal_data', name);
  for (const found of reading.found) {
    for (const problem of problemsOf(found)) add(problem, found.name);
  }
  for (const label of comparedLabels) {
    const value = labels[label];
    if (value !== undefined)
      for (const problem of problemsOfLabel(label, value)) add(problem, `utm_${label}`);
  }
  const { source, medium, campaign } = labels;
  if (source !== undefined && medium === undefined) add('source_without_medium', 'utm_medium');
  if (source === undefined && !hasProof && (medium !== undefined || campaign !== undefined))
    add('campaign_without_source', 'utm_source');
  return findings.length === 0 ? none : findings;
}

/** Labels that reports group by, so that every spelling is a row of its own. */
const comparedLabels = ['source', 'medium', 'campaign', 'id'] as const satisfies readonly CampaignLabel[];

/**
 * Macros as the platforms write them: Google `{keyword}`, Meta and mail tools `{{campaign.name}}`, Campaign Manager
 * `%ecid!`, DSPs `${AUCTION_ID}` and `%%CLICK%%`, TikTok and others `__CAMPAIGN_NAME__`, Mailchimp `*|FNAME|*`.
 */
const placeholder =
  /\{[\w.:@ -]{1,64}\}|\$\{[^{}]{1,64}\}|%%[^%]{1,64}%%|%e[a-z]{2,8}!|(?:^|[^\w])__[A-Z][A-Z_]{1,60}__|\*\|[^|]{1,64}\|\*/;

function isPlaceholder(text: string): boolean {
  return (
    (text.includes('{') || text.includes('%') || text.includes('__') || text.includes('*|')) &&
    placeholder.test(text)
  );
}

function problemsOf(found: FoundParameter): readonly HygieneProblem[] {
  const problems: HygieneProblem[] = [];
  const { kind, value, raw, repaired } = found;
  const isTracked = kind === 'label' || kind === 'campaign';
  const text = value === '' ? raw : value;
  if (isTracked && (isPhone(raw) || isPhone(value))) problems.push('personal_data');
  if (isPlaceholder(text)) problems.push('placeholder');
  else if (repaired === 'value_encoded_twice' || (isTracked && /%[\da-f]{2}/i.test(value)))
    problems.push('still_encoded');
  else if (!isTracked && value !== '' && !hasShape(found)) problems.push('wrong_shape');
  if (repaired === 'too_long' || repaired === 'repeated') problems.push(repaired);
  else if (repaired !== undefined && repaired !== 'value_encoded_twice') problems.push('damaged');
  return problems;
}

function problemsOfLabel(label: CampaignLabel, value: string): readonly HygieneProblem[] {
  const problems: HygieneProblem[] = [];
  const isNamed = label === 'source' || label === 'medium';
  if (isNamed && value !== value.toLowerCase()) problems.push('mixed_case');
  if (/\s/.test(value)) problems.push('space');
  if (label === 'medium' && !isPlaceholder(value) && !isKnownMedium(value.toLowerCase()))
    problems.push('unknown_medium');
  return problems;
}

/**
 * What an id of a platform is known to look like (landing addresses and the platforms' pages, 2026-11-23). Loose on
 * purpose: formats grow, and a false alarm costs more trust than a missed one.
 */
const shapes: Readonly<Record<string, RegExp>> = {
  gclid: /^[\w.-]{20,}$/,
  gbraid: /^0A{4}[\w-]+$/,
  wbraid: /^[\w-]{20,}$/,
  dclid: /^[\w.-]{20,}$/,
  msclkid: /^[\da-f]{32}$/i,
  fbclid: /^[\w.-]{20,500}$/,
  yclid: /^(?:\d{15,20}|(?:YSS|YJAD)\..+)$/,
  awc: /^\d+_\d+_[\da-z]+$/i,
  admitad_uid: /^[\da-f]{32}$/i,
  tduid: /^[\da-f]{32}$/i,
};

function hasShape({ name, kind, value }: FoundParameter): boolean {
  if (kind !== 'click_id' && kind !== 'affiliate') return true;
  if (/[\s<>"']/.test(value)) return false;
  return Object.hasOwn(shapes, name) ? shapes[name]?.test(value) !== false : true;
}
