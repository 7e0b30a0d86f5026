import { Command, Option } from 'commander';
import type { Trace } from '../app/trace.ts';
import type { Comparison } from '../app/trace-compare.ts';
import { type ConsentChoice, consentTools } from '../app/trace-consent.ts';
import type { Device, Walker, WalkerOptions } from '../app/trace-walker.ts';
import { codes } from '../config/codes.ts';
import { Exit } from './configuration.ts';
import { misused } from './options.ts';
import { complain, exitCodes, print, printJson } from './output.ts';
import { formatComparison } from './trace-compare-text.ts';
import { readAddresses } from './trace-input.ts';
import { comparisonsToJunit, toJunit } from './trace-junit.ts';
import { addHeader, collect, gatewayAddress, wholeWithin, within } from './trace-parsers.ts';
import { createProgress } from './trace-progress.ts';
import { formatSummary, formatTrace } from './trace-text.ts';

/** `throughline trace` */
export function traceCommand(): Command {
  return addWalkOptions(new Command('trace'))
    .description('Follow an address hop by hop, as a browser would, and name the hop that loses parameters.')
    .argument('[url...]', 'addresses with the parameters that your ads carry')
    .option('--file <file>', 'a list of addresses, one a line; lines that begin with # are skipped')
    .option(
      '--via <gateway>',
      'walk directly and through this gateway, side by side; it gets the requests for the hosts of your addresses',
      gatewayAddress,
    )
    .option('--click <selector>', 'what a visitor clicks once a page rests; repeatable, in order', collect)
    .option('--rest <seconds>', 'how long a page must stand still in the browser', within(0.1, 30), 1.5)
    .option('--concurrency <n>', 'walks at once', wholeWithin(1, 32), 4)
    .addOption(new Option('--json', 'one JSON object for each address').conflicts('junit'))
    .option('--junit', 'JUnit XML')
    .addHelpText('after', help)
    .action(trace);
}

/** The options that say how one address is walked; `canary` has the same. */
function addWalkOptions(command: Command): Command {
  return command
    .option('--browser', 'walk in Chromium, where scripts, routers, forms and service workers count too')
    .option(
      '--header <name: value>',
      'a request header; to other sites only harmless ones go; repeatable',
      addHeader,
    )
    .addOption(
      new Option('--device <kind>', 'what to pass for').choices(['desktop', 'mobile']).default('desktop'),
    )
    .addOption(
      new Option('--consent <choice>', 'bring the cookies of a visitor who has answered').choices([
        'granted',
        'denied',
      ]),
    )
    .option('--allow-private', 'reach private and loopback addresses too')
    .option(
      '--timeout <seconds>',
      'for one hop; the whole walk gets three times as long',
      within(0.1, 120),
      10,
    )
    .option('--max-hops <n>', 'hops at most', wholeWithin(1, 50), 20);
}

const help = `
--consent knows the cookies of ${consentTools.join(', ')}.
For others, bring the site's own with --header "Cookie: name=value".

--browser needs Chromium or Chrome, and the package playwright-core (npm install playwright-core). It takes the program
that CHROMIUM_PATH names, else the one that is installed.

--via judges the walk through the gateway. Where the page is https and the gateway http, the gateway is told so by
X-Forwarded-Proto, which it believes of addresses listed in edge.trustedProxies; with --browser both must be the same.

Hosts that are to be reached over https only count from the answer that says so (Strict-Transport-Security); those that
are built into browsers (the preload list) count with --browser.

Exit codes: 0 nothing is lost, 1 something is lost or changed, or a walk did not reach its page, 3 wrong use.

Examples:
  throughline trace "https://shop.example/sale?utm_source=mail&gclid=test"
  throughline trace --file landing-pages.txt --junit > trace.xml
  throughline trace --device mobile --header "Accept-Language: de" "https://shop.example/?gclid=test"
  throughline trace --via http://127.0.0.1:8080 "https://shop.example/sale?gclid=test"
  throughline trace --browser --consent granted "https://shop.example/sale?gclid=test"
  throughline trace --browser --click "#accept" --click "a.checkout" "https://shop.example/?gclid=test"
  throughline trace --allow-private "http://localhost:8080/go/summer?gclid=test"`;

