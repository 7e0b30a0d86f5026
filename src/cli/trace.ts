import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Trace, TraceOptions } from '../app/trace.ts';
import { codes } from '../config/codes.ts';
import { Exit } from './configuration.ts';
import { complain, exitCodes, print, printJson } from './output.ts';
import { toJunit } from './trace-junit.ts';
import { formatSummary, formatTrace } from './trace-text.ts';

/** `throughline trace` */
export function traceCommand(): Command {
  return new Command('trace')
    .description('Follow an address hop by hop, as a browser would, and name the hop that loses parameters.')
    .argument('[url...]', 'addresses with the parameters that your ads carry')
    .option('--file <file>', 'a list of addresses, one a line; lines that begin with # are skipped')
    .option(
      '--header <name: value>',
      'a request header; to other sites only harmless ones go; repeatable',
      addHeader,
    )
    .addOption(
      new Option('--device <kind>', 'what to pass for').choices(['desktop', 'mobile']).default('desktop'),
    )
    .option('--allow-private', 'reach private and loopback addresses too')
    .option(
      '--timeout <seconds>',
      'for one hop; the whole walk gets three times as long',
      within(0.1, 120),
      10,
    )
    .option('--max-hops <n>', 'hops at most', wholeWithin(1, 50), 20)
    .option('--concurrency <n>', 'walks at once', wholeWithin(1, 32), 4)
    .addOption(new Option('--json', 'one JSON object for each address').conflicts('junit'))
    .option('--junit', 'JUnit XML')
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing is lost, 1 something is lost or changed, or a walk did not reach its page, 3 wrong use.

Examples:
  throughline trace "https://shop.example/sale?utm_source=mail&gclid=test"
  throughline trace --file landing-pages.txt --junit > trace.xml
  throughline trace --device mobile --header "Accept-Language: de" "https://shop.example/?gclid=test"
  throughline trace --allow-private "http://localhost:8080/go/summer?gclid=test"`,
    )
    .action(trace);
}

interface Options {
  readonly file?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly device: keyof typeof userAgents;
  readonly allowPrivate?: boolean;
  readonly timeout: number;
  readonly maxHops: number;
  readonly concurrency: number;
  readonly json?: boolean;
  readonly junit?: boolean;
}

/** As Chrome names itself: the version's first number, no device names (Chrome's user agent reduction, 2026-11-23). */
const userAgents = {
  desktop:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
  mobile:
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Mobile Safari/537.36',
} as const;

async function trace(given: readonly string[], options: Options): Promise<void> {
  const urls = readAddresses(given, options.file);
  const traces = await traceAll(urls, options);
  const intact = traces.filter(({ isIntact }) => isIntact).length;
  if (options.junit === true) print(toJunit(traces));
  else if (options.json === true) for (const one of traces) printJson(one);
  else {
    for (const one of traces) print(`${formatTrace(one)}\n`);
    if (traces.length > 1) print(formatSummary(intact, traces.length));
  }
  if (intact < traces.length) throw new Exit(exitCodes.failed);
}

/** Walks all addresses, a few at a time; the traces come in the order of the addresses. */
async function traceAll(urls: readonly URL[], options: Options): Promise<readonly Trace[]> {
  const { openTraceNetwork, traceUrl } = await import('../app/trace.ts');
  const network = openTraceNetwork(options.allowPrivate === true ? 'any' : 'public');
  const how = { options: walkOptions(options), network, nowMs: Date.now };
  const traces = new Map<number, Trace>();
  const waiting = urls.entries();
  const work = async (): Promise<void> => {
    for (const [index, url] of waiting) {
      traces.set(index, await traceUrl(url, how));
      showProgress(traces.size, urls.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, work));
  } finally {
    await network.close();
  }
  return urls.flatMap((_url, index) => traces.get(index) ?? []);
}

function walkOptions({ device, header = {}, maxHops, timeout }: Options): TraceOptions {
  const hopTimeoutMs = Math.round(timeout * 1000);
  return {
    userAgent: userAgents[device],
    headers: header,
    maxHops,
    hopTimeoutMs,
    totalTimeoutMs: 3 * hopTimeoutMs,
  };
}

/** One line that is written over, and is gone in the end; only where a person looks at it. */
function showProgress(done: number, all: number): void {
  if (all === 1 || process.stderr.isTTY !== true) return;
  const bar = '█'.repeat(Math.floor((done * 20) / all)).padEnd(20, '░');
  process.stderr.write(done === all ? '\r\u001b[2K' : `\r${bar} ${done}/${all}`);
}

function readAddresses(given: readonly string[], file: string | undefined): readonly URL[] {
  const lines = [
    ...given.map((text) => ({ text, place: '' })),
    ...(file === undefined ? [] : readList(file)),
  ];
  if (lines.length === 0) misused(['There is no address to follow. Name one, or a list with --file.']);
  const problems: string[] = [];
  const urls = lines.flatMap(({ text, place }) => {
    const url = URL.parse(text);
    if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return [url];
    problems.push(`${place}${JSON.stringify(masked(text))} is no web address. ${adviceFor(text)}`);
    return [];
  });
  if (problems.length > 0) misused(problems);
  return urls;
}

function readList(file: string): readonly { readonly text: string; readonly place: string }[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    complain(`${codes.not_found.id} ${codes.not_found.title}: ${file} cannot be read. Correct the path.`);
    throw new Exit(exitCodes.badUse);
  }
  return content
    .split('\n')
    .map((line, index) => ({ text: line.trim(), place: `${file}:${index + 1}: ` }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
}

function misused(problems: readonly string[]): never {
  for (const problem of problems) complain(`${codes.bad_use.id} ${codes.bad_use.title}: ${problem}`);
  throw new Exit(exitCodes.badUse);
}

function adviceFor(text: string): string {
  const withScheme = /^[a-z\d-]+\.[a-z\d.-]+(?:[/:?]|$)/i.test(text) ? URL.parse(`https://${text}`) : null;
  return withScheme === null ? 'Begin it with https:// or http://.' : `Did you mean ${withScheme.href}?`;
}

function masked(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//***@');
}

/** Headers that frame the request itself, which is not the caller's to decide. */
const reserved: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'content-length',
    'expect',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
]);

function addHeader(
  line: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  const value = line.slice(colon + 1).trim();
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new InvalidArgumentError('Write it as "name: value".');
  if (reserved.has(name)) throw new InvalidArgumentError(`${name} belongs to the connection; leave it out.`);
  return { ...earlier, [name]: value };
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It takes a number from ${least} to ${most}.`);
  };
}

function wholeWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}
