import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import type { HopVia } from '../campaign/hops.ts';
import type { Stop } from './trace-answer.ts';
import { isConsentCookie } from './trace-consent.ts';
import { explainFault, type PageFailed } from './trace-network.ts';
import { NavigationTape, type TapeResponse } from './trace-tape.ts';

/** How one page is walked. */
export interface PageWalk {
  readonly start: URL;
  readonly maxHops: number;
  readonly hopTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** How long a page must have stood still. */
  readonly restMs: number;
  /** CSS selectors, clicked one after another whenever the page has come to rest. */
  readonly clicks: readonly string[];
  /** Request headers for the start's own site alone. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly isOwn: (url: URL) => boolean;
  /** Why the way out to `host:port` failed. */
  readonly faultOf: (url: URL) => PageFailed | undefined;
  readonly nowMs: () => number;
}

const lookAgainMs = 50;

/** Opens an address in a new page, follows it to its rest, and writes every step down. */
export async function recordWalk(context: BrowserContext, walk: PageWalk): Promise<NavigationTape> {
  const tape = new NavigationTape(walk.maxHops);
  const endsAtMs = walk.nowMs() + walk.totalTimeoutMs;
  const page = await context.newPage();
  const devtools = await listen(page, tape, walk);
  // Answered once the page is there, and not at all where it never is; what comes of it is heard as events.
  devtools.send('Page.navigate', { url: walk.start.href }).catch(() => undefined);
  await rest(tape, walk, endsAtMs);
  for (const selector of walk.clicks) {
    if (tape.stop !== undefined) break;
    await click(selector, { page, context, tape, walk, endsAtMs });
  }
  // A page that loads itself over and over would not let itself be closed; between two loads there is nothing to stop.
  await Promise.allSettled([
    devtools.send('Emulation.setScriptExecutionDisabled', { value: true }),
    devtools.send('Page.stopLoading'),
  ]);
  return tape;
}

/** How DevTools names the reasons for which a page is left (Chrome DevTools Protocol, 2026-11-24). */
const reasons: Readonly<Record<string, HopVia>> = {
  formSubmissionGet: 'form',
  formSubmissionPost: 'form',
  httpHeaderRefresh: 'refresh',
  metaTagRefresh: 'meta',
  reload: 'reload',
  anchorClick: 'link',
};

async function listen(page: Page, tape: NavigationTape, walk: PageWalk): Promise<CDPSession> {
  const { nowMs } = walk;
  const devtools = await page.context().newCDPSession(page);
  await Promise.all([devtools.send('Page.enable'), devtools.send('Network.enable')]);
  const { frameTree } = await devtools.send('Page.getFrameTree');
  const main = frameTree.frame.id;
  devtools.on('Page.frameRequestedNavigation', ({ frameId, reason }) => {
    if (frameId === main) tape.leaving(reasons[reason] ?? 'script');
  });
  devtools.on('Page.frameScheduledNavigation', ({ frameId, delay }) => {
    if (frameId === main) tape.announced(delay, nowMs());
  });
  devtools.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
    const address = URL.parse(url);
    if (frameId === main && address !== null) tape.replaced(address, nowMs());
  });
  devtools.on('Page.loadEventFired', () => tape.loaded(nowMs()));
  devtools.on('Network.requestWillBeSent', ({ requestId, frameId, type, request, redirectResponse }) => {
    const url = URL.parse(request.url + (request.urlFragment ?? ''));
    if (type !== 'Document' || frameId !== main || url === null || !isWeb(url)) return;
    tape.requested(
      { id: requestId, url, ...(redirectResponse && { redirectedBy: responseOf(redirectResponse) }) },
      nowMs(),
    );
  });
  devtools.on('Network.responseReceived', ({ requestId, frameId, type, response }) => {
    if (type === 'Document' && frameId === main) tape.answered(requestId, responseOf(response), nowMs());
  });
  devtools.on('Network.loadingFailed', ({ type, errorText }) => {
    const url = tape.url;
    if (type === 'Document' && url !== undefined && tape.isLoading) failOn(errorText, { url, tape, walk });
  });
  await sendOwnHeaders(devtools, walk);
  return devtools;
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

function responseOf(response: {
  readonly status: number;
  readonly headers: object;
  readonly fromServiceWorker?: boolean;
}): TapeResponse {
  const headers = Object.entries(response.headers).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    isFromServiceWorker: response.fromServiceWorker === true,
  };
}

/** Overrides made here end with the hop, so that a redirect to another site carries none of them (DevTools: Fetch). */
async function sendOwnHeaders(devtools: CDPSession, { ownHeaders, isOwn }: PageWalk): Promise<void> {
  if (Object.keys(ownHeaders).length === 0) return;
  devtools.on('Fetch.requestPaused', ({ requestId, request }) => {
    const url = URL.parse(request.url);
    const headers = Object.entries({ ...request.headers, ...ownHeaders }).map(([name, value]) => ({
      name,
      value: String(value),
    }));
    const changed = url !== null && isOwn(url) ? { requestId, headers } : { requestId };
    // A request whose page is gone cannot be continued, and need not be.
    devtools.send('Fetch.continueRequest', changed).catch(() => undefined);
  });
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
}

