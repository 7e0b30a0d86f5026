// @ts-check
// The debugger's page: the live list, the panel beside it, and what ties them to the address and the keyboard.
import { fillStrip, healthNodes } from './health.js';
import { addOption, addressOf, ask, byId, fields, fill, list, plural, say, text } from './parts.js';
import { resultNode, rowNode, summarise } from './rows.js';
import { storyNodes } from './story.js';

/** @typedef {import('./parts.js').Fields} Fields */
/** @typedef {import('./rows.js').Row} Row */

const maxRows = 500;
const maxKept = 2000;
const statusEveryMs = 2000;
const advice =
  'Search takes a whole event id, order id, click id, session id or visitor key, as it was recorded.';

const isNarrow = matchMedia('(max-width: 899px)');
const panel = byId('panel');
const grid = byId('list');
const rowsBox = byId('rows');
const searchField = fieldOf('key');
const bySite = fieldOf('by-site');
const byName = fieldOf('by-name');
const byDestination = fieldOf('by-destination');
const byProblem = fieldOf('by-problem');
const filters = [bySite, byName, byDestination, byProblem];

/** Oldest first: insertion order is log order. @type {Map<number, Row>} */
const kept = new Map();
/** @type {Fields[]} */
let arrived = [];
/** What /api/status said last. @type {Fields | null} */
let status = null;
/** @type {Fields[]} */
let letters = [];
let lastOffset = 0;
let sweptTo = 0;
let active = 0;
let isPaused = false;
let isDrawing = false;
let shownKey = '';
let turn = 0;

start();

function start() {
  addEventListener('hashchange', route);
  document.addEventListener('keydown', onKey);
  byId('find').addEventListener('submit', (event) => {
    event.preventDefault();
    const wanted = searchField.value.trim();
    if (wanted !== '') location.hash = `find=${encodeURIComponent(wanted)}`;
  });
  for (const field of filters) field.addEventListener('input', redraw);
  byId('clear').addEventListener('click', clearFilters);
  byId('pause').addEventListener('click', togglePause);
  rowsBox.addEventListener('click', ({ target }) => {
    const line = target instanceof Element ? target.closest('tr') : null;
    if (line !== null) openRow(Number(line.dataset.offset));
  });
  panel.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.matches('[data-close]')) closePanel();
  });
  showTotals();
  openLive();
  route();
  void pollStatus();
}

/** @param {string} id */
function fieldOf(id) {
  const node = byId(id);
  if (node instanceof HTMLInputElement || node instanceof HTMLSelectElement) return node;
  throw new Error(`#${id} is no field.`);
}

// --- Live ---

function openLive() {
  const source = new EventSource('api/live');
  source.onopen = () => showConnection('live');
  source.onmessage = ({ data }) => receive([fields(JSON.parse(data))]);
  source.onerror = () => {
    showConnection('reconnecting');
    // An answer that is no stream (a proxy's 502) ends an EventSource for good; a new one goes on after what is here.
    if (source.readyState === EventSource.CLOSED) setTimeout(reopenLive, 3000);
  };
}

async function reopenLive() {
  if (lastOffset > 0) await fetchEvents(lastOffset, maxRows).then(receive, () => undefined);
  openLive();
}

/** @param {string} state */
function showConnection(state) {
  const line = byId('connection');
  if (line.dataset.state === state) return;
  line.dataset.state = state;
  line.textContent = state;
}

/** @param {Fields[]} stories */
function receive(stories) {
  for (const story of stories) {
    if (Number(story.offset) <= lastOffset) continue;
    lastOffset = Number(story.offset);
    arrived.push(story);
  }
  // Nothing is drawn while paused or while the tab is hidden; the oldest go, so that memory stays bounded.
  if (arrived.length > maxKept) arrived = arrived.slice(-maxKept);
  if (isPaused) return showTotals();
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(drawArrived);
}

function drawArrived() {
  isDrawing = false;
  if (isPaused) return;
  const rows = arrived.map(summarise);
  arrived = [];
  for (const row of rows) {
    kept.set(row.offset, row);
    addOption(bySite, row.site);
    for (const { destination } of row.outcomes) addOption(byDestination, destination);
  }
  for (const offset of [...kept.keys()].slice(0, -maxKept)) kept.delete(offset);
  rowsBox.prepend(...newestNodes(rows));
  while (rowsBox.childElementCount > maxRows) rowsBox.lastElementChild?.remove();
  showTotals();
}

function redraw() {
  rowsBox.replaceChildren(...newestNodes([...kept.values()]));
  showTotals();
}

