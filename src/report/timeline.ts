import type { Consent } from '../model/consent.ts';
import type { Decision, Stop } from '../model/decision.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { type Reason, reasons } from '../model/reason.ts';
import type { DeliveryRow, EventStory } from '../store/ports.ts';

import { lossLines } from './loss-lines.ts';

/** How a row of a timeline ends: fine, worth a look, the event stopped here, or just a fact. */
export type Mark = 'ok' | 'look' | 'stop' | 'fact';

/** One row of an event's story. */
export interface TimelineRow {
  readonly stop: Stop;
  readonly mark: Mark;
  /** UTC milliseconds. */
  readonly atMs: number;
  /** One sentence. */
  readonly text: string;
  /** The facts it rests on, a line each. */
  readonly details: readonly string[];
}

/** An event's whole story, ready to print or draw. */
export interface Timeline {
  readonly offset: number;
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly atMs: number;
  readonly page: string | null;
  readonly rows: readonly TimelineRow[];
}

/** A rule that did not match, and why; worked out by whoever holds the rules. */
export interface UnmatchedRule {
  readonly rule: string;
  readonly reason: Reason;
  readonly falsePart?: string;
}

/** Tells an event's story in the order it happened. Pure. */
export function tellStory(story: EventStory, unmatched: readonly UnmatchedRule[] = []): Timeline {
  const { event } = story;
  const atMs = numberOf(event.receivedAtMs);
  const page = isJsonObject(event.page) ? event.page : {};
  const captured = story.decisions
    .filter(({ stop }) => stop === 'capture')
    .map((decision) => toRow(decision, event, atMs));
  const others = story.decisions
    .filter(({ stop }) => stop !== 'capture')
    .map((decision) => toRow(decision, event, atMs));
  const [before, after] = split(others);
  return {
    offset: story.offset,
    id: textOf(event.id),
    name: textOf(event.name),
    site: textOf(event.site),
    atMs,
    page: typeof page.url === 'string' ? page.url : null,
    rows: [
      ...captured,
      consentRow(event, atMs),
      ...before,
      ...unmatched.map((rule) => unmatchedRow(rule, atMs)),
      ...after,
      ...(story.isProcessed ? [] : [waitingRow(atMs)]),
      ...story.deliveries.flatMap((delivery) => deliveryRows(delivery, atMs)),
    ],
  };
}

const early: ReadonlySet<Stop> = new Set([
  'visitor',
  'campaign',
  'redact',
  'dedupe',
  'session',
  'attribution',
]);

function split(rows: readonly TimelineRow[]): readonly [readonly TimelineRow[], readonly TimelineRow[]] {
  const at = rows.findIndex(({ stop }) => !early.has(stop));
  return at === -1 ? [rows, []] : [rows.slice(0, at), rows.slice(at)];
}

const marks: Partial<Record<Reason, Mark>> = {
  duplicate: 'stop',
  bot: 'stop',
  consent_denied: 'stop',
  consent_undecided: 'stop',
  held_expired: 'stop',
  held_denied: 'stop',
  withdrawn: 'stop',
  build_refused: 'stop',
  not_supported: 'stop',
  no_rule: 'stop',
  failed: 'stop',
  dead: 'stop',
  held: 'look',
  link_expired: 'look',
  link_forged: 'look',
  link_kept_own: 'look',
  link_other_browser: 'look',
  link_other_network: 'look',
  link_other_site: 'look',
  link_unreadable: 'look',
  link_used: 'look',
  redacted: 'look',
  parameters_lost: 'look',
  parameters_repaired: 'ok',
  rule_failed: 'look',
  rule_sampled_out: 'look',
  retrying: 'look',
  released: 'ok',
  rule_matched: 'ok',
  consent_granted: 'ok',
  consent_reduced: 'look',
  consent_restricted: 'look',
  delivered: 'ok',
  session_started: 'ok',
  session_continued: 'ok',
};

function toRow(decision: Decision, event: JsonObject, receivedAtMs: number): TimelineRow {
  const { stop, reason, atMs, destination, rule, facts } = decision;
  const subject = destination ?? rule;
  const text = subject === undefined ? reasons[reason] : `${subject}: ${reasons[reason]}`;
  const isLoss = reason === 'parameters_lost' || reason === 'parameters_repaired';
  const details = [
    ...(isLoss ? lossLines(facts) : factLines(facts)),
    ...(stop === 'session' ? sessionLines(event) : []),
    ...(stop === 'campaign' && !isLoss ? touchLines(event) : []),
  ];
  return { stop, mark: marks[reason] ?? 'fact', atMs: atMs ?? receivedAtMs, text, details };
}

