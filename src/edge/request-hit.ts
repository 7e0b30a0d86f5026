import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import { readStatements, resolveConsent } from '../consent/resolve.ts';
import { withinSensitive } from '../consent/sensitive.ts';
import type { SensitiveSections } from '../contract/sensitive.ts';
import type { Consent } from '../model/consent.ts';
import type { Draft, Hit } from '../model/hit.ts';
import type { Context } from './context.ts';
import type { CaptureRoute } from './site.ts';

/** What a request was sent to. */
interface Address {
  readonly route: Pick<CaptureRoute, 'path'>;
  readonly hostname: string;
  /** The raw query string without `?`. */
  readonly query: string;
}

/** The hit as protocols see it. Header names are lower case already; repeated ones are joined. */
export function toHit(
  req: IncomingMessage,
  body: Uint8Array,
  { route, hostname, query }: Address,
  receivedAtMs: number,
): Hit {
  return {
    method: req.method ?? 'GET',
    path: route.path,
    query,
    host: hostname,
    headers: textOf(req.headers),
    cookies: req.headers.cookie === undefined ? noCookies : parseCookie(req.headers.cookie),
    body,
    receivedAtMs,
  };
}

const noCookies: Hit['cookies'] = Object.freeze({});

/** The headers themselves where they can be taken as they are, which is always but for a request with Set-Cookie. */
function textOf(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  if (hasOnlyText(headers)) return headers;
  const { 'set-cookie': _cookies, ...others } = headers;
  return hasOnlyText(others) ? others : {};
}

/** node:http joins repeated headers to one text, all but this one (node:http, `message.headers`, 2026-11-24). */
function hasOnlyText(headers: IncomingHttpHeaders): headers is Record<string, string> {
  return headers['set-cookie'] === undefined;
}

const noBody = new Uint8Array(0);

/**
 * What a request that is no tracker's says of its browser, by headers and cookies alone. Its query is left out: a page's
 * own parameters are no consent signal, and whoever makes a link could put one into them.
 */
export function hitOf(req: IncomingMessage, hostname: string, nowMs: number): Hit {
  const [path = ''] = (req.url ?? '').split('?', 1);
  return toHit(req, noBody, { hostname, query: '', route: { path } }, nowMs);
}

/** The consent of the browser behind a hit, as its signals, its draft's, its place and its page make it. */
export function consentOf(
  { hit, site, connection }: Pick<Context, 'hit' | 'site' | 'connection'>,
  draft: Pick<Draft, 'signals' | 'page'> = {},
): Consent {
  const { consentPolicy, storagePolicy } = site;
  const consent = resolveConsent(
    readStatements(consentPolicy.sources, hit, draft),
    connection,
    consentPolicy,
  );
  const { isSensitive } = storagePolicy;
  if (isSensitive === undefined || !isWithin(isSensitive, hit, draft)) return consent;
  return withinSensitive(consent);
}

/** A draft that does not name its page comes from the one that the request names, or asks for a page itself. */
function isWithin(
  isSensitive: SensitiveSections,
  { path, headers }: Pick<Hit, 'path' | 'headers'>,
  { page }: Pick<Draft, 'page'>,
): boolean {
  if (page?.url !== undefined) return isSensitive(page.url);
  return isSensitive(path) || isSensitive(headers['referer'] ?? '');
}