/** @param {Row[]} rows */
function newestNodes(rows) {
  return rows
    .filter(mayShow)
    .slice(-maxRows)
    .reverse()
    .map((row) => markRow(rowNode(row)));
}

/** @param {HTMLElement} line */
function markRow(line) {
  const { offset } = line.dataset;
  line.toggleAttribute('data-active', Number(offset) === active);
  line.setAttribute('aria-selected', String(shownKey === `event ${offset}`));
  return line;
}

function togglePause() {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  if (isPaused) showTotals();
  else drawArrived();
}

function showTotals() {
  const shown = rowsBox.childElementCount;
  const all = plural(kept.size, 'event');
  byId('shown').textContent = shown === kept.size ? all : `${shown.toLocaleString('en')} of ${all}`;
  byId('pause').textContent = isPaused ? `Resume · ${arrived.length} new` : 'Pause';
  byId('empty').hidden = shown > 0;
  byId('clear').hidden = kept.size === 0;
  byId('hint').textContent =
    kept.size > 0
      ? `None of the ${all} here matches the filters.`
      : 'Nothing yet: open the site through the gateway, and its events appear here as they come.';
}

/** @param {Row} row */
function mayShow({ site, name, outcomes, isProblem }) {
  if (bySite.value !== '' && site !== bySite.value) return false;
  if (!name.toLowerCase().includes(byName.value.trim().toLowerCase())) return false;
  if (byProblem.matches(':checked') && !isProblem) return false;
  return (
    byDestination.value === '' || outcomes.some(({ destination }) => destination === byDestination.value)
  );
}

function clearFilters() {
  for (const field of filters) {
    if (field.type === 'checkbox' && field instanceof HTMLInputElement) field.checked = false;
    else field.value = '';
  }
  redraw();
}

// --- What the status tells, and the rows that still wait for an outcome ---

async function pollStatus() {
  if (!document.hidden) await refresh().catch(() => showConnection('reconnecting'));
  setTimeout(pollStatus, statusEveryMs);
}

async function refresh() {
  status = await ask('api/status');
  const mayHaveDead = letters.length > 0 || list(status.queues).some((queue) => queue.status === 'dead');
  if (mayHaveDead) letters = list((await ask('api/dead-letters')).items);
  byId('build').textContent = `${text(status.version)} · configuration ${text(status.config).slice(0, 12)}`;
  fillStrip(status);
  if (shownKey === 'health' || shownKey === '') showHealth();
  await sweep();
}

/** Up to 200 events at a time, round and round: one that waits for long does not keep the others from being seen. */
async function sweep() {
  const offsets = [...rowsBox.children].map(({ id }) => Number(id.slice(1))).reverse();
  const waiting = offsets.filter((offset) => kept.get(offset)?.isSettled === false);
  const first = waiting.find((offset) => offset > sweptTo) ?? waiting[0];
  if (first === undefined) return;
  const stories = await fetchEvents(first - 1, 200);
  sweptTo = Number(stories.at(-1)?.offset ?? 0);
  for (const story of stories) replaceRow(summarise(story));
}

/** @param {Row} row */
function replaceRow(row) {
  const old = kept.get(row.offset);
  if (old === undefined || JSON.stringify(old) === JSON.stringify(row)) return;
  kept.set(row.offset, row);
  if (mayShow(old) !== mayShow(row)) return redraw();
  document.getElementById(`e${row.offset}`)?.replaceWith(markRow(rowNode(row)));
}

/** @param {number} after @param {number} limit */
async function fetchEvents(after, limit) {
  return list((await ask(`api/events?after=${after}&limit=${limit}`)).events);
}

// --- The panel ---

function route() {
  turn += 1;
  const asked = new URLSearchParams(location.hash.slice(1));
  const wanted = asked.get('event') ?? asked.get('find');
  document.body.dataset.panel = wanted === null && location.hash !== '#health' ? 'rest' : 'open';
  if (wanted === null) return showHealth();
  void showWanted({ wanted, isEvent: asked.has('event'), offset: Number(asked.get('offset')) }, turn);
}

/**
 * Shows one event's story, or the events that go by a key; asks again while deliveries are under way.
 * @param {{ wanted: string, isEvent: boolean, offset: number }} asked @param {number} mine @param {number} againMs
 */
