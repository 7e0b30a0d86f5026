import { createLinker, type Linker } from './linker.ts';

/**
 * The browser script: bundled into one file, minified and served from the site's own domain.
 *
 *     <script>window.tl = window.tl || function () { (tl.q = tl.q || []).push(arguments) }</script>
 *     <script async src="/t/s.js"></script>
 *
 *     tl('event', 'add_to_cart', { value: 59.9, currency: 'EUR', items: [{ id: 'S-1' }] })
 *     tl('page', { section: 'shoes' })
 *     tl('purchase', { transactionId: '10023', value: 119.8, currency: 'EUR', items: [] })
 *     tl('identify', 'u-4711', { email: 'ada@example.com' })
 *     tl('consent', { analytics_storage: 'granted', ad_storage: 'denied' })
 *
 * Attributes of the script tag: `data-name` (the global, `tl`), `data-endpoint` (`e` beside the script), `data-auto`
 * (`off`: no automatic page views), `data-consent-cookie` (`tl_consent`), `data-cookie-domain` (the page's own host),
 * `data-link` (parameter, path and hosts of the hand-over to the site's other domains; the gateway states them by itself).
 * Where a script goes to another domain by itself: `location.href = await tl.decorate(url)`.
 *
 * Nothing is stored on the device until the site states the visitor's choice. Nothing here throws into the page.
 */

type Fields = Readonly<Record<string, unknown>>;

/** The order of the characters in the consent cookie. */
const consentTypes = [
  'ad_storage',
  'analytics_storage',
  'ad_user_data',
  'ad_personalization',
  'functionality_storage',
  'personalization_storage',
  'security_storage',
];
const consentDays = 180;
/** Event fields that a call may state; everything else is a property. */
const eventFields =
  'id value currency transactionId transaction_id items coupon tax shipping user userId'.split(' ');
const maxTries = 3;
/** A browser lets 64 KiB be in flight beyond the page's end (Fetch standard, section 4.6, 2026-11-23). */
const maxKeepaliveCharacters = 60_000;
const maxBatchEvents = 100;
/** A page that ends says so twice, a moment apart; what is between is not attention. */
const minEngagementMs = 100;

const tag = document.currentScript;
if (tag instanceof HTMLScriptElement && tag.src) start(tag);

function start({ src, dataset }: HTMLScriptElement): void {
  const name = dataset['name'] || 'tl';
  const stub: unknown = Reflect.get(window, name);
  // The script is on the page twice: the first one goes on, or every view would count double.
  if (typeof stub === 'function' && 'v' in stub) return;
  const queue: unknown[] = typeof stub === 'function' && 'q' in stub && Array.isArray(stub.q) ? stub.q : [];
  let isRunning = false;
  const endpoint = new URL(dataset['endpoint'] || 'e', src).href;
  const linker = createLinker(endpoint, dataset['link']);
  const tracker = createTracker(endpoint, linker, dataset);
  const api = (...call: unknown[]): void => {
    if (isRunning) tracker.run(call);
    else queue.push(call);
  };
  Reflect.set(window, name, Object.assign(api, { v: 1, decorate: linker.decorate }));
  const begin = (): void => {
    isRunning = true;
    tracker.begin();
    for (const call of queue) if (isList(call)) tracker.run(Array.from(call));
  };
  // Nobody sees a page while it is prerendered.
  if ('prerendering' in document && document.prerendering)
    document.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
}

interface Tracker {
  /** The first view, and from then on what happens to the page. */
  begin(): void;
  /** One call of the global: a command and what was given with it. */
  run(call: readonly unknown[]): void;
}

