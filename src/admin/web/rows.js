// @ts-check
// One event as a row of the list: what the page keeps of it, and how it looks.
import { addressOf, byId, el, fields, fillOne, list, text, timeOf, worded } from './parts.js';

/** @typedef {import('./parts.js').Fields} Fields */
/** @typedef {{ destination: string, state: string, why: string }} Outcome */
/**
 * @typedef {{ offset: number, id: string, name: string, site: string, atMs: number, url: string, worth: string,
 *   consent: Fields, session: Fields, outcomes: Outcome[], ending: string, isProblem: boolean, isSettled: boolean }} Row
 */

/** The closed list of reasons and what each says to a person. */
export const reasons = fields(JSON.parse(byId('reasons').textContent ?? '{}'));

/** What became of an event at a destination: the sign, and what it means. */
export const states = new Map([
  ['delivered', ['✓', 'delivered']],
  ['pending', ['○', 'waiting in the outbox']],
  ['retrying', ['↻', 'will be tried again']],
  ['dead', ['✕', 'dead letter']],
  ['held', ['‖', 'held until the visitor decides']],
  ['denied', ['⊘', 'stopped by consent']],
  ['refused', ['–', 'not sent']],
]);
const stateOfReason = new Map([
  ['consent_granted', 'pending'],
  ['consent_reduced', 'pending'],
  ['consent_restricted', 'pending'],
  ['held', 'held'],
  ['consent_denied', 'denied'],
  ['consent_undecided', 'denied'],
  ['held_denied', 'denied'],
  ['held_expired', 'denied'],
  ['not_supported', 'refused'],
  ['build_refused', 'refused'],
  ['destination_off', 'refused'],
]);
const unsettled = new Set(['pending', 'retrying', 'held']);
const endings = new Set(['duplicate', 'bot', 'no_rule', 'failed']);
const faults = new Set(['build_refused', 'failed', 'rule_failed']);
const consentTypes = ['analytics_storage', 'ad_storage', 'ad_user_data', 'ad_personalization'];

/** @param {Fields} story @returns {Row} */
export function summarise(story) {
  const event = fields(story.event);
  const consent = fields(event.consent);
  const { value, currency } = fields(event.commerce);
  const outcomes = outcomesOf(story);
  const decided = list(story.decisions).map(({ reason }) => text(reason));
  const isUndelivered = outcomes.some(({ state }) => state === 'dead' || state === 'retrying');
  return {
    offset: Number(story.offset),
    id: text(event.id),
    name: text(event.name),
    site: text(event.site),
    atMs: Number(event.receivedAtMs),
    url: text(fields(event.page).url),
    worth: typeof value === 'number' ? `${value} ${text(currency)}` : '',
    consent: fields(consent.types),
    session: fields(event.session),
    outcomes,
    ending: decided.find((reason) => endings.has(reason)) ?? '',
    isProblem:
      isUndelivered || decided.some((reason) => faults.has(reason)) || list(consent.problems).length > 0,
    isSettled: story.isProcessed === true && !outcomes.some(({ state }) => unsettled.has(state)),
  };
}

/** For each destination the last decision about it, or its delivery. @param {Fields} story */
export function outcomesOf(story) {
  /** @type {Map<string, Outcome>} */
  const found = new Map();
  for (const { destination, reason } of list(story.decisions)) {
    const state = stateOfReason.get(text(reason));
    const name = text(destination);
    if (state !== undefined) found.set(name, { destination: name, state, why: text(reasons[text(reason)]) });
  }
  for (const { destination, status, tries } of list(story.deliveries)) {
    const name = text(destination);
    const last = list(tries).at(-1);
    const state = status === 'pending' && last !== undefined ? 'retrying' : text(status);
    found.set(name, { destination: name, state, why: text(last?.note) });
  }
  return [...found.values()];
}

/** @param {Row} row */
export function rowNode(row) {
  const { number } = row.session;
  const slots = {
    time: timeOf(row.atMs),
    name: row.name,
    worth: row.worth,
    path: pathOf(row.url),
    consent: consentTypes.map((type) => chipNode(type, fields(row.consent[type]))),
    session: number === undefined ? '' : [sessionNode(row.session)],
    outcomes: [...row.outcomes.map(outcomeNode), ...endingNode(row.ending)],
  };
  const title = [row.name, row.url, row.site].join('\n');
  const attributes = { id: `e${row.offset}`, 'data-offset': String(row.offset), title };
  return fillOne('row', slots, { ...attributes, ...(row.isProblem && { 'data-problem': '' }) });
}

/** The same event as a link to its story. @param {Row} row */
export function resultNode(row) {
  const outcomes = [...row.outcomes.map(outcomeNode), ...endingNode(row.ending)];
  const slots = { time: timeOf(row.atMs), name: row.name, path: pathOf(row.url), outcomes };
  return fillOne('result', slots, { href: addressOf(row.id, row.offset), 'data-key': `go ${row.offset}` });
}

/** @param {Outcome} outcome */
export function outcomeNode({ destination, state, why }) {
  const [sign = '?', label = state] = states.get(state) ?? [];
  const title = why === '' ? `${destination}: ${label}` : `${destination}: ${label}. ${why}`;
  return el(
    'span',
    { title, 'data-state': state },
    el('b', { role: 'img', 'aria-label': label }, sign),
    destination,
  );
}

/** @param {string} type @param {Fields} answer */
function chipNode(type, { granted, basis, by }) {
  const state = granted === true ? 'granted' : basis === 'signal' ? 'denied' : 'undecided';
  const letter = { ad_storage: 'S', ad_user_data: 'U', ad_personalization: 'P' }[type] ?? 'A';
  const title = `${type} ${state} (${worded(text(basis))}: ${text(by)})`;
  return el('i', { role: 'img', 'data-state': state, 'aria-label': `${type} ${state}`, title }, letter);
}

/** @param {Fields} session */
function sessionNode({ number, isStart, isEngaged }) {
  const title = `Session ${number}${isStart ? ', starts here' : ''}, ${isEngaged ? 'engaged' : 'not engaged yet'}`;
  const data = { 'data-start': String(isStart === true), 'data-engaged': String(isEngaged === true) };
  return el('span', { class: 'session', title, ...data }, `#${number}`);
}

/** @param {string} reason */
function endingNode(reason) {
  return reason === '' ? [] : [el('em', { title: text(reasons[reason]) }, worded(reason))];
}

/** @param {string} url */
function pathOf(url) {
  const page = URL.parse(url);
  return page?.protocol.startsWith('http') ? page.pathname + page.search : url;
}
