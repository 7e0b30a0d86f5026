import { existsSync } from 'node:fs';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { withoutParameters } from '../campaign/hop-reading.ts';
import { finishTrace, harmlessHeaders, isOwnAddress, type Trace, type TraceFailure } from './trace.ts';
import { errorStatus, parametersRefused } from './trace-answer.ts';
import { siteDomainOf } from './trace-browser.ts';
import type { BroughtCookie } from './trace-consent.ts';
import { openTraceGate, type TraceGate } from './trace-gate.ts';
import type { AddressPolicy, Detour } from './trace-network.ts';
import { type PageWalk, recordWalk } from './trace-page.ts';
import type { NavigationTape } from './trace-tape.ts';

/** How to walk in Chromium. */
export interface ChromiumOptions {
  readonly policy: AddressPolicy;
  readonly detour?: Detour;
  readonly userAgent: string;
  readonly device: 'desktop' | 'mobile';
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly BroughtCookie[];
  readonly maxHops: number;
  readonly hopTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly restMs: number;
  readonly clicks: readonly string[];
  readonly nowMs: () => number;
}

/** A Chromium that walks; each walk is a new visitor. */
export interface TraceChromium {
  /** Follows an address to the page where scripts and timers come to rest; never rejects. */
  walk(start: URL): Promise<Trace>;
  close(): Promise<void>;
}

/** Why there is no Chromium to walk in, and what to do. */
export interface NoChromium {
  readonly problem: string;
}

/** Starts Chromium behind a gate that reaches only what the policy allows. */
export async function openTraceChromium(options: ChromiumOptions): Promise<TraceChromium | NoChromium> {
  const engine = await loadEngine();
  if (engine === undefined)
    return { problem: 'the package playwright-core is not installed. Run: npm install playwright-core.' };
  const executablePath = chromiumPath(process.env, existsSync) ?? engine.executablePath();
  if (!existsSync(executablePath))
    return {
      problem: 'no Chromium is installed. Install it, or name the program in CHROMIUM_PATH.',
    };
  const { policy, detour, hopTimeoutMs } = options;
  const gate = await openTraceGate({ policy, timeoutMs: hopTimeoutMs, ...(detour && { detour }) });
  try {
    const browser = await engine.launch({
      executablePath,
      // Chromium refuses to sandbox the superuser, which is who runs in most containers.
      chromiumSandbox: process.getuid?.() !== 0,
      proxy: { server: `http://127.0.0.1:${gate.port}` },
      args: [...flags, `--user-agent=${options.userAgent}`],
    });
    return {
      walk: (start) => walkIn(browser, { start, gate, options }),
      async close() {
        await browser.close();
        await gate.close();
      },
    };
  } catch (error) {
    await gate.close();
    const seen = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    return { problem: `${executablePath} does not start (${seen}). Name another in CHROMIUM_PATH.` };
  }
}

/** Where Chromium or a browser made of it usually is; undefined where it is at none of these places. */
export function chromiumPath(
  environment: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean,
): string | undefined {
  const { CHROMIUM_PATH } = environment;
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  return usualPaths.find(exists);
}

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const flags = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Nothing may pass the gate by: neither UDP of a call nor a look-up of its own.
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--dns-prefetch-disable',
];

async function loadEngine() {
  try {
    return (await import('playwright-core')).chromium;
  } catch {
    return undefined;
  }
}

interface Walking {
  readonly start: URL;
  readonly gate: TraceGate;
  readonly options: ChromiumOptions;
}

async function walkIn(browser: Browser, walking: Walking): Promise<Trace> {
  const { start, options } = walking;
  try {
    const context = await browser.newContext(contextOptions(options));
    return await walkWith(context, walking).finally(() => context.close());
  } catch (error) {
    const seen = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    const message = `Chromium broke off (${seen}). Try again.`;
    return finishTrace(start, [], { hop: 1, fault: 'bad_answer', message });
  }
}

async function walkWith(context: BrowserContext, { start, gate, options }: Walking): Promise<Trace> {
  await context.addCookies(cookiesFor(start, options));
  const tape = await recordWalk(context, pageWalk(start, gate, options));
  const hops = tape.hops();
  if (tape.stop !== undefined)
    return finishTrace(start, hops, { hop: Math.max(1, hops.length), ...tape.stop });
  return finishTrace(start, hops, await refusalOf(tape, context, options));
}

function contextOptions({ device, userAgent, headers }: ChromiumOptions): BrowserContextOptions {
  const harmless = Object.entries(headers).filter(
    ([name]) => harmlessHeaders.has(name) && name !== 'accept' && name !== 'user-agent',
  );
  return {
    userAgent: headers['user-agent'] ?? userAgent,
    acceptDownloads: false,
    extraHTTPHeaders: Object.fromEntries(harmless),
    ...(device === 'mobile'
      ? { viewport: { width: 412, height: 915 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2.6 }
      : { viewport: { width: 1280, height: 800 } }),
  };
}

/** Cookies of the command line are of the start's site, as its other own headers are. */
function cookiesFor(start: URL, { cookies, headers }: ChromiumOptions) {
  const domain = siteDomainOf(start.hostname);
  const written = (headers['cookie'] ?? '').split(';').flatMap((pair) => {
    const [name = '', ...rest] = pair.split('=');
    return name.trim() === '' ? [] : [{ name: name.trim(), value: rest.join('=').trim() }];
  });
  return [...cookies, ...written].map(({ name, value }) =>
    domain === undefined
      ? { name, value, url: start.origin }
      : { name, value, domain: `.${domain}`, path: '/' },
  );
}

function pageWalk(start: URL, gate: TraceGate, options: ChromiumOptions): PageWalk {
  const { maxHops, hopTimeoutMs, totalTimeoutMs, restMs, clicks, nowMs, headers } = options;
  const own = Object.entries(headers).filter(([name]) => !harmlessHeaders.has(name) && name !== 'cookie');
  return {
    ...{ start, maxHops, hopTimeoutMs, totalTimeoutMs, restMs, clicks, nowMs },
    ownHeaders: Object.fromEntries(own),
    isOwn: (url) => isOwnAddress(url, start),
    faultOf: ({ origin }) => gate.faultOf(origin),
  };
}

/** A page that answers with an error is asked once more without the parameters. */
async function refusalOf(
  tape: NavigationTape,
  context: BrowserContext,
  { hopTimeoutMs }: ChromiumOptions,
): Promise<TraceFailure | undefined> {
  const { url, status, length } = tape;
  if (url === undefined || status === null || status < 400) return undefined;
  const plain = withoutParameters(url.href);
  if (plain !== undefined) {
    const answer = await context.request
      .get(plain.href, { maxRedirects: 0, timeout: hopTimeoutMs, failOnStatusCode: false })
      .catch(() => undefined);
    if (answer !== undefined && answer.status() < 400)
      return { hop: length, ...parametersRefused(url.host, status, answer.status()) };
  }
  return { hop: length, ...errorStatus(status, url.host) };
}