/** Waits until the page has stood still for a while, or it is clear that it never will. */
async function rest(tape: NavigationTape, walk: PageWalk, endsAtMs: number): Promise<void> {
  const beganAtMs = walk.nowMs();
  do await pause(lookAgainMs);
  while (!isOver(tape, { walk, beganAtMs, endsAtMs }));
}

/** Whether there is nothing more to wait for; where that is trouble, it is written down. */
function isOver(
  tape: NavigationTape,
  {
    walk,
    beganAtMs,
    endsAtMs,
  }: { readonly walk: PageWalk; readonly beganAtMs: number; readonly endsAtMs: number },
): boolean {
  const nowMs = walk.nowMs();
  const stillMs = nowMs - Math.max(tape.movedAtMs, tape.dueAtMs, beganAtMs);
  if (tape.stop !== undefined) return true;
  if (!tape.isLoading && stillMs >= walk.restMs) return true;
  if (tape.isLoading && stillMs >= walk.hopTimeoutMs) {
    // A page with a slow image is a page; one without an answer is none.
    if (tape.status === null) tape.failed(timeoutOf(tape.url ?? walk.start, walk.hopTimeoutMs));
    return true;
  }
  if (nowMs <= endsAtMs) return false;
  tape.failed({
    fault: 'timeout',
    message: `The walk takes longer than ${walk.totalTimeoutMs / 1000} s in all. Look for the slow hop, or give it a longer --timeout.`,
  });
  return true;
}

function timeoutOf({ host }: URL, timeoutMs: number): Stop {
  return { fault: 'timeout', message: explainFault('timeout', { host, timeoutMs, code: '', message: '' }) };
}

interface Clicking {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly tape: NavigationTape;
  readonly walk: PageWalk;
  readonly endsAtMs: number;
}

async function click(selector: string, { page, context, tape, walk, endsAtMs }: Clicking): Promise<void> {
  const index = tape.length - 1;
  const before = await consentOf(context);
  try {
    await page.locator(selector).first().click({ timeout: walk.hopTimeoutMs });
  } catch {
    tape.failed({
      fault: 'nothing_to_click',
      message: `There is nothing to click at ${JSON.stringify(selector)} on ${tape.url?.host ?? 'the page'}. Correct the selector, or give the page a longer --rest.`,
    });
    return;
  }
  await rest(tape, walk, endsAtMs);
  const stored = [...(await consentOf(context))].find(([name, value]) => before.get(name) !== value);
  if (stored !== undefined) tape.chose(index, stored[0]);
}

async function consentOf(context: BrowserContext): Promise<ReadonlyMap<string, string>> {
  const cookies = await context.cookies();
  return new Map(cookies.filter(({ name }) => isConsentCookie(name)).map(({ name, value }) => [name, value]));
}

/** Chromium's errors for certificates by the code that OpenSSL has for the same. */
const certificateCodes: Readonly<Record<string, string>> = {
  'net::ERR_CERT_DATE_INVALID': 'CERT_HAS_EXPIRED',
  'net::ERR_CERT_COMMON_NAME_INVALID': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'net::ERR_CERT_AUTHORITY_INVALID': 'CERT_UNTRUSTED',
};

/** Left before it came, for another page or a download; or an error without a page, whose status is known. */
const noFailures: ReadonlySet<string> = new Set(['net::ERR_ABORTED', 'net::ERR_HTTP_RESPONSE_CODE_FAILURE']);

function failOn(
  errorText: string,
  { url, tape, walk }: { readonly url: URL; readonly tape: NavigationTape; readonly walk: PageWalk },
): void {
  if (noFailures.has(errorText)) {
    tape.loaded(walk.nowMs());
    return;
  }
  const known = walk.faultOf(url);
  const stop = known && { fault: known.fault, message: known.message };
  tape.failed(stop ?? stopOf(errorText, url, walk.hopTimeoutMs));
}

function stopOf(errorText: string, { host }: URL, timeoutMs: number): Stop {
  if (errorText === 'net::ERR_TOO_MANY_REDIRECTS')
    return { fault: 'loop', message: `${host} redirects round and round. Mend one of the redirects.` };
  if (errorText === 'net::ERR_UNKNOWN_URL_SCHEME')
    return {
      fault: 'bad_target',
      message: `${host} sends the browser to an app and no page. Give browsers a web address.`,
    };
  const isBroken = /EMPTY_RESPONSE|CONNECTION|SOCKET|TUNNEL/.test(errorText);
  const fault = /CERT|SSL/.test(errorText) ? 'tls' : isBroken ? 'broken_connection' : 'bad_answer';
  const code = certificateCodes[errorText] ?? errorText;
  return { fault, message: explainFault(fault, { host, timeoutMs, code, message: '' }) };
}
