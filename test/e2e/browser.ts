import { existsSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const systemPath = '/usr/bin/chromium';

/** Chromium without a window names itself in the user agent and in the client hints, and would be kept apart as a bot. */
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // For beacons of a page that ends, too: they go out without what is said of a single page.
  `--user-agent=${userAgent}`,
];

/** Starts Chromium without a window: the one CHROMIUM_PATH names, else the system's, else the one that npm brings. */
export async function launchBrowser(moreFlags: readonly string[] = []): Promise<Browser> {
  const args = [...flags, ...moreFlags];
  return chromium.launch({ executablePath: await browserPath(), args, headless: true });
}

/** The Chromium that the tests start. */
export async function browserPath(): Promise<string> {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  return existsSync(systemPath) ? systemPath : sparticuz.executablePath();
}

/** A person's browser: its own cookies, and one page. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
}

/** Opens a browser that nobody has used before, with the client hints of one that has a window. */
export async function openVisit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const viewport = { width: 1280, height: 800 };
  const context = await browser.newContext({ locale: 'en-GB', viewport, ...options });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setUserAgentOverride', {
    userAgent,
    acceptLanguage: 'en-GB',
    userAgentMetadata: {
      brands: [{ brand: 'Chromium', version: '147' }],
      platform: 'Linux',
      platformVersion: '6.1.0',
      architecture: 'x86',
      model: '',
      mobile: false,
    },
  });
  return { context, page };
}
