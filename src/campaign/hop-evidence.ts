import { detourFacts } from './hop-detours.ts';
import type { Hop, HopVia, ParameterValue } from './hop-reading.ts';

/** The facts a verdict rests on. */
export interface Evidence {
  readonly status: number | null;
  /** How the browser was sent on. */
  readonly via: HopVia;
  /** How the hop wrote where it sends the browser; a whole address is what server and CDN rules tend to write. */
  readonly location?: 'relative' | 'absolute';
  /** The redirect came out of a cache; in words, such as `age: 512`. */
  readonly cached?: string;
  /** A cache stood between and says that the server answered; in words, such as `x-cache: MISS`. */
  readonly passed?: string;
  /** The delivery network that answered, known by its headers. */
  readonly cdn?: string;
  /** What calls itself the maker of the redirect, as in WordPress's `x-redirect-by`. */
  readonly redirectBy?: string;
  /** What the server calls itself. */
  readonly server?: string;
  /** The language or country that the path or host gained, such as `/de/`. */
  readonly locale?: string;
  /** What says that the way leads over a consent page, such as `/cookie-wall`. */
  readonly consentPage?: string;
  /** What says that the way leads out and back again: the service's host, or the parameter with the return address. */
  readonly roundTrip?: string;
  /** The cookie in which the visitor's choice was stored just before. */
  readonly consentCookie?: string;
  /** A service worker answered in the server's place. */
  readonly isFromServiceWorker?: boolean;
  /** The parameter before the hop as written, at most 80 characters. */
  readonly before: string;
  /** And after it; absent: it was gone. */
  readonly after?: string;
}

/** Gathers what speaks for or against the suspects of one loss. */
export function evidenceOf(
  hop: Hop,
  { next, came, went }: { readonly next: Hop; readonly came: ParameterValue; readonly went?: ParameterValue },
): Evidence {
  const { headers, status, target, consentCookie, isFromServiceWorker } = hop;
  const cdn = cdnOf(headers);
  const [from, to] = [URL.parse(hop.url), URL.parse(next.url)];
  const locale = localeOf(from, to);
  return {
    status,
    via: next.via,
    ...(target !== undefined &&
      written.has(next.via) && { location: isAbsolute(target) ? 'absolute' : 'relative' }),
    ...cacheFacts(headers),
    ...(cdn !== undefined && { cdn }),
    ...(headers['x-redirect-by'] && { redirectBy: headers['x-redirect-by'] }),
    ...(headers['server'] && { server: headers['server'] }),
    ...(locale !== undefined && { locale }),
    ...(from !== null && to !== null && detourFacts(from, to)),
    ...(consentCookie !== undefined && { consentCookie }),
    ...(isFromServiceWorker === true && { isFromServiceWorker }),
    before: shown(came),
    ...(went && { after: shown(went) }),
  };
}

/** Names the likeliest culprit. A locale redirect is the site's, whichever cache or network has passed it on. */
export function culpritOf(evidence: Evidence, isLocaleRedirect: boolean): string {
  const { via, redirectBy, cached, passed, cdn, server } = evidence;
  const inPage = inPageCulprits[via];
  if (inPage !== undefined) return inPage;
  if (evidence.isFromServiceWorker === true) return "the site's service worker";
  if (redirectBy !== undefined) return `${redirectBy} (x-redirect-by)`;
  if (isLocaleRedirect) return "the site's own language or country redirect";
  if (cached !== undefined) return `a cached answer${cdn === undefined ? '' : ` at ${cdn}`} (${cached})`;
  if (passed !== undefined)
    return `the site's own server${cdn === undefined ? '' : ` behind ${cdn}`} (${passed})`;
  if (cdn !== undefined) return `the site's own server, or a redirect rule at ${cdn}`;
  return server === undefined ? 'the server that answered' : `the server that answered (${server})`;
}

const maxWordChars = 40;

/**
 * The evidence by which culprits are counted: ages, hit numbers, node names and versions are left out, so that one culprit
 * of live traffic stays one counter.
 */
export function withoutFigures({ cached, passed, server, redirectBy, ...rest }: Evidence): Evidence {
  return {
    ...rest,
    ...(cached !== undefined && { cached: headerAnd(cached, /\bhit\b/i) }),
    ...(passed !== undefined && { passed: headerAnd(passed, /\b(?:miss|dynamic|bypass|pass)\b/i) }),
    ...(server !== undefined && { server: productOf(server) }),
    ...(redirectBy !== undefined && { redirectBy: redirectBy.slice(0, maxWordChars) }),
  };
}

