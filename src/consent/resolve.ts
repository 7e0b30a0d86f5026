import type { ConsentHit, ConsentSource } from '../contract/consent-source.ts';
import type { Answer, Consent, ConsentType, Regime, Statement } from '../model/consent.ts';
import type { Draft } from '../model/hit.ts';
import { type ConsentPolicy, chooseRegime, type Place } from './policy.ts';
import { agreeing, repeatsOf } from './repeated-cookies.ts';
import { bothAllow, type VendorAnswers } from './shared/vendor-answers.ts';
import { type SourceIndex, sourcesFor } from './source-index.ts';

/**
 * What every source says of one event. A source that throws has a bug; its statement carries a problem, so that the
 * bug can only make the result stricter. Where a cookie comes twice, one grant counts only if both give it.
 */
export function readStatements(
  sources: SourceIndex,
  hit: ConsentHit,
  draft: Pick<Draft, 'signals'>,
): readonly Statement[] {
  const statements: Statement[] = [];
  for (const source of sourcesFor(sources, hit.cookies)) {
    const repeats = repeatsOf(hit, source);
    const statement = readSafely(source, hit, draft);
    if (repeats.length > 0) {
      const others = repeats.map((each) => readSafely(source, each, draft));
      statements.push(...agreeing([statement, ...others]));
    } else if (statement !== null) statements.push(statement);
  }
  return statements;
}

function readSafely(source: ConsentSource, hit: ConsentHit, draft: Pick<Draft, 'signals'>): Statement | null {
  try {
    return source.read(hit, draft);
  } catch {
    return { source: source.name, types: {}, problem: 'the source failed on this hit, which is a bug in it' };
  }
}

/**
 * Makes one consent of many statements. For each type, the first that applies:
 *
 * 1. A denial by choice, or an opt-out for the types it covers: denied, basis `signal`.
 * 2. A page default of denied: denied, basis `page_default`; nobody has decided yet.
 * 3. A grant by choice from a source that could be read whole: granted, basis `signal`.
 * 4. Such a grant to single vendors, in an opt-in region: granted to them only (`vendorsOnly`).
 * 5. An unreadable signal, for advertising in an opt-out region: denied, basis `signal`; it may have been the opt-out.
 * 6. The region's default. A page default of granted adds nothing to it.
 *
 * The order and repetition of statements do not matter. A stricter statement, or a stricter region, never grants more;
 * only `gpc: us` lets an opt-out count in one region and not in another.
 */
export function resolveConsent(all: readonly Statement[], place: Place, policy: ConsentPolicy): Consent {
  const { regime, region } = chooseRegime(place, policy);
  const statements = statementsIn(regime, all);
  const isHeard =
    policy.gpc === 'everywhere' || mayBeUs(place) || (place.also !== undefined && mayBeUs(place.also));
  const optOutBy = isHeard ? firstSource(statements, (statement) => statement.optOut === true) : null;
  const problemBy = firstSource(statements, (statement) => statement.problem !== undefined);
  const facts: Facts = { statements, regime, optOutBy, problemBy };
  const userData = decide('ad_user_data', facts);
  const personalization = decide('ad_personalization', facts);
  return {
    regime,
    ...(region !== undefined && { region }),
    types: {
      ad_storage: decide('ad_storage', facts),
      analytics_storage: decide('analytics_storage', facts),
      ad_user_data: userData,
      // Nobody can be advertised to personally without their data: it falls for the same reason.
      ad_personalization: personalization.granted && !userData.granted ? userData : personalization,
      functionality_storage: decide('functionality_storage', facts),
      personalization_storage: decide('personalization_storage', facts),
      security_storage: necessary,
    },
    optedOut: optOutBy !== null,
    ...(statements.some((statement) => statement.isSensitiveDenied) && { isSensitiveDenied: true }),
    ...vendorsOf(statements),
    sources: sortedOnce(all.map((statement) => statement.source)),
    problems: problemsOf(statements),
  };
}

/** Those that count under a regime; most often all, and then the list itself. */
function statementsIn(regime: Regime, all: readonly Statement[]): readonly Statement[] {
  const counts = ({ onlyIn }: Statement): boolean => onlyIn === undefined || onlyIn === regime;
  return all.every(counts) ? all : all.filter(counts);
}

