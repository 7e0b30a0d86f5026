import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from '../contract/protocol.ts';
import type { Storable } from '../contract/storable.ts';
import { isRefusal, type Refusal } from '../model/refusal.ts';
import type { Withdrawal } from '../model/withdrawal.ts';
import type { Logger } from '../observe/logger.ts';
import type { Log } from '../store/ports.ts';
import { readBody } from './body.ts';
import type { ConnectionFacts, ResolveTools } from './context.ts';
import { corsHeaders, isOriginAllowed, preflightHeaders } from './cors.ts';
import type { LimitsConfig } from './limits.ts';
import { toHit } from './request-hit.ts';
import { resolveHit } from './resolve.ts';
import type { CaptureRoute, EdgeSite } from './site.ts';

/** What collecting needs from outside. */
export interface CollectTools extends ResolveTools {
  readonly nowMs: () => number;
  readonly log: Log<Storable>;
  readonly limits: LimitsConfig;
  readonly logger: Logger;
}

/** Where a hit came in. */
export interface Arrival {
  readonly site: EdgeSite;
  readonly route: CaptureRoute;
  readonly connection: ConnectionFacts;
  readonly hostname: string;
  /** The raw query string without `?`. */
  readonly query: string;
}

/** A hit's whole way: preflight, bounds, decode, resolve, redact, append, and only then the reply. */
export async function collect(
  req: IncomingMessage,
  res: ServerResponse,
  arrival: Arrival,
  tools: CollectTools,
): Promise<void> {
  const { route } = arrival;
  if (req.method === 'OPTIONS') return sendPreflight(req, res, arrival);
  const refused = admit(req, arrival, tools.limits);
  if (refused !== null) return refuse(req, res, arrival, refused, tools);
  const body = await readBody(req, tools.limits.bodyBytes, tools.limits.hitTimeoutSeconds * 1000);
  if (isRefusal(body)) return refuse(req, res, arrival, body, tools);
  const hit = toHit(req, body, arrival, tools.nowMs());
  if (isPrefetch(req)) {
    tools.tally.add('capture', 'ignored_prefetch', route.protocol.name);
    return send(req, res, arrival, route.protocol.accepted(hit, 0, []));
  }
  const { drafts, rejects } = route.protocol.decode(hit);
  for (const { reason } of rejects) tools.tally.add('capture', reason, route.protocol.name);
  const [only] = rejects;
  if (drafts.length === 0 && only !== undefined) {
    const refusal: Refusal = { refused: only.reason, message: `${only.at}: ${only.message}` };
    return send(req, res, arrival, route.protocol.refused(hit, refusal));
  }
  if (drafts.length === 0) return send(req, res, arrival, route.protocol.accepted(hit, 0, rejects));
  const { storables, setCookies, choices } = resolveHit(
    drafts,
    { ...arrival, hit, protocol: route.protocol.name },
    tools,
  );
  const unstored = (await withdraw(choices, arrival, tools)) ?? (await store(storables, arrival, tools));
  if (unstored !== null) return refuse(req, res, arrival, unstored, tools);
  tools.tally.add('capture', 'received', route.protocol.name, drafts.length);
  send(req, res, arrival, route.protocol.accepted(hit, drafts.length, rejects), setCookies);
}

/** Writes down what the visitor takes back; null once it is in force. Before that nobody is told that it was. */
async function withdraw(
  choices: readonly Withdrawal[],
  { site }: Arrival,
  tools: CollectTools,
): Promise<Refusal | null> {
  if (choices.length === 0) return null;
  try {
    await tools.withdrawals.write(choices);
    tools.tally.add('consent', 'withdrawn', site.name, choices.length);
    return null;
  } catch (error) {
    const facts = { site: site.name, error: String(error) };
    tools.logger.error(facts, 'a withdrawal cannot be written down; the sender is asked to try again');
    return { refused: 'refused_busy', message: 'the choice cannot be stored now; try again' };
  }
}

/** Appends every event; null once all of them are on disk. */
async function store(
  storables: readonly Storable[],
  { site }: Arrival,
  tools: CollectTools,
): Promise<Refusal | null> {
  try {
    await tools.log.append(storables);
    return null;
  } catch (error) {
    const facts = { site: site.name, error: String(error) };
    tools.logger.error(facts, 'the log took no event; the sender is asked to try again');
    return { refused: 'refused_busy', message: 'events cannot be stored now; try again' };
  }
}

/** What is wrong before the body is read; null: nothing. */
function admit(req: IncomingMessage, arrival: Arrival, limits: LimitsConfig): Refusal | null {
  const { route, query } = arrival;
  if (!route.methods.has(req.method ?? '')) {
    return { refused: 'refused_method', message: `use ${[...route.methods].join(' or ')}` };
  }
  if (query.length > limits.queryBytes) {
    return { refused: 'refused_too_large', message: `the query is longer than ${limits.queryBytes} bytes` };
  }
  if (!isOriginAllowed(req.headers, arrival)) {
    return {
      refused: 'refused_origin',
      message: "this page is not one of the site's own; list its host under hosts or crossDomain",
    };
  }
  return null;
}

/** Prefetched pages were not seen by anyone (Sec-Purpose, and the older headers still sent). */
export function isPrefetch({ headers }: IncomingMessage): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'];
  return typeof purpose === 'string' && purpose.includes('prefetch');
}

function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  arrival: Arrival,
  refusal: Refusal,
  tools: CollectTools,
): void {
  const { route, query } = arrival;
  tools.tally.add('capture', refusal.refused, route.protocol.name);
  const reply = route.protocol.refused({ method: req.method ?? 'GET', path: route.path, query }, refusal);
  if (req.complete) return void send(req, res, arrival, reply);
  if (res.destroyed) return;
  res.setHeader('connection', 'close');
  writeHead(req, res, arrival, reply);
  if (reply.body.length > 0) res.write(reply.body);
  else res.flushHeaders();
  linger(req, res);
}

/** How long a refused sender may go on before the connection is cut. */
const lingerMs = 2_000;

/**
 * Ends a refusal only when its sender has finished: closing earlier resets the connection, and the sender would never
 * read why it was refused (RFC 9112 section 9.6). What still comes is thrown away.
 */
function linger(req: IncomingMessage, res: ServerResponse): void {
  const timer = setTimeout(() => res.end(), lingerMs);
  req.on('close', () => {
    clearTimeout(timer);
    res.end();
  });
  req.resume();
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  arrival: Arrival,
  reply: Reply,
  setCookies: readonly string[] = [],
): void {
  if (res.destroyed) return;
  writeHead(req, res, arrival, reply, setCookies);
  res.end(reply.body);
}

function writeHead(
  req: IncomingMessage,
  res: ServerResponse,
  arrival: Arrival,
  reply: Reply,
  setCookies: readonly string[] = [],
): void {
  const headers: Record<string, string | number | string[]> = {
    ...reply.headers,
    ...corsHeaders(req.headers, arrival),
  };
  if (reply.status !== 204) headers['content-length'] = Buffer.byteLength(reply.body);
  if (setCookies.length > 0) headers['set-cookie'] = [...setCookies];
  res.writeHead(reply.status, headers);
}

function sendPreflight(req: IncomingMessage, res: ServerResponse, arrival: Arrival): void {
  res.writeHead(204, preflightHeaders(req.headers, arrival));
  res.end();
}
