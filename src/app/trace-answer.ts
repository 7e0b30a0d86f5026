import type { Hop, HopVia } from '../campaign/hops.ts';
import type { NetworkFault, PageAnswered } from './trace-network.ts';
import { findMetaRefresh, type MetaRefresh, parseRefresh } from './trace-refresh.ts';

/** Why a walk did not end at a page. */
export type TraceFault =
  | NetworkFault
  | 'bad_target'
  | 'loop'
  | 'too_many_hops'
  | 'error_status'
  | 'parameters_refused'
  | 'nothing_to_click';

/** The next address to ask for. */
export interface Step {
  readonly url: URL;
  readonly via: HopVia;
}

/** Why a walk goes no further, in words too. */
export interface Stop {
  readonly fault: TraceFault;
  readonly message: string;
}

/** What comes after one hop; neither: the walk is at its page. */
export interface Outcome {
  readonly next?: Step;
  readonly stop?: Stop;
}

/** Where an answer sends the browser. */
export interface SentOn {
  readonly via: 'location' | 'refresh' | 'meta';
  /** As written. */
  readonly target: string;
  /** Absent: no address a browser could make anything of. */
  readonly next?: URL;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A page that turns after a longer time is one to read, or the notice of a session's end. */
const maxRefreshSeconds = 10;

/** Reads where an answer sends the browser; undefined where it is the page itself. */
export function sentOn({ status, headers, html }: PageAnswered, url: URL): SentOn | undefined {
  const location = headers['location'];
  if (redirects.has(status) && location !== undefined && location !== '') return byLocation(location, url);
  const refresh = parseRefresh(headers['refresh'] ?? '');
  if (refresh !== undefined) return byRefresh('refresh', refresh, url);
  const meta = findMetaRefresh(html);
  return meta && byRefresh('meta', meta, url);
}

/** The hop as it may be shown: without credentials, cookies and control characters. */
export function hopOf(
  { url, via }: Step,
  { status, headers }: Pick<PageAnswered, 'status' | 'headers'>,
  sent: SentOn | undefined,
): Hop {
  const kept = Object.entries(headers).filter(([name]) => shown.has(name));
  return {
    url: display(url),
    via,
    status,
    ...(sent && { target: written(sent) }),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, clean(value).slice(0, 200)])),
  };
}

function byRefresh(via: 'refresh' | 'meta', refresh: MetaRefresh, url: URL): SentOn | undefined {
  if (refresh.url === undefined || refresh.delaySeconds > maxRefreshSeconds) return undefined;
  const base = refresh.base === undefined ? url : (URL.parse(refresh.base, url) ?? url);
  const next = URL.parse(refresh.url, base);
  if (next?.href === url.href) return undefined;
  return { via, target: refresh.url, ...(next && { next }) };
}

/** A redirect without a fragment of its own keeps the old one (RFC 9110, 10.2.2). */
function byLocation(location: string, url: URL): SentOn {
  const target = Buffer.from(location, 'latin1').toString('utf8');
  const next = URL.parse(target, url);
  if (next !== null && !target.includes('#')) next.hash = url.hash;
  return { via: 'location', target, ...(next && { next }) };
}

/** What comes after an answer: the next step, the end, or a stop. */
export function outcomeOf(status: number, sent: SentOn | undefined, url: URL): Outcome {
  if (sent === undefined) return status < 400 ? {} : { stop: errorStatus(status, url.host) };
  const { via, next } = sent;
  if (next && (next.protocol === 'http:' || next.protocol === 'https:')) return { next: { url: next, via } };
  const message =
    next === undefined
      ? `${url.host} sends the browser to ${written(sent)}, which is no address. Correct the redirect target.`
      : `${url.host} sends the browser to ${next.protocol}, which opens an app and no page. Give browsers a web address.`;
  return { stop: { fault: 'bad_target', message } };
}

/** The page is there without the parameters and not with them. */
export function parametersRefused(host: string, status: number, without: number): Stop {
  return {
    fault: 'parameters_refused',
    message: `${host} answers ${status} to the address with its parameters and ${without} without them: a firewall, a strict router or a length limit refuses them. Allow the parameters there, and addresses up to 8 KB.`,
  };
}

/** The status is an error, and what to do about it. */
export function errorStatus(status: number, host: string): Stop {
  const advice =
    status === 401 || status === 403
      ? 'Say who you are with --header, or let the walk through the firewall.'
      : status === 414 || status === 431
        ? 'Raise the limit for the length of addresses to 8 KB at least.'
        : 'Correct the address, or the page.';
  return { fault: 'error_status', message: `${host} answers ${status} and shows no landing page. ${advice}` };
}

/** The headers that say who answered and from where; the rest may be private. */
const shown: ReadonlySet<string> = new Set([
  ...['age', 'cache-control', 'cdn-cache', 'cf-cache-status', 'cf-ray', 'content-type', 'server', 'vary'],
  ...[
    'strict-transport-security',
    'via',
    'x-akamai-transformed',
    'x-amz-cf-id',
    'x-azure-ref',
    'x-cache',
    'x-cache-hits',
  ],
  ...[
    'x-nf-request-id',
    'x-powered-by',
    'x-redirect-by',
    'x-served-by',
    'x-varnish',
    'x-vercel-cache',
    'x-vercel-id',
  ],
]);

/** An address without who logs in with it. */
export function display(url: URL): string {
  if (url.username === '' && url.password === '') return url.href;
  const masked = new URL(url);
  masked.username = '***';
  masked.password = '';
  return masked.href;
}

/** As the answer has it; where that names who logs in, the address it stands for. */
function written({ target, next }: SentOn): string {
  if (next !== undefined) return next.username + next.password === '' ? clean(target) : display(next);
  return clean(target.replace(/^[^@]{0,8192}@/, '***@'));
}

/** Servers write what they like; nothing of it may steer a terminal. */
function clean(text: string): string {
  return text.slice(0, 8_192).replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
