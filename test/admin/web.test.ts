import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdmin } from '../../src/admin/server.ts';
import { page as document, script } from '../../src/admin/web/page.ts';
import type { Decision } from '../../src/model/decision.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { reasons } from '../../src/model/reason.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { DeliveryRow, EventStory, Reader } from '../../src/store/ports.ts';
import { launchBrowser } from '../e2e/browser.ts';

const hostile = '<img src=x onerror="window.isBroken = true">';
const receivedAtMs = Date.parse('2026-11-23T12:00:00Z');

/** What the admin port was asked to put back in the queue. */
interface Revived {
  readonly destination: string | null;
  readonly ids: readonly number[] | null;
}

let browser: Browser;
let server: Server;
let origin: string;
let page: Page;
let stories: EventStory[];
let revived: Revived[];
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  stories = [];
  revived = [];
  complaints = [];
  server = startAdmin();
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  // A blocked script, style or handler and an uncaught error all end up here.
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterEach(async () => {
  const isBroken = await page.evaluate('window.isBroken === true');
  await page.close();
  server.closeAllConnections();
  server.close();
  expect(isBroken).toBe(false);
  expect(complaints).toEqual([]);
});

function startAdmin() {
  const metrics = createMetrics();
  metrics.add([
    { stop: 'capture', reason: 'received', subject: 'throughline', n: 1200 },
    { stop: 'capture', reason: 'refused_malformed', subject: 'ga4', n: 7 },
    { stop: 'gate', reason: 'consent_denied', subject: 'meta', n: 30 },
  ]);
  const app = createAdmin({
    reader: readerOf(() => stories),
    metrics,
    token: null,
    version: '0.1.0',
    unmatched: () => [{ rule: 'leads', reason: 'rule_not_matched', falsePart: 'event.name == "lead"' }],
    breakers: async () => ({
      meta: { failures: 2, openUntilMs: 0 },
      webhook: { failures: 0, openUntilMs: 0 },
    }),
    erase: async () => ({ events: 0, queued: 0, states: 0 }),
    revive: async (destination, ids) => {
      revived.push({ destination, ids });
      return 1;
    },
    configVersion: () => 'abcdef0123456789',
  });
  return app.listen(0, '127.0.0.1');
}

function readerOf(all: () => readonly EventStory[]): Reader {
  const letters = () =>
    all().flatMap(({ deliveries }) => deliveries.filter(({ status }) => status === 'dead'));
  return {
    find: (key, limit) =>
      all()
        .filter((story) => keysOf(story).includes(key))
        .slice(0, limit),
    since: (offset, limit) =>
      all()
        .filter((story) => story.offset > offset)
        .slice(0, limit),
    lastOffset: () => all().length,
    lag: () => 0,
    queues: () =>
      letters().map(({ destination }) => ({
        destination,
        status: 'dead',
        count: 1,
        oldestAtMs: receivedAtMs,
      })),
    losses: () => [],
    deadLetters: letters,
    close: () => undefined,
  };
}

function keysOf({ event }: EventStory): readonly unknown[] {
  const visitor = event.visitor;
  return [
    event.id,
    typeof visitor === 'object' && visitor !== null && 'key' in visitor ? visitor.key : undefined,
  ];
}

const granted = { granted: true, basis: 'signal', by: 'consent-mode' };
const denied = { granted: false, basis: 'signal', by: 'consent-mode' };
const undecided = { granted: false, basis: 'region_default', by: 'opt_in' };

interface Told {
  readonly id: string;
  readonly name: string;
  readonly site?: string;
  readonly url?: string;
  readonly decisions?: readonly Decision[];
  readonly deliveries?: readonly DeliveryRow[];
}

/** The next event that the pipeline has worked through. */
function tell({
  id,
  name,
  site = 'shop',
  url = 'https://shop.example/cart',
  decisions = [],
  deliveries = [],
}: Told): void {
  const event: JsonObject = {
    id,
    name,
    site,
    protocol: 'throughline',
    receivedAtMs,
    page: { url },
    visitor: { key: 'visitor-1' },
    session: { id: 'session-1', number: 3, isStart: true, isEngaged: false },
    campaign: {},
    consent: {
      regime: 'opt_in',
      types: {
        analytics_storage: granted,
        ad_storage: denied,
        ad_user_data: undecided,
        ad_personalization: undecided,
      },
      problems: [],
    },
    properties: { note: hostile, ['__proto__']: hostile },
  };
  const received: Decision = { stop: 'capture', reason: 'received' };
  stories.push({
    offset: stories.length + 1,
    event,
    isProcessed: true,
    decisions: [received, ...decisions],
    deliveries,
  });
}

function deliveryOf(destination: string, status: DeliveryRow['status'], note: string): DeliveryRow {
  const tries = note === '' ? [] : [{ atMs: receivedAtMs + 40, note }];
  const payload = { eventId: 'e', occurredAtMs: receivedAtMs, body: { sent_as: hostile } };
  return {
    id: 71,
    offset: stories.length + 1,
    eventId: 'e',
    destination,
    status,
    tries,
    payload,
    dueAtMs: receivedAtMs,
  };
}