function createTracker(endpoint: string, linker: Linker, dataset: DOMStringMap): Tracker {
  const isAutomatic = dataset['auto'] !== 'off';
  const transport = createTransport(endpoint, linker.renew);
  const engagement = createEngagement();
  const recorder = createRecorder(transport, engagement, linker.arrived);
  const decided = (choice: Fields): void => {
    transport.consent(choice);
    linker.forget();
  };
  const commands = createCommands(recorder, decided, dataset);
  const viewIfMoved = (): void => {
    if (isAutomatic && recorder.hasMoved()) recorder.view();
  };
  const leave = (): void => {
    viewIfMoved();
    if (engagement.peek() >= minEngagementMs) recorder.record('user_engagement');
    transport.leave();
  };
  return {
    begin() {
      if (isAutomatic) recorder.view();
      watchPage({ viewIfMoved, leave, comeBack: () => isAutomatic && recorder.view() });
    },
    run([command, ...given]) {
      try {
        if (command !== 'page') viewIfMoved();
        commands.get(command)?.(...given);
      } catch {
        // The page must not break because of what it measures.
      }
    },
  };
}

interface Recorder {
  record(name: string, given?: unknown): void;
  view(given?: unknown): void;
  /** True once the address is another page's than that of the last view. */
  hasMoved(): boolean;
  /** Who the visitor is, from now on. */
  identify(id: unknown, contact: unknown): void;
}

function createRecorder(transport: Transport, engagement: Engagement, arrived: string | undefined): Recorder {
  let current = '';
  // With the first event, and with the choice that lets it count.
  let link = arrived;
  let referrer = document.referrer;
  let identity: Fields = {};
  const record = (name: string, given?: unknown): void => {
    const fields: Record<string, unknown> = {};
    const properties: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(given || {}))
      (eventFields.includes(key) ? fields : properties)[key] = value;
    transport.push({
      id: randomId(),
      ...identity,
      ...fields,
      name,
      time: Date.now(),
      page: {
        url: location.href,
        referrer,
        title: document.title,
        link: name === 'consent_update' ? arrived : link,
      },
      engagementMs: engagement.take(),
      properties,
    });
    link = undefined;
  };
  return {
    record,
    view(given) {
      if (current && current !== location.href) referrer = current;
      current = location.href;
      record('page_view', given);
    },
    // A fragment is a place on the page, not another page.
    hasMoved: () => current !== '' && current.split('#')[0] !== location.href.split('#')[0],
    identify(id, contact) {
      identity = { userId: id, user: contact };
    },
  };
}

type Command = (...given: unknown[]) => void;

function createCommands(
  { record, view, identify }: Recorder,
  decided: (choice: Fields) => void,
  dataset: DOMStringMap,
): ReadonlyMap<unknown, Command> {
  return new Map<unknown, Command>([
    ['page', view],
    ['event', (name, given) => typeof name === 'string' && record(name, given)],
    ['purchase', (given) => record('purchase', given)],
    [
      'identify',
      (id, contact) => {
        identify(id, contact);
        record('identify');
      },
    ],
    [
      'consent',
      (given) => {
        const choice = readChoice(given);
        if (!Object.keys(choice).length) return;
        writeConsentCookie(choice, dataset);
        decided(choice);
        record('consent_update');
      },
    ],
  ]);
}

interface Transport {
  push(event: Fields): void;
  /** States the choice with everything that is sent from now on, for a browser that keeps no cookie. */
  consent(choice: Fields): void;
  leave(): void;
}

/** Sends the events of one tick together; what fails is kept in memory and tried again, one second later and doubling. */
function createTransport(endpoint: string, answered: () => void): Transport {
  const loadId = randomId();
  let waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let choice: Fields | undefined;
  const bodyOf = (events: readonly string[]): string => {
    const envelope = JSON.stringify({ ...describeBrowser(), loadId, consent: choice });
    return `${envelope.slice(0, -1)},"events":[${events.join()}]}`;
  };
  const flushLater = (delayMs: number): void => {
    if (timer === undefined) timer = setTimeout(flush, delayMs);
  };
  const flush = async (): Promise<void> => {
    timer = undefined;
    const events = waiting.splice(0, maxBatchEvents);
    if (!events.length) return;
    if (!(await post(endpoint, bodyOf(events))) && tries < maxTries) {
      waiting = [...events, ...waiting];
      flushLater(1000 * 2 ** tries++);
      return;
    }
    tries = 0;
    answered();
    if (waiting.length) flushLater(0);
  };
  return {
    push(event) {
      // As text at once: what the page changes afterwards is not what happened.
      waiting.push(JSON.stringify(event));
      flushLater(0);
    },
    consent(given) {
      choice = { ...choice, ...given };
    },
    leave() {
      if (!waiting.length) return;
      if (navigator.sendBeacon(endpoint, bodyOf(waiting))) waiting = [];
      else void flush();
    },
  };
}

