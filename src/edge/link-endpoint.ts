import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectionFacts, ResolveTools } from './context.ts';
import { corsHeaders, isOriginAllowed, preflightHeaders } from './cors.ts';
import { hostnameOf } from './headers.ts';
import { issueLink } from './link-issue.ts';
import type { EdgeLinker } from './linker.ts';
import { hitOf } from './request-hit.ts';
import type { EdgeSite } from './site.ts';

/** A request for a token. */
export interface LinkRequest {
  readonly site: EdgeSite;
  readonly linker: EdgeLinker;
  readonly connection: ConnectionFacts;
  readonly hostname: string;
  /** The raw query string without `?`: `url`, the page whose campaign travels. */
  readonly query: string;
}

/** Longer addresses carry no campaign that would fit into a token. */
const maxQueryChars = 8_192;

/** Answers the SDK with a token, whether it names the visitor, the parameter that carries it and the hosts that it is for. Nothing is stored. */
export function answerLinkRequest(
  req: IncomingMessage,
  res: ServerResponse,
  request: LinkRequest,
  tools: Pick<ResolveTools, 'readVisitor'> & { readonly nowMs: () => number },
): void {
  if (req.method === 'OPTIONS') {
    res.writeHead(204, preflightHeaders(req.headers, request));
    return void res.end();
  }
  const status = refusalOf(req, request);
  if (status !== null) {
    res.writeHead(status, { 'content-length': 0, ...(status === 405 && { allow: 'GET, OPTIONS' }) });
    return void res.end();
  }
  const body = JSON.stringify(answerFor(req, request, tools.nowMs(), tools));
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...corsHeaders(req.headers, request),
  });
  res.end(body);
}

function refusalOf(req: IncomingMessage, request: LinkRequest): 403 | 405 | null {
  if (req.method !== 'GET') return 405;
  return isOriginAllowed(req.headers, request) ? null : 403;
}

function answerFor(
  req: IncomingMessage,
  { site, linker, connection, hostname, query }: LinkRequest,
  nowMs: number,
  tools: Pick<ResolveTools, 'readVisitor'>,
) {
  const hit = hitOf(req, hostname, nowMs);
  const host = pageHost(req.headers.origin) ?? hostname;
  const url = query.length > maxQueryChars ? '' : (new URLSearchParams(query).get('url') ?? '');
  const issued = issueLink({ site, connection, host, url, hit }, linker, tools);
  return { ...issued, parameter: linker.parameter, hosts: [...linker.targetsOf(host)] };
}

/** Sent across origins only: a page of the gateway's own host asks without it. */
function pageHost(origin: string | undefined): string | undefined {
  return origin === undefined || origin === 'null'
    ? undefined
    : hostnameOf(origin.replace(/^https?:\/\//i, ''));
}