/** What a server calls itself, without version: `nginx` of `nginx/1.25.3`. */
export function productOf(server: string): string {
  return server.split(/[/\s]/, 1)[0]?.slice(0, maxWordChars) ?? '';
}

/** A fact such as `x-cache: HIT from node-17` as `x-cache: HIT`, and `age: 512` as `age`. */
function headerAnd(fact: string, word: RegExp): string {
  const header = (fact.split(':', 1)[0] ?? '').slice(0, maxWordChars);
  const found = word.exec(fact)?.[0];
  return found === undefined ? header : `${header}: ${found.toUpperCase()}`;
}

/** Ways whose target is known as it was written; what a page does by itself is known by where it led. */
const written: ReadonlySet<HopVia> = new Set<HopVia>(['location', 'refresh', 'meta', 'hsts']);

const inPageCulprits: Readonly<Partial<Record<HopVia, string>>> = {
  hsts: 'the browser',
  meta: 'the page itself, in its HTML',
  script: 'a script of the page',
  history: 'a script of the page, such as a router or one that tidies addresses',
  reload: 'a script of the page',
  form: 'the form of the page',
  link: 'the link of the page',
};

type Headers = Hop['headers'];

/** Delivery networks by a header that only they send (their documentation, 2026-11-23), the surest first. */
const networks: readonly (readonly [name: string, header: string, mark: string])[] = [
  ['Cloudflare', 'cf-ray', ''],
  ['Amazon CloudFront', 'x-amz-cf-id', ''],
  ['Azure Front Door', 'x-azure-ref', ''],
  ['Vercel', 'x-vercel-id', ''],
  ['Netlify', 'x-nf-request-id', ''],
  ['Akamai', 'x-akamai-transformed', ''],
  ['Akamai', 'server', 'akamai'],
  ['Cloudflare', 'server', 'cloudflare'],
  ['bunny.net', 'server', 'bunnycdn'],
  ['Fastly', 'x-served-by', 'cache-'],
  ['Google Cloud CDN', 'via', '1.1 google'],
];

function cdnOf(headers: Headers): string | undefined {
  const found = networks.find(([, header, mark]) => headers[header]?.toLowerCase().includes(mark));
  return found?.[0];
}

const cacheHeaders = ['cf-cache-status', 'x-vercel-cache', 'cdn-cache', 'x-cache'] as const;

function cacheFacts(headers: Headers): Pick<Evidence, 'cached' | 'passed'> {
  for (const header of cacheHeaders) {
    const value = headers[header];
    if (value === undefined) continue;
    if (/\bhit\b/i.test(value)) return { cached: `${header}: ${value}` };
    if (/\b(?:miss|dynamic|bypass|pass)\b/i.test(value)) return { passed: `${header}: ${value}` };
  }
  const age = headers['age'];
  return age !== undefined && Number(age) > 0 ? { cached: `age: ${age}` } : {};
}

function isAbsolute(target: string): boolean {
  return /^\s*(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target);
}

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** The language or country that the way gained or swapped, where the rest of the path stayed. */
function localeOf(from: URL | null, to: URL | null): string | undefined {
  if (from === null || to === null) return undefined;
  const [, head = '', rest = ''] = /^\/([^/]*)(.*)$/.exec(to.pathname) ?? [];
  if (isLocale(head)) {
    const [, fromHead = '', fromRest = ''] = /^\/([^/]*)(.*)$/.exec(from.pathname) ?? [];
    const gained = bare(rest) === bare(from.pathname);
    const swapped = isLocale(fromHead) && head !== fromHead && bare(rest) === bare(fromRest);
    if (gained || swapped) return `/${head}/`;
  }
  const [label = ''] = to.hostname.split('.', 1);
  const base = from.hostname.replace(/^www\./, '');
  return isLocale(label) && to.hostname === `${label}.${base}` ? `${label}.` : undefined;
}

function bare(path: string): string {
  return path.replace(/\/$/, '');
}

/** `de`, `de-AT`, `en_us`, `ch`: two letters that name a language or country, alone or with a country. */
function isLocale(segment: string): boolean {
  const match = /^([a-z]{2})(?:[-_]([a-z]{2}))?$/i.exec(segment);
  if (match === null) return false;
  const [, first = '', second] = match;
  if (second !== undefined) return isLanguage(first) || isLanguage(second);
  return isLanguage(first) || regions.of(first.toUpperCase()) !== undefined;
}

function isLanguage(code: string): boolean {
  return languages.of(code.toLowerCase()) !== undefined;
}

function shown({ written, raw }: ParameterValue): string {
  const text = `${written}=${raw}`;
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
