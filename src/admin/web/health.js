// @ts-check
// The counters over the list, and how the destinations are.
import {
  addressOf,
  button,
  el,
  fields,
  fill,
  fillOne,
  list,
  plural,
  span,
  sum,
  text,
  worded,
} from './parts.js';
import { reasons } from './rows.js';

/** @typedef {import('./parts.js').Fields} Fields */

const maxLetters = 50;

/** Fills the tiles of the strip; each names in the page what it counts. @param {Fields} status */
export function fillStrip(status) {
  for (const tile of document.querySelectorAll('#strip dl > div')) {
    if (tile instanceof HTMLElement) fillTile(tile, status);
  }
}

/** @param {HTMLElement} tile @param {Fields} status */
function fillTile(tile, status) {
  const { reasons: names = '', queue = '' } = tile.dataset;
  const counts = countsOf(status, names);
  const queues = list(status.queues).filter((one) => one.status === queue);
  const byReason = Map.groupBy(counts, ({ reason }) => text(reason).replace('refused_', ''));
  const parts = [
    ...[...byReason].map(([reason, group]) => `${sum(group).toLocaleString('en')} ${worded(reason)}`),
    ...queues.map(({ destination, count }) => `${count} ${text(destination)}`),
  ];
  const total = sum([...counts, ...queues]);
  const [, number, detail] = tile.children;
  tile.toggleAttribute('data-none', total === 0);
  tile.title = parts.join('\n');
  number?.replaceChildren(total.toLocaleString('en'));
  // A tile of one reason would only repeat its own name.
  detail?.replaceChildren(names.includes(' ') || queue !== '' ? parts.join(' · ') : '');
}

/** @param {Fields} status @param {string} names */
function countsOf(status, names) {
  const wanted = new Set(names.split(' '));
  return list(status.counts).filter(({ reason }) => wanted.has(text(reason)));
}

/** @param {Fields} status @param {Fields[]} letters @param {(which: object) => Promise<void>} retry */
export function healthNodes(status, letters, retry) {
  const breakers = fields(status.breakers);
  const queued = list(status.queues).map(({ destination }) => text(destination));
  const names = [...new Set([...Object.keys(breakers), ...queued])].sort();
  const tiles = [...document.querySelectorAll('#strip [data-stops]')];
  const stops = tiles.map((tile) => tile.getAttribute('data-reasons')).join(' ');
  const stopped = countsOf(status, `${stops} dead`).sort((a, b) => Number(b.n) - Number(a.n));
  const owners = [...new Set(letters.map(({ destination }) => text(destination)))];
  const lag = Number(status.lag);
  const nodes = fill('health', {
    facts: [
      el(
        'span',
        {},
        lag === 0 ? 'The pipeline is up to date.' : `The pipeline has ${plural(lag, 'line')} to go.`,
      ),
    ],
    destinations: names.map((name) => destinationNode(name, status)),
    retry: owners.map((name) =>
      button(`Retry all of ${name}`, `retry ${name}`, () => retry({ destination: name })),
    ),
    letters: letters.slice(0, maxLetters).map((letter) => letterNode(letter, retry)),
    reasons: stopped.map(reasonNode),
    none: stopped.length === 0 ? 'None has, since the gateway started.' : '',
  });
  if (letters.length === 0) nodes.querySelector('.dead')?.remove();
  return nodes;
}

/** @param {string} name @param {Fields} status */
function destinationNode(name, status) {
  const own = list(status.queues).find((queue) => queue.destination === name && queue.status === 'pending');
  const age = own === undefined ? '' : span(Date.now() - Number(own.oldestAtMs));
  const delivered = countsOf(status, 'delivered').filter(({ subject }) => subject === name);
  const queued = Number(own?.count ?? 0).toLocaleString('en');
  const third = age === '' ? queued : `${queued}, oldest ${age}`;
  const second = [breakerNode(fields(fields(status.breakers)[name]))];
  return fillOne('health-row', { name, second, third, fourth: sum(delivered).toLocaleString('en') }, {});
}

/** @param {Fields} breaker */
function breakerNode({ failures, openUntilMs }) {
  const restMs = Number(openUntilMs ?? 0) - Date.now();
  if (restMs > 0) return el('span', { 'data-state': 'dead' }, `resting, tries again in ${span(restMs)}`);
  if (Number(failures ?? 0) === 0) return el('span', { 'data-state': 'delivered' }, 'fine');
  return el('span', { 'data-state': 'retrying' }, `${plural(Number(failures), 'failure')} in a row`);
}

/** @param {Fields} count */
function reasonNode({ reason, subject, n }) {
  const slots = { name: worded(text(reason)), second: text(subject), third: Number(n).toLocaleString('en') };
  return fillOne('reason-row', slots, { title: text(reasons[text(reason)]) });
}

/** @param {Fields} letter @param {(which: object) => Promise<void>} retry */
function letterNode({ id, eventId, offset, destination, tries }, retry) {
  const link = { href: addressOf(text(eventId), Number(offset)), 'data-key': `go ${id}` };
  const slots = {
    link: [el('a', link, el('b', {}, text(destination)), el('code', {}, text(eventId)))],
    retry: [button('Retry', `retry ${id}`, () => retry({ ids: [Number(id)] }))],
    note: text(list(tries).at(-1)?.note),
  };
  return fillOne('letter', slots, {});
}