const rows = () => page.locator('#rows tr');
const panel = () => page.locator('#panel');

async function openDebugger(hash = ''): Promise<void> {
  await page.goto(`${origin}/${hash}`);
}

describe('the live list', () => {
  it('says what to do while there is nothing to show', async () => {
    await openDebugger();
    await page.getByText('Nothing yet: open the site through the gateway').waitFor();
  });

  it('shows events newest first, as they come', async () => {
    tell({ id: 'e1', name: 'page_view' });
    await openDebugger();
    await rows().nth(0).waitFor();
    tell({ id: 'e2', name: 'purchase' });
    await rows().nth(1).waitFor();
    expect(await page.locator('#rows td b[data-slot=name]').allTextContents()).toEqual([
      'purchase',
      'page_view',
    ]);
    expect(await page.locator('#connection').textContent()).toBe('live');
  });

  it('shows consent, session and what became of the event at each destination', async () => {
    const gate: Decision = { stop: 'gate', reason: 'consent_denied', destination: 'meta' };
    tell({
      id: 'e1',
      name: 'page_view',
      decisions: [gate],
      deliveries: [deliveryOf('webhook', 'delivered', 'HTTP 204')],
    });
    await openDebugger();
    await rows().nth(0).waitFor();
    const labels = await rows()
      .locator('[role=img]')
      .evaluateAll((nodes) => nodes.map((node) => node.ariaLabel));
    expect(labels).toEqual([
      'analytics_storage granted',
      'ad_storage denied',
      'ad_user_data undecided',
      'ad_personalization undecided',
      'stopped by consent',
      'delivered',
    ]);
    expect(await page.locator('.session').getAttribute('title')).toBe(
      'Session 3, starts here, not engaged yet',
    );
  });

  it('shows hostile text as text', async () => {
    const dead = deliveryOf(hostile, 'dead', hostile);
    tell({ id: hostile, name: hostile, site: hostile, url: `javascript:${hostile}`, deliveries: [dead] });
    await openDebugger();
    await rows().nth(0).click();
    await panel().locator('.thread li').nth(0).waitFor();
    for (const summary of await panel().locator('summary').all()) {
      if ((await summary.textContent())?.startsWith('payload')) await summary.click();
    }
    await panel().getByText('sent_as').waitFor();
    expect(await rows().nth(0).locator('td').nth(2).textContent()).toBe(`javascript:${hostile}`);
    expect(await panel().locator('h2').textContent()).toBe(hostile);
    expect(await page.locator('img, #panel script, a[href^="javascript:"]').count()).toBe(0);
  });

  it('filters by site, name, destination and problems, and goes back to all', async () => {
    tell({ id: 'e1', name: 'page_view', deliveries: [deliveryOf('ga4', 'delivered', 'HTTP 204')] });
    tell({ id: 'e2', name: 'purchase', deliveries: [deliveryOf('meta', 'dead', 'HTTP 400')] });
    tell({ id: 'e3', name: 'sign_up', site: 'blog' });
    await openDebugger();
    await rows().nth(2).waitFor();
    const names = () => page.locator('#rows td b[data-slot=name]').allTextContents();
    await page.getByLabel('Site').selectOption('blog');
    expect(await names()).toEqual(['sign_up']);
    await page.getByLabel('Site').selectOption('');
    await page.getByLabel('Event name contains').fill('PURCH');
    expect(await names()).toEqual(['purchase']);
    await page.getByLabel('Event name contains').fill('');
    await page.getByLabel('Destination').selectOption('ga4');
    expect(await names()).toEqual(['page_view']);
    await page.getByLabel('Problems only').check();
    await page.getByText('None of the 3 events here matches the filters.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    expect(await names()).toEqual(['sign_up', 'purchase', 'page_view']);
  });

  it('waits while paused and then shows what came', async () => {
    tell({ id: 'e1', name: 'page_view' });
    await openDebugger();
    await rows().nth(0).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    tell({ id: 'e2', name: 'purchase' });
    await page.getByRole('button', { name: 'Resume · 1 new' }).waitFor();
    expect(await rows().count()).toBe(1);
    await page.getByRole('button', { name: 'Resume' }).click();
    expect(await rows().count()).toBe(2);
  });

  it('keeps the newest 500 rows of a burst', async () => {
    await openDebugger();
    await page.locator('#connection[data-state=live]').waitFor();
    for (let n = 1; n <= 700; n += 1) tell({ id: `e${n}`, name: `event_${n}` });
    await page.locator('#e700').waitFor();
    expect(await rows().count()).toBe(500);
    expect(await page.locator('#shown').textContent()).toBe('500 of 700 events');
  });

  it('follows a delivery that was under way when the event came', async () => {
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('webhook', 'pending', '')] });
    await openDebugger();
    await rows().getByRole('img', { name: 'waiting in the outbox' }).waitFor();
    stories = [];
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('webhook', 'delivered', 'HTTP 204')] });
    await rows().getByRole('img', { name: 'delivered' }).waitFor();
  });
});