function factLines(facts: JsonObject | undefined): string[] {
  if (facts === undefined) return [];
  return Object.entries(facts).map(([name, value]) => `${name}: ${show(value)}`);
}

function show(value: Json): string {
  if (typeof value === 'string') return value;
  if (isJsonObject(value)) return Object.values(value).map(show).join(' ');
  if (Array.isArray(value)) return value.map((entry: Json) => show(entry)).join(', ');
  return JSON.stringify(value);
}

function sessionLines(event: JsonObject): string[] {
  const { session } = event;
  if (!isJsonObject(session)) return [];
  const engaged = session.isEngaged === true ? 'engaged' : 'not engaged yet';
  return [`session ${show(session.id ?? '')}, number ${show(session.number ?? '')}, ${engaged}`];
}

function touchLines(event: JsonObject): string[] {
  const campaign = isJsonObject(event.campaign) ? event.campaign : {};
  return (['touch', 'session'] as const).flatMap((which) => {
    const touch = campaign[which];
    if (!isJsonObject(touch)) return [];
    const clickIds = isJsonObject(touch.clickIds) ? Object.keys(touch.clickIds) : [];
    const ids = clickIds.length === 0 ? '' : `, click ids ${clickIds.join(', ')}`;
    const label = which === 'touch' ? 'this event' : 'its session';
    return [
      `${label}: ${show(touch.source ?? '')} / ${show(touch.medium ?? '')}, ${show(touch.channel ?? '')}${ids}`,
    ];
  });
}

const shownTypes = ['analytics_storage', 'ad_storage', 'ad_user_data', 'ad_personalization'] as const;

function consentRow(event: JsonObject, atMs: number): TimelineRow {
  const consent = isConsent(event.consent) ? event.consent : null;
  if (consent === null)
    return { stop: 'consent', mark: 'look', atMs, text: 'No consent was recorded.', details: [] };
  const details = shownTypes.map((type) => {
    const { granted, basis, by, vendorsOnly } = consent.types[type];
    const whom = vendorsOnly === true ? ' to the vendors that are named' : '';
    return `${type} ${granted ? 'granted' : 'denied'}${whom} (${basis.replace('_', ' ')}: ${by})`;
  });
  const vendors = Object.entries(consent.vendors ?? {}).map(
    ([vendor, types]) => `vendor ${vendor}: ${types.length === 0 ? 'refused' : types.join(', ')}`,
  );
  const where = consent.region === undefined ? 'an unknown place' : consent.region;
  const optedOut = consent.optedOut ? ['opted out of sale and sharing'] : [];
  const granted = shownTypes.filter((type) => consent.types[type].granted).length;
  return {
    stop: 'consent',
    mark: granted === shownTypes.length ? 'ok' : granted === 0 ? 'stop' : 'look',
    atMs,
    text: `Consent for ${where}, ${consent.regime === 'opt_in' ? 'opt-in' : 'opt-out'} regime: ${granted} of 4 types granted.`,
    details: [...details, ...vendors, ...optedOut, ...consent.problems],
  };
}

function isConsent(value: Json | undefined): value is Json & Consent {
  return isJsonObject(value) && isJsonObject(value.types);
}

function unmatchedRow({ rule, reason, falsePart }: UnmatchedRule, atMs: number): TimelineRow {
  const details = falsePart === undefined ? [] : [`not true: ${falsePart}`];
  return { stop: 'rules', mark: 'fact', atMs, text: `${rule}: ${reasons[reason]}`, details };
}

function waitingRow(atMs: number): TimelineRow {
  return {
    stop: 'session',
    mark: 'look',
    atMs,
    text: 'In the log; the pipeline has not reached it yet.',
    details: [],
  };
}

function deliveryRows(
  { destination, status, tries, dueAtMs }: DeliveryRow,
  receivedAtMs: number,
): readonly TimelineRow[] {
  const rows = tries.map(({ atMs, note }, index): TimelineRow => {
    const isLast = index === tries.length - 1;
    const reason: Reason = !isLast
      ? 'retrying'
      : status === 'delivered'
        ? 'delivered'
        : status === 'dead'
          ? 'dead'
          : 'retrying';
    return {
      stop: 'delivery',
      mark: marks[reason] ?? 'fact',
      atMs,
      text: `${destination}: ${reasons[reason]}`,
      details: [`try ${index + 1}: ${note}`],
    };
  });
  if (status !== 'pending') return rows;
  const text = `${destination}: ${reasons.queued}`;
  const details = tries.length === 0 ? [] : [`next try ${new Date(dueAtMs).toISOString()}`];
  return [
    ...rows,
    { stop: 'delivery', mark: 'look', atMs: tries.at(-1)?.atMs ?? receivedAtMs, text, details },
  ];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
