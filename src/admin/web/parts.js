// @ts-check
// What every view is made of. What an event says is hostile: it enters the page as text, never as markup or address.

/** @typedef {Record<string, unknown>} Fields */

const maxOptions = 100;
const maxEntries = 200;
const maxCharacters = 2000;

/**
 * A new element; strings become text nodes.
 * @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children
 */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A copy of a template of the page, its slots filled. @param {string} id @param {Record<string, string | Node[]>} slots */
export function fill(id, slots) {
  const template = byId(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`#${id} is no template.`);
  const copy = document.importNode(template.content, true);
  for (const node of copy.querySelectorAll('[data-slot]')) {
    const content = slots[node.getAttribute('data-slot') ?? ''] ?? '';
    node.replaceChildren(...(typeof content === 'string' ? [content] : content));
  }
  return copy;
}

/**
 * A copy of a template that is one element, with attributes of its own.
 * @param {string} id @param {Record<string, string | Node[]>} slots @param {Record<string, string>} attributes
 */
export function fillOne(id, slots, attributes) {
  const node = fill(id, slots).firstElementChild;
  if (!(node instanceof HTMLElement)) throw new Error(`#${id} is empty.`);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/**
 * A JSON value to unfold; what is folded is not built. `unfolded` holds the paths that start open.
 * @param {string} name @param {unknown} value @param {string} path @param {Set<string>} unfolded @returns {HTMLElement}
 */
export function treeNode(name, value, path, unfolded) {
  if (typeof value !== 'object' || value === null)
    return el('div', { class: 'leaf' }, el('span', {}, name), leafNode(value));
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  const node = el(
    'details',
    { 'data-key': path },
    el('summary', { 'data-key': `fold ${path}` }, name, el('small', {}, size)),
  );
  const build = () => {
    if (node.childElementCount > 1) return;
    for (const [inner, one] of entries.slice(0, maxEntries))
      node.append(treeNode(inner, one, `${path}/${inner}`, unfolded));
    const more = entries.length - maxEntries;
    if (more > 0) node.append(el('p', { class: 'note' }, `and ${more} more; Copy JSON has them all`));
  };
  node.addEventListener('toggle', build);
  node.toggleAttribute('open', unfolded.has(path));
  if (unfolded.has(path)) build();
  return node;
}

/** @param {unknown} value */
function leafNode(value) {
  const whole = JSON.stringify(value) ?? '';
  const more = whole.length - maxCharacters;
  const words = more > 0 ? `${whole.slice(0, maxCharacters)}… and ${more} more characters` : whole;
  return el('code', { 'data-type': typeof value }, words);
}

/** @param {string} name @param {unknown} value */
export function copyButton(name, value) {
  return button('Copy JSON', `copy ${name}`, async () => {
    // Browsers offer the clipboard to https and localhost only.
    if (navigator.clipboard === undefined) return say('Copying needs https or localhost');
    await navigator.clipboard.writeText(JSON.stringify(value, null, 2));
    say('Copied');
  });
}

/** A button that is off while it works. @param {string} label @param {string} key @param {() => Promise<void>} act */
export function button(label, key, act) {
  const node = el('button', { type: 'button', 'data-key': key }, label);
  node.addEventListener('click', () => {
    node.toggleAttribute('disabled', true);
    act()
      .catch((error) => say(String(error)))
      .finally(() => node.toggleAttribute('disabled', false));
  });
  return node;
}

/** Tells the person at the page, for a few seconds. @param {string} message */
export function say(message) {
  byId('said').replaceChildren(el('span', {}, message));
}

/** @param {HTMLInputElement | HTMLSelectElement} field @param {string} value */
export function addOption(field, value) {
  if (!(field instanceof HTMLSelectElement) || field.length > maxOptions) return;
  if (![...field.options].some((option) => option.value === value))
    field.append(el('option', { value }, value));
}

/** Asks the admin API; an error of its own becomes an Error. @param {string} path @param {RequestInit} [init] */
export async function ask(path, init) {
  const answer = await fetch(path, init);
  const body = fields(await answer.json());
  if (answer.ok) return body;
  throw new Error(text(fields(body.error).message) || `The gateway answered ${answer.status}.`);
}

/** @param {string} id @param {number} offset */
export function addressOf(id, offset) {
  return `#event=${encodeURIComponent(id)}&offset=${offset}`;
}

/** A reason's name as words. @param {string} reason */
export function worded(reason) {
  return reason.replaceAll('_', ' ');
}

/** @param {number} n @param {string} noun */
export function plural(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** A stretch of time in its fitting unit, `12 ms` or `4 min`; empty for none. @param {number} ms */
export function span(ms) {
  if (!(ms > 0)) return '';
  if (ms < 1000) return `${Math.ceil(ms)} ms`;
  if (ms < 90_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** A time of day; hostile times show as nothing. @param {number} atMs */
export function timeOf(atMs) {
  return Math.abs(atMs) < 8.64e15 ? clock.format(atMs) : '';
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Any value as an object to read from. @param {unknown} value @returns {Fields} */
export function fields(value) {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** @param {unknown} value @returns {Fields[]} */
export function list(value) {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** @param {unknown} value @returns {string} */
export function text(value) {
  return typeof value === 'string' ? value : '';
}

/** The sum of counters (`n`) or queue depths (`count`). @param {Fields[]} counts */
export function sum(counts) {
  return counts.reduce((total, { n, count }) => total + Number(n ?? count ?? 0), 0);
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`The page has no #${id}.`);
  return node;
}