function describeBrowser(): Fields {
  return {
    v: 1,
    sentAt: Date.now(),
    screen: `${screen.width}x${screen.height}`,
    language: navigator.language,
    gpc: ('globalPrivacyControl' in navigator && navigator.globalPrivacyControl === true) || undefined,
  };
}

/** As text, so that the browser asks nothing first. True: taken, or refused for good. */
async function post(endpoint: string, body: string): Promise<boolean> {
  const keepalive = body.length < maxKeepaliveCharacters;
  try {
    const { status } = await fetch(endpoint, { method: 'POST', body, keepalive, credentials: 'include' });
    return status < 500 && status !== 429;
  } catch {
    return false;
  }
}

interface Engagement {
  peek(): number;
  /** What was counted since the last time; undefined where that is nothing. */
  take(): number | undefined;
}

/** Milliseconds in which the page was both visible and focused. */
function createEngagement(): Engagement {
  let totalMs = 0;
  let sinceMs: number | undefined;
  const count = (): void => {
    const nowMs = performance.now();
    if (sinceMs !== undefined) totalMs += nowMs - sinceMs;
    sinceMs = document.visibilityState === 'visible' && document.hasFocus() ? nowMs : undefined;
  };
  const peek = (): number => {
    count();
    return Math.round(totalMs);
  };
  for (const change of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(change, count);
  document.addEventListener('visibilitychange', count);
  count();
  return {
    peek,
    take() {
      const engagedMs = peek();
      totalMs = 0;
      return engagedMs || undefined;
    },
  };
}

/** Navigation within the page, its end, and its return from the back/forward cache, where it is seen again. */
function watchPage(page: { viewIfMoved(): void; leave(): void; comeBack(): void }): void {
  // A tick later, so that the application has set its title.
  const moved = (): void => {
    setTimeout(page.viewIfMoved);
  };
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = (...args) => {
      original.apply(history, args);
      moved();
    };
  }
  addEventListener('popstate', moved);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) page.comeBack();
  });
  addEventListener('pagehide', page.leave);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') page.leave();
  });
}

function readChoice(given: unknown): Record<string, string> {
  const choice: Record<string, string> = {};
  for (const [type, state] of Object.entries(given || {}))
    if (consentTypes.includes(type) && (state === 'granted' || state === 'denied')) choice[type] = state;
  return choice;
}

/** `1.` and one character for each type: granted, denied or unset. What is not stated stays as it was. */
function writeConsentCookie(choice: Readonly<Record<string, string>>, dataset: DOMStringMap): void {
  const name = `${dataset['consentCookie'] || 'tl_consent'}=`;
  const before = document.cookie.split('; ').find((cookie) => cookie.startsWith(`${name}1.`)) ?? '';
  const states = consentTypes.map((type, index) => {
    const kept = before.charAt(name.length + 2 + index);
    return choice[type]?.charAt(0) ?? (kept === 'g' || kept === 'd' ? kept : 'u');
  });
  const domain = dataset['cookieDomain'];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous and asks for https.
  document.cookie =
    `${name}1.${states.join('')};path=/;max-age=${consentDays * 86_400};SameSite=Lax` +
    (location.protocol === 'https:' ? ';Secure' : '') +
    (domain ? `;domain=${domain}` : '');
}

/** 128 random bits; `crypto.randomUUID` is missing on pages without https. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return typeof value === 'object' && value !== null && 'length' in value;
}
