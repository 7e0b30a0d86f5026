import type { IncomingMessage } from 'node:http';
import { cacheHeaders } from '../../campaign/cache-headers.ts';
import { carriesParameters, repairRefresh } from '../../campaign/redirect.ts';
import type { Logger } from '../../observe/logger.ts';
import type { HeaderMap } from '../headers.ts';
import { linkDecoratorFor } from '../link-decorator.ts';
import type { LinkTools } from '../link-issue.ts';
import type { Navigation } from '../page-view.ts';
import type { RedirectTools } from '../redirects.ts';
import type { AnswerRewrite } from '../upstream.ts';
import type { LinkDecorator } from './decorator.ts';
import { codingOf } from './encoding.ts';
import { createPageRewriter, isReadableCharset, type PageEdits, type RefreshRepair } from './page.ts';
import { codedSink, plainSink } from './sink.ts';

/** What rewriting needs from outside. */
export interface RewriteTools extends RedirectTools, LinkTools {
  readonly logger: Logger;
}

/**
 * What is to be done to the page that a request asks for; null: nothing, which is the answer for most requests even of a
 * site that asked for rewriting, and then the body is not looked at.
 */
export function rewriteFor(req: IncomingMessage, at: Navigation, tools: RewriteTools): AnswerRewrite | null {
  if (req.method !== 'GET' || isPartOfPage(req)) return null;
  const url = `${at.connection.protocol}://${req.headers.host ?? at.hostname}${req.url ?? '/'}`;
  const onFailure = failureReporter(at.site.name, tools);
  const repairRefresh = repairFor(url, at, tools);
  if (at.site.rewrite?.links !== true && repairRefresh === null) return null;
  return (status, headers) => {
    const coding = codingOf(headers['content-encoding']);
    if (coding === null || !isPage(status, headers)) return null;
    const decorate = decoratorOf({ req, at, headers }, tools, onFailure);
    if (decorate === null && repairRefresh === null) return null;
    const edits: PageEdits = { url, decorate, repairRefresh, onFailure };
    makeOnesOwn(headers);
    tools.tally.add('rewrite', 'page');
    const rewriter = createPageRewriter(edits);
    if (coding === 'identity') return (res) => plainSink(res, rewriter);
    return (res) => codedSink(res, rewriter, coding, () => tools.tally.add('rewrite', 'undecodable'));
  };
}

/** An image, script, style and so on, as browsers tell since 2020 or later. */
function isPartOfPage({ headers }: IncomingMessage): boolean {
  const destination = headers['sec-fetch-dest'];
  return destination !== undefined && !pageDestinations.has(String(destination));
}

/** `empty` is what scripts fetch, which may be HTML for the page. */
const pageDestinations: ReadonlySet<string> = new Set(['document', 'iframe', 'frame', 'empty']);

function failureReporter(site: string, { tally, logger }: RewriteTools): (error: unknown) => void {
  return (error) => {
    tally.add('rewrite', 'failed');
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error({ site, error: text }, 'a page could not be rewritten; it was served as it is');
  };
}

function decoratorOf(
  page: { readonly req: IncomingMessage; readonly at: Navigation; readonly headers: HeaderMap },
  tools: LinkTools,
  onFailure: (error: unknown) => void,
): LinkDecorator | null {
  if (page.at.site.rewrite?.links !== true) return null;
  try {
    return linkDecoratorFor(page.req, page.at, page.headers, tools);
  } catch (error) {
    onFailure(error);
    return null;
  }
}

/** Null where the request carried nothing that a refresh could drop. */
function repairFor(
  url: string,
  { site, connection }: Navigation,
  { repairs, nowMs, tally }: RewriteTools,
): RefreshRepair | null {
  const { rewrite, redirectPolicy } = site;
  if (rewrite?.metaRefresh !== true || !redirectPolicy.isOn || !carriesParameters(url, redirectPolicy))
    return null;
  return (content, base) => {
    const repaired = repairRefresh(content, url, redirectPolicy, base);
    if (repaired === null || 'refused' in repaired) return null;
    const isLoop = !repairs.mayRepair(`${connection.ip}|${url}|${repaired.refresh}`, nowMs());
    tally.add('redirect', isLoop ? 'loop_avoided' : 'parameters_kept');
    return isLoop ? null : repaired.refresh;
  };
}

/** HTML that a browser shows, whole, and that may be changed on the way (RFC 9111 section 5.2.2.6). */
function isPage(status: number, headers: HeaderMap): boolean {
  const isShown = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (!isShown || status === 204 || status === 205 || status === 206) return false;
  if (headers['content-length'] === '0') return false;
  const match = /^\s*text\/html\s*(?:;.*?\bcharset\s*=\s*["']?([^\s"';]+)|;|$)/i.exec(
    String(headers['content-type'] ?? ''),
  );
  if (match === null || !isReadableCharset(match[1] ?? '')) return false;
  if (/\bno-transform\b/i.test(String(headers['cache-control'] ?? ''))) return false;
  return !/^\s*attachment\b/i.test(String(headers['content-disposition'] ?? ''));
}

/** What describes the upstream's bytes, which are not these. */
const ofTheBytes = [
  'accept-ranges',
  'content-digest',
  'content-length',
  'content-md5',
  'digest',
  'repr-digest',
];

/** The page holds one visitor's parameters, some of them for minutes only: it is kept by no cache, or asked for anew. */
function makeOnesOwn(headers: HeaderMap): void {
  const isSecret = /\bno-store\b/i.test(String(headers['cache-control'] ?? ''));
  for (const name of [...ofTheBytes, ...cacheHeaders(headers).remove]) delete headers[name];
  headers['cache-control'] = isSecret ? 'private, no-store' : 'private, no-cache';
}
