// @ts-check
// One event's whole story, as the panel shows it.
import { copyButton, el, fields, fill, fillOne, list, span, text, timeOf, treeNode } from './parts.js';
import { outcomeNode, outcomesOf, states } from './rows.js';

/** @typedef {import('./parts.js').Fields} Fields */
/** @typedef {import('./rows.js').Outcome} Outcome */

const marks = new Map([
  ['ok', ['✓', 'fine']],
  ['look', ['!', 'worth a look']],
  ['stop', ['✕', 'stopped here']],
]);

/** @param {Fields} story @param {number} sameId @param {Set<string>} unfolded */
export function storyNodes(story, sameId, unfolded) {
  const event = fields(story.event);
  const timeline = fields(story.timeline);
  const deliveries = list(story.deliveries);
  const facts = [timeOf(Number(event.receivedAtMs)), text(event.site), text(event.protocol)];
  const keys = keysOf(event).map(([label, value]) => findLink(text(value), text(label), text(value)));
  const again = sameId > 1 ? [findLink(text(event.id), `${sameId} events came with this id`, '')] : [];
  const sent = outcomesOf(story).map((outcome) => sentNode(outcome, deliveries, unfolded));
  return fill('story', {
    name: text(event.name),
    url: text(fields(event.page).url),
    facts: facts.map((fact) => el('span', {}, fact)),
    keys: [...keys, ...again],
    thread: threadNodes(list(timeline.rows), Number(timeline.atMs)),
    destinations: sent.length > 0 ? sent : [el('li', { class: 'note' }, 'It went to none.')],
    copy: [copyButton('event', event)],
    json: [treeNode('event', event, 'event', unfolded)],
  });
}

/** What the event, and more of its kind, can be found by. @param {Fields} event */
function keysOf(event) {
  const clickIds = Object.entries(fields(fields(fields(event.campaign).touch).clickIds)).slice(0, 20);
  const keys = [
    ['order', fields(event.commerce).transactionId],
    ['session', fields(event.session).id],
    ['visitor', fields(event.visitor).key],
    ...clickIds.map(([name, id]) => [name, fields(id).value]),
  ];
  return keys.filter(([, value]) => text(value) !== '');
}

/** @param {string} wanted @param {string} label @param {string} value */
function findLink(wanted, label, value) {
  const attributes = {
    href: `#find=${encodeURIComponent(wanted)}`,
    title: value,
    'data-key': `find ${label}`,
  };
  return el('a', attributes, label, el('code', {}, value));
}

/** @param {Fields[]} rows @param {number} fromMs */
function threadNodes(rows, fromMs) {
  return rows.map(({ mark, stop, text: words, details, atMs }, index) => {
    const [sign = '·', label = 'fact'] = marks.get(text(mark)) ?? [];
    const after = span(Number(atMs) - fromMs);
    const slots = {
      mark: [el('b', { role: 'img', 'aria-label': label }, sign)],
      stop: stop === rows[index - 1]?.stop ? '' : text(stop),
      text: text(words),
      details: Array.isArray(details) ? details.map((line) => el('li', {}, text(line))) : '',
      after: after === '' ? '' : `+${after}`,
    };
    return fillOne('thread-row', slots, { 'data-mark': text(mark) });
  });
}

/** @param {Outcome} outcome @param {Fields[]} deliveries @param {Set<string>} unfolded */
function sentNode(outcome, deliveries, unfolded) {
  const { destination, state, why } = outcome;
  const delivery = deliveries.find((one) => one.destination === destination);
  const tries = list(delivery?.tries).length;
  const label = `${states.get(state)?.[1] ?? state}${tries > 1 ? `, ${tries} tries` : ''}`;
  const slots = { outcome: [outcomeNode(outcome)], label, why };
  if (delivery === undefined) return fillOne('sent-row', slots, {});
  const payload = fields(delivery.payload);
  const body = payload.body ?? payload;
  const path = `payload ${destination}`;
  const json = [treeNode('payload', body, path, unfolded)];
  return fillOne('sent-row', { ...slots, copy: [copyButton(path, body)], json }, {});
}
