import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import type { SeenNavigation, SentOn } from '../campaign/journey.ts';
import type { ParameterRegistry } from '../campaign/parameters.ts';
import { readStatements, resolveConsent } from '../consent/resolve.ts';
import type { ClientDescriber } from '../enrich/client.ts';
import type { Connection } from './connection.ts';
import type { HeaderMap } from './headers.ts';
import type { EdgeSite } from './site.ts';

/** The site and connection of a navigation. */
export interface NavigationPlace {
  readonly site: EdgeSite;
  readonly connection: Connection;
}

/** An answer as the browser gets it. */
export interface NavigationAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly wrote: Pick<SentOn, 'via' | 'written'> | undefined;
}

/** Where a redirect or Refresh header leads, before anything is changed about it; undefined: nowhere. */
export function targetOf(status: number, { location, refresh }: HeaderMap): NavigationAnswer['wrote'] {
  if (typeof location === 'string' && status >= 300 && status < 400)
    return { via: 'location', written: location };
  const written = typeof refresh === 'string' ? refreshAddress(refresh) : undefined;
  return written === undefined ? undefined : { via: 'refresh', written };
}

/** Whether the query holds a tracked parameter, or a name that is escaped and may be one; far cheaper than reading it. */
export function carriesTracked(url: string, parameters: ParameterRegistry): boolean {
  const mark = url.indexOf('?');
  if (mark < 0) return false;
  for (const pair of url.slice(mark + 1).split('&')) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const name = pair.slice(0, equals).toLowerCase();
    if (parameters.named(name) !== undefined || name.includes('%') || name.startsWith('amp;')) return true;
  }
  return false;
}

/** Another site, or another host of this one, led here. */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** Nobody looks at what a bot is shown. */
export function isBot(req: IncomingMessage, describeClient: ClientDescriber): boolean {
  const { 'user-agent': agent = '', 'accept-language': language = '' } = req.headers;
  return describeClient({ sentBy: 'gateway' }, { 'user-agent': agent, 'accept-language': language }).isBot;
}

/** A navigation as journeys know it. */
export function navigationOf(
  req: IncomingMessage,
  { site, connection }: NavigationPlace,
  answer: NavigationAnswer & { readonly visitor: string | undefined; readonly release: string },
): SeenNavigation {
  const { wrote, visitor, status, headers } = answer;
  const { referer, host = '', cookie, 'sec-fetch-site': fetchSite } = req.headers;
  const sent = targetOf(status, headers)?.written;
  return {
    url: `${connection.protocol}://${host}${req.url ?? '/'}`,
    referrer: referer,
    startedBy: startedBy(req),
    fetchSite: typeof fetchSite === 'string' ? fetchSite : '',
    status,
    isPage: isPage(status, headers['content-type']),
    ...(wrote !== undefined && { target: { ...wrote, sent: sent ?? wrote.written } }),
    headers: textHeaders(headers),
    hasDecided: hasDecided(req, cookie, site),
    release: answer.release,
    ...(visitor !== undefined && { visitor }),
  };
}

/** Sec-Fetch-User is sent only where a person began the navigation (Fetch Metadata, section 2.4, 2026-11-23). */
function startedBy({ headers }: IncomingMessage): SeenNavigation['startedBy'] {
  if (headers['sec-fetch-user'] === '?1') return 'person';
  return headers['sec-fetch-mode'] === undefined ? 'unknown' : 'page';
}

/** HTML, or the browser's own copy of it, found still good. */
function isPage(status: number, type: string | string[] | undefined): boolean {
  if (type === undefined) return status === 304;
  return /^text\/html\b/i.test(String(type));
}

function textHeaders(headers: HeaderMap): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The visitor has said something, whatever it was; where a page's script keeps it to itself this stays false. */
function hasDecided(req: IncomingMessage, cookie: string | undefined, { consentPolicy }: EdgeSite): boolean {
  if (cookie === undefined) return false;
  const hit = { headers: textHeaders(presentHeaders(req)), cookies: parseCookie(cookie), query: '' };
  const statements = readStatements(consentPolicy.sources, hit, {});
  return resolveConsent(statements, {}, consentPolicy).types.analytics_storage.basis === 'signal';
}

function presentHeaders({ headers }: IncomingMessage): HeaderMap {
  const present: HeaderMap = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) present[name] = value;
  return present;
}

/** Refresh: a time, then the address, whose `url=` and quotes may be missing (HTML, shared declarative refresh steps, 2026-11-23). */
function refreshAddress(header: string): string | undefined {
  const [head] = /^[\t ]*[\d.]+(?:[\t ]*[;,][\t ]*|[\t ]+)(?:url[\t ]*=[\t ]*)?/i.exec(header) ?? [];
  if (head === undefined) return undefined;
  const rest = header.slice(head.length).trim();
  const quote = rest[0] === '"' || rest[0] === "'" ? rest[0] : undefined;
  const [address = ''] = quote === undefined ? [rest] : rest.slice(1).split(quote, 1);
  return address === '' ? undefined : address;
}