describe('the panel', () => {
  it('opens an event with its story, its payloads and its JSON, under an address of its own', async () => {
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('webhook', 'delivered', 'HTTP 204')] });
    await openDebugger();
    await rows().nth(0).click();
    await panel().getByText('leads: The rule did not match.').waitFor();
    expect(new URL(page.url()).hash).toBe('#event=e1&offset=1');
    await panel().getByText('not true: event.name == "lead"').waitFor();
    await panel().getByText('try 1: HTTP 204').waitFor();
    await panel().locator('summary', { hasText: 'payload' }).click();
    expect(await panel().locator('.sent .leaf').textContent()).toBe(`sent_as${JSON.stringify(hostile)}`);
    await panel().locator('summary', { hasText: 'properties' }).click();
    await panel().locator('.leaf', { hasText: '__proto__' }).waitFor();
  });

  it('opens the event that the address names and follows it until it is settled', async () => {
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('webhook', 'pending', 'HTTP 503')] });
    await openDebugger('#event=e1');
    await panel().getByText('will be tried again', { exact: true }).waitFor();
    await panel().locator('summary', { hasText: 'payload' }).click();
    stories = [];
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('webhook', 'delivered', 'HTTP 204')] });
    await panel().getByText('try 1: HTTP 204').waitFor();
    expect(await panel().locator('.sent details[open]').count()).toBe(1);
  });

  it('finds events by key: several as a list, one at once, none with advice', async () => {
    tell({ id: 'e1', name: 'page_view' });
    tell({ id: 'e2', name: 'purchase' });
    await openDebugger();
    const search = page.getByLabel('Find an event');
    await search.fill('visitor-1');
    await search.press('Enter');
    await panel().getByText('2 events, oldest first').waitFor();
    await panel().getByRole('link', { name: 'purchase' }).click();
    await panel().locator('h2', { hasText: 'purchase' }).waitFor();
    await search.fill('e1');
    await search.press('Enter');
    await panel().locator('h2', { hasText: 'page_view' }).waitFor();
    await search.fill('<b>nobody</b>');
    await search.press('Enter');
    await panel().getByText('<b>nobody</b> is not known here.').waitFor();
  });

  it('goes by keyboard: arrows, Enter, Escape and the slash', async () => {
    for (const n of [1, 2, 3]) tell({ id: `e${n}`, name: `event_${n}` });
    await openDebugger();
    await rows().nth(2).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await panel().locator('h2', { hasText: 'event_2' }).waitFor();
    expect(await page.locator('#rows tr[aria-selected=true]').getAttribute('id')).toBe('e2');
    expect(await page.locator('#list').getAttribute('aria-activedescendant')).toBe('e2');
    await page.keyboard.press('Escape');
    await panel().locator('h2', { hasText: 'Health' }).waitFor();
    expect(new URL(page.url()).hash).toBe('');
    await page.keyboard.press('/');
    expect(await page.getByLabel('Find an event').evaluate((field) => field.matches(':focus'))).toBe(true);
  });

  it('shows how the destinations are and puts dead letters back in the queue', async () => {
    tell({ id: 'e1', name: 'purchase', deliveries: [deliveryOf('meta', 'dead', 'HTTP 400')] });
    await openDebugger();
    await panel().getByText('2 failures in a row').waitFor();
    await panel().getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByText('1 dead letter back in the queue').waitFor();
    await panel().getByRole('button', { name: 'Retry all of meta' }).click();
    await expect
      .poll(() => revived)
      .toEqual([
        { destination: null, ids: [71] },
        { destination: 'meta', ids: null },
      ]);
  });

  it('covers the list on a narrow screen and gives it back', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    tell({ id: 'e1', name: 'purchase' });
    await openDebugger();
    expect(await panel().isVisible()).toBe(false);
    await rows().nth(0).click();
    await panel().locator('h2', { hasText: 'purchase' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await panel().getByRole('button', { name: 'Close' }).click();
    await panel().waitFor({ state: 'hidden' });
  });
});

describe('the funnel', () => {
  it('counts what was received, refused and denied', async () => {
    await openDebugger();
    await page.getByText('1,200').waitFor();
    expect(await page.locator('#strip dl > div', { hasText: 'Refused' }).textContent()).toBe(
      'Refused77 malformed',
    );
    expect(await page.locator('#strip dl > div', { hasText: 'Denied' }).getAttribute('title')).toBe(
      '30 consent denied',
    );
  });

  it('has a place for every reason for which an event may stop', () => {
    const counted = [...document.matchAll(/data-reasons="([^"]*)"/g)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    const goingOn =
      /^(visitor|link|touch|parameters|session|rule)_|^(redacted|consent_(?:granted|reduced|restricted)|released|queued|dead)$/;
    expect(counted.toSorted()).toEqual(
      Object.keys(reasons)
        .filter((reason) => !goingOn.test(reason))
        .toSorted(),
    );
  });
});

it('is one script with nothing left to import', () => {
  expect(script).not.toMatch(/^(import|export) /m);
});