async function showWanted(asked, mine, againMs = 1000) {
  const { wanted, isEvent, offset } = asked;
  try {
    const found = list((await ask(`api/explain?key=${encodeURIComponent(wanted)}&limit=500`)).events);
    if (mine !== turn) return;
    const stories = isEvent ? found.filter((story) => fields(story.event).id === wanted) : found;
    const story = stories.find((one) => one.offset === offset) ?? stories[0];
    if (story === undefined) return showMessage('Nothing found', `${wanted} is not known here. ${advice}`);
    if (!isEvent && stories.length > 1) return showResults(wanted, stories);
    const row = summarise(story);
    show(`event ${row.offset}`, (unfolded) => storyNodes(story, isEvent ? stories.length : 1, unfolded));
    replaceRow(row);
    // A second while it is fresh, slower the longer it takes: a dead platform may keep an event for hours.
    if (!row.isSettled) setTimeout(askAgain, againMs, asked, mine, Math.min(againMs * 1.3, 10_000));
  } catch (error) {
    if (mine === turn) showMessage('The gateway did not answer', error instanceof Error ? error.message : '');
  }
}

/** @type {typeof showWanted} */
async function askAgain(asked, mine, againMs) {
  if (mine === turn) await showWanted(asked, mine, againMs);
}

/** @param {string} wanted @param {Fields[]} stories */
function showResults(wanted, stories) {
  const results = stories.map((story) => resultNode(summarise(story)));
  const words = `${plural(stories.length, 'event')}, oldest first`;
  show(`find ${wanted}`, () => fill('message', { title: wanted, text: words, results }));
}

/** @param {string} title @param {string} words */
function showMessage(title, words) {
  show(`message ${words}`, () => fill('message', { title, text: words }));
}

function showHealth() {
  const known = status;
  if (known === null) return;
  for (const name of Object.keys(fields(known.breakers))) addOption(byDestination, name);
  show('health', () => healthNodes(known, letters, retryLetters));
}

/** @param {object} which */
async function retryLetters(which) {
  const headers = { 'content-type': 'application/json' };
  const { revived } = await ask('api/dead-letters/retry', {
    method: 'POST',
    headers,
    body: JSON.stringify(which),
  });
  say(`${plural(Number(revived), 'dead letter')} back in the queue`);
  await refresh();
}

/**
 * Puts new content into the panel. The same content again (a refresh) keeps what is unfolded, focus and place.
 * @param {string} name @param {(unfolded: Set<string>) => DocumentFragment} build
 */
function show(name, build) {
  const isSame = name === shownKey;
  const unfolded = isSame ? [...panel.querySelectorAll('details[open]')].map(keyOf) : ['event'];
  const focused = panel.contains(document.activeElement) ? keyOf(document.activeElement) : '';
  const top = isSame ? panel.scrollTop : 0;
  shownKey = name;
  panel.replaceChildren(build(new Set(unfolded)));
  panel.scrollTop = top;
  const again = [...panel.querySelectorAll('[data-key]')].find((node) => keyOf(node) === focused);
  if (again instanceof HTMLElement && focused !== '') again.focus({ preventScroll: true });
  if (isSame) return;
  for (const line of rowsBox.children) if (line instanceof HTMLElement) markRow(line);
  if (isNarrow.matches && document.body.dataset.panel === 'open') panel.focus({ preventScroll: true });
}

/** @param {Element | null} node */
function keyOf(node) {
  return node?.getAttribute('data-key') ?? '';
}

/** @param {number} offset */
function openRow(offset) {
  const row = kept.get(offset);
  if (row === undefined) return;
  activate(offset);
  location.hash = addressOf(row.id, offset);
}

function closePanel() {
  if (location.hash === '') return;
  history.pushState(null, '', location.pathname + location.search);
  route();
  grid.focus({ preventScroll: true });
}

// --- Keyboard ---

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isField = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (event.key === 'Escape') return isField ? target.blur() : closePanel();
  if (isField) return;
  if (event.key === '/') {
    event.preventDefault();
    return searchField.focus();
  }
  if (target !== grid && target !== document.body) return;
  if (event.key === 'Enter') return openRow(active);
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  event.preventDefault();
  const current = document.getElementById(`e${active}`);
  const next = event.key === 'ArrowDown' ? current?.nextElementSibling : current?.previousElementSibling;
  moveTo(current === null ? rowsBox.firstElementChild : next);
}

/** @param {Element | null | undefined} line */
function moveTo(line) {
  if (!(line instanceof HTMLElement)) return;
  grid.focus({ preventScroll: true });
  activate(Number(line.dataset.offset));
  line.scrollIntoView({ block: 'nearest' });
}

/** @param {number} offset */
function activate(offset) {
  const before = document.getElementById(`e${active}`);
  active = offset;
  for (const line of [before, document.getElementById(`e${offset}`)]) if (line !== null) markRow(line);
  grid.setAttribute('aria-activedescendant', `e${offset}`);
}