/** What could not be read, or not whole, each with its source. */
function problemsOf(statements: readonly Statement[]): readonly string[] {
  const problems: string[] = [];
  for (const { source, problem, note } of statements) {
    if (problem !== undefined) problems.push(`${source}: ${problem}`);
    if (note !== undefined) problems.push(`${source}: ${note}`);
  }
  return sortedOnce(problems);
}

function vendorsOf(statements: readonly Statement[]): Pick<Consent, 'vendors'> {
  let vendors: VendorAnswers | undefined;
  for (const statement of statements) vendors = bothAllow(vendors, statement.vendors);
  return vendors === undefined ? {} : { vendors };
}

interface Facts {
  readonly statements: readonly Statement[];
  readonly regime: Regime;
  /** Of several sources the first by name stands for all, so that their order does not matter. */
  readonly optOutBy: string | null;
  readonly problemBy: string | null;
}

function mayBeUs({ country }: Place): boolean {
  return country === undefined || usCodes.has(country);
}

/** The United States and the territories that ISO 3166 gives codes of their own. */
const usCodes: ReadonlySet<string> = new Set(['US', 'AS', 'GU', 'MP', 'PR', 'UM', 'VI']);

const necessary: Answer = { granted: true, basis: 'region_default', by: 'necessary' };

/** What an opt-out of sale, sharing and targeted advertising denies; CCPA regulations and the state laws, 2026-11-23. */
const optOutTypes: ReadonlySet<ConsentType> = new Set(['ad_user_data', 'ad_personalization']);

const adTypes: ReadonlySet<ConsentType> = new Set(['ad_storage', 'ad_user_data', 'ad_personalization']);

const regionDefaults: Readonly<Record<Regime, Answer>> = {
  opt_in: { granted: false, basis: 'region_default', by: 'opt_in' },
  opt_out: { granted: true, basis: 'region_default', by: 'opt_out' },
};

function decide(type: ConsentType, facts: Facts): Answer {
  const answer = decideByStatements(type, facts);
  if (facts.optOutBy === null || !optOutTypes.has(type)) return answer;
  if (answer.granted) return { granted: false, basis: 'signal', by: facts.optOutBy, isOptOut: true };
  const by = answer.basis === 'signal' ? firstByName(answer.by, facts.optOutBy) : facts.optOutBy;
  return { granted: false, basis: 'signal', by };
}

function decideByStatements(type: ConsentType, { statements, regime, problemBy }: Facts): Answer {
  let denier: string | null = null;
  let defaultDenier: string | null = null;
  let granter: string | null = null;
  let vendorGranter: string | null = null;
  for (const { source, types, problem, vendors } of statements) {
    const stated = types[type];
    if (stated === undefined || stated.state === 'unset') continue;
    if (stated.state === 'denied') {
      if (stated.weight === 'choice') denier = firstByName(denier, source);
      else defaultDenier = firstByName(defaultDenier, source);
    } else if (stated.weight === 'choice' && problem === undefined) {
      // Vendors are granted advertising only: analytics_storage is the site's own in such a string.
      if (vendors === undefined || type === 'analytics_storage') granter = firstByName(granter, source);
      else vendorGranter = firstByName(vendorGranter, source);
    }
  }
  if (denier !== null) return { granted: false, basis: 'signal', by: denier };
  if (defaultDenier !== null) return { granted: false, basis: 'page_default', by: defaultDenier };
  if (granter !== null) return { granted: true, basis: 'signal', by: granter };
  if (vendorGranter !== null && regime === 'opt_in') {
    return { granted: true, basis: 'signal', by: vendorGranter, vendorsOnly: true };
  }
  if (problemBy !== null && regime === 'opt_out' && adTypes.has(type)) {
    return { granted: false, basis: 'signal', by: problemBy };
  }
  return regionDefaults[regime];
}

function firstSource(
  statements: readonly Statement[],
  matches: (statement: Statement) => boolean,
): string | null {
  let first: string | null = null;
  for (const statement of statements) if (matches(statement)) first = firstByName(first, statement.source);
  return first;
}

function firstByName(a: string | null, b: string): string {
  return a === null || b < a ? b : a;
}

function sortedOnce(names: readonly string[]): readonly string[] {
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  if (isSorted) return names;
  return [...new Set(names)].sort();
}