interface Options {
  readonly file?: string;
  readonly via?: URL;
  readonly browser?: boolean;
  readonly click?: readonly string[];
  readonly rest: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly device: Device;
  readonly consent?: ConsentChoice;
  readonly allowPrivate?: boolean;
  readonly timeout: number;
  readonly maxHops: number;
  readonly concurrency: number;
  readonly json?: boolean;
  readonly junit?: boolean;
}

async function trace(given: readonly string[], options: Options): Promise<void> {
  const urls = readAddresses(given, options.file);
  if (options.click !== undefined && options.browser !== true)
    misused(['--click needs a page to click on. Add --browser.']);
  const { via, browser } = options;
  if (browser === true && via !== undefined && urls.some(({ protocol }) => protocol !== via.protocol))
    misused([
      '--browser reaches pages through a gateway of the same scheme only. Name its https address, or trace http pages.',
    ]);
  const results = via === undefined ? await traceAll(urls, options) : await compareAll(urls, via, options);
  const intact = results.filter(({ isIntact }) => isIntact).length;
  if (intact < results.length) throw new Exit(exitCodes.failed);
}

async function traceAll(urls: readonly URL[], options: Options): Promise<readonly Trace[]> {
  const walker = await openWalker(options);
  const traces = await walkAll(urls, [walker], {
    options,
    walk: (url) => walker.walk(url),
  });
  if (options.junit === true) print(toJunit(traces));
  else if (options.json === true) for (const one of traces) printJson(one);
  else {
    for (const one of traces) print(`${formatTrace(one)}\n`);
    if (traces.length > 1) print(formatSummary(traces));
  }
  return traces;
}

async function compareAll(
  urls: readonly URL[],
  gateway: URL,
  options: Options,
): Promise<readonly Comparison[]> {
  const { compareTraces } = await import('../app/trace-compare.ts');
  const direct = await openWalker(options);
  const detour = { gateway, siteHosts: [...new Set(urls.map(({ hostname }) => hostname))] };
  const via = await openWalker(options, { detour });
  const comparisons = await walkAll(urls, [direct, via], {
    options,
    walk: async (url) => compareTraces(await direct.walk(url), await via.walk(url), gateway.origin),
  });
  if (options.junit === true) print(comparisonsToJunit(comparisons));
  else if (options.json === true) for (const one of comparisons) printJson(one);
  else {
    for (const one of comparisons) print(`${formatComparison(one)}\n`);
    if (comparisons.length > 1) print(formatSummary(comparisons));
  }
  return comparisons;
}

async function openWalker(options: Options, more: Pick<WalkerOptions, 'detour'> = {}): Promise<Walker> {
  const { browser, consent, device, header = {}, click = [], rest, maxHops, timeout, allowPrivate } = options;
  const walkers = await import('../app/trace-walker.ts');
  const opened = await walkers.openWalker({
    engine: browser === true ? 'chromium' : 'http',
    policy: allowPrivate === true ? 'any' : 'public',
    ...{ device, maxHops, ...more },
    ...(consent !== undefined && { consent }),
    headers: header,
    clicks: click,
    restMs: Math.round(rest * 1000),
    hopTimeoutMs: Math.round(timeout * 1000),
    nowMs: Date.now,
  });
  if (!('problem' in opened)) return opened;
  const { id, title } = codes.no_browser;
  complain(`${id} ${title}: ${opened.problem}`);
  throw new Exit(exitCodes.badUse);
}

/** Walks all addresses, a few at a time; the results come in the order of the addresses. */
async function walkAll<Result>(
  urls: readonly URL[],
  walkers: readonly Walker[],
  { options, walk }: { readonly options: Options; readonly walk: (url: URL) => Promise<Result> },
): Promise<readonly Result[]> {
  const progress = createProgress(urls.length, { stream: process.stderr, nowMs: Date.now });
  const results = new Map<number, Result>();
  const waiting = urls.entries();
  const work = async (): Promise<void> => {
    for (const [index, url] of waiting) {
      results.set(index, await walk(url));
      progress.show(results.size);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, work));
  } finally {
    progress.end();
    await Promise.all(walkers.map((walker) => walker.close()));
  }
  return urls.flatMap((_url, index) => results.get(index) ?? []);
}
