import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { createInbox, type Inbox, type Platform, type Received } from './inbox.ts';
import { listen } from './listen.ts';
import { rowsOf } from './received-rows.ts';
import { receiverPage, receiverScript } from './receiver-page.ts';
import { receiverStyle } from './receiver-style.ts';
import { signatureProblem } from './webhook-signature.ts';

/** How the receiver is started. */
export interface ReceiverOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** The webhook's signing secret, `whsec_` and base64. */
  readonly secret: string;
  /** UTC milliseconds. Default: the machine's clock. */
  readonly nowMs?: () => number;
}

/** A server that stands in for the platforms and shows what each of them got. */
export interface Receiver {
  readonly port: number;
  /** What was accepted, oldest first; the last 1,000. */
  received(): readonly Received[];
  /** How many webhooks came again with an id that was accepted before; they are not received twice. */
  duplicates(): number;
  /** Forgets everything received, and failures still to come. */
  clear(): void;
  /** The next `count` requests of any platform are answered with `status` and not kept. */
  failNext(count: number, status: number): void;
  close(): Promise<void>;
}

/** Starts the receiver: a signed webhook, GA4's Measurement Protocol, Meta's Conversions API, and a live page. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const inbox = createInbox();
  const streams = new Set<ServerResponse>();
  const failures = { count: 0, status: 503 };
  const nowMs = options.nowMs ?? Date.now;
  const server = createServer(handler({ inbox, streams, failures, secret: options.secret, nowMs }));
  const { port, close } = await listen(server, options.port, options.host);
  return {
    port,
    close,
    received: () => inbox.list(),
    duplicates: () => inbox.duplicates(),
    clear() {
      inbox.clear();
      failures.count = 0;
      broadcast(streams, 'snapshot', { entries: [] });
    },
    failNext(count, status) {
      failures.count = count;
      failures.status = status;
    },
  };
}

/** What the routes share. */
interface Desk {
  readonly inbox: Inbox;
  readonly streams: Set<ServerResponse>;
  readonly failures: { count: number; status: number };
  readonly secret: string;
  readonly nowMs: () => number;
}

/** A request with its body read. */
interface Delivery {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const maxBodyBytes = 1024 * 1024;
const maxStreams = 10;
const maxUnreadBytes = 128 * 1024 * 1024; // more than a snapshot of a full inbox
const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const pages: ReadonlyMap<string, { readonly contentType: string; readonly text: string }> = new Map([
  ['/', { contentType: 'text/html; charset=utf-8', text: receiverPage }],
  ['/receiver.js', { contentType: 'text/javascript; charset=utf-8', text: receiverScript }],
  ['/receiver.css', { contentType: 'text/css; charset=utf-8', text: receiverStyle }],
]);

/** An answer of a platform; without a body where the platform sends none. */
interface Answer {
  readonly status: number;
  readonly body?: JsonObject;
}

function handler(desk: Desk): RequestListener {
  return (request, response) => {
    const url = URL.parse(request.url ?? '', 'http://receiver');
    if (url === null) {
      send(response, { status: 400, body: { error: 'the address cannot be read' } });
    } else if (request.method === 'POST') {
      void take(desk, request, response, url);
    } else if (request.method === 'GET') {
      show(desk, response, url.pathname);
    } else {
      send(response, { status: 405, body: { error: 'GET or POST' } });
    }
  };
}

function show(desk: Desk, response: ServerResponse, path: string): void {
  const page = pages.get(path);
  if (page !== undefined) {
    response.writeHead(200, { ...pageHeaders, 'content-type': page.contentType }).end(page.text);
  } else if (path === '/stream') {
    openStream(desk, response);
  } else if (path === '/received.json') {
    const received = desk.inbox.list().map((each) => ({ ...each }));
    send(response, { status: 200, body: { received, duplicates: desk.inbox.duplicates() } });
  } else {
    send(response, { status: 404, body: { error: 'there is nothing at this address' } });
  }
}

/** Takes one platform request: read within bounds, fail if told to, check, keep, answer as the platform would. */
async function take(desk: Desk, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const body = await readBody(request);
  if (body === 'aborted') return;
  if (body === 'too_large') {
    response.setHeader('connection', 'close');
    send(response, { status: 413, body: { error: `the body is larger than ${maxBodyBytes} bytes` } });
    return;
  }
  const { pathname: path, searchParams } = url;
  const delivery = { path, query: Object.fromEntries(searchParams), headers: headersOf(request), body };
  send(response, answerDelivery(desk, delivery));
}

function answerDelivery(desk: Desk, delivery: Delivery): Answer {
  const platform = platformOf(delivery.path);
  if (platform === undefined) return { status: 404, body: { error: 'no platform has this address' } };
  if (desk.failures.count > 0) {
    desk.failures.count -= 1;
    return { status: desk.failures.status, body: { error: 'failing as told' } };
  }
  switch (platform) {
    case 'webhook':
      return answerWebhook(desk, delivery);
    case 'meta':
      return answerMeta(desk, delivery);
    case 'ga4':
      keep(desk, 'ga4', delivery, parseBody(delivery.body));
      return { status: 204 };
  }
}

function answerWebhook(desk: Desk, delivery: Delivery): Answer {
  const { headers, body } = delivery;
  const problem = signatureProblem({ headers, body, nowMs: desk.nowMs() }, desk.secret);
  if (problem !== undefined) return { status: 401, body: { error: problem } };
  const isNew = desk.inbox.noteId(headers['webhook-id'] ?? '');
  if (isNew) keep(desk, 'webhook', delivery, parseBody(body));
  return { status: 200, body: { duplicate: !isNew } };
}

/** Meta answers with the number of events taken, or refuses the request as a whole with code 100 (2026-11-23). */
function answerMeta(desk: Desk, delivery: Delivery): Answer {
  const body = parseBody(delivery.body);
  const events: Json | undefined = isJsonObject(body) ? body['data'] : undefined;
  const traceId = randomBytes(8).toString('base64url');
  if (!Array.isArray(events) || events.length === 0) {
    const error = { message: 'Invalid parameter', type: 'OAuthException', code: 100, fbtrace_id: traceId };
    return { status: 400, body: { error } };
  }
  keep(desk, 'meta', delivery, body);
  return { status: 200, body: { events_received: events.length, messages: [], fbtrace_id: traceId } };
}

function keep(desk: Desk, platform: Platform, delivery: Delivery, body: Json): void {
  const { path, headers, query } = delivery;
  const received = { at: new Date(desk.nowMs()).toISOString(), platform, path, headers, query, body };
  desk.inbox.add(received, delivery.body.length);
  broadcast(desk.streams, 'received', entryOf(received));
}

/** Server-sent events: everything so far as one snapshot, then each request as it comes. */
function openStream(desk: Desk, response: ServerResponse): void {
  if (desk.streams.size >= maxStreams) {
    send(response, { status: 503, body: { error: 'too many pages are open' } });
    return;
  }
  response.writeHead(200, { ...pageHeaders, 'content-type': 'text/event-stream' });
  desk.streams.add(response);
  response.on('close', () => desk.streams.delete(response));
  response.write(message('snapshot', { entries: desk.inbox.list().map(entryOf) }));
}

function broadcast(streams: Iterable<ServerResponse>, event: string, data: JsonObject): void {
  const text = message(event, data);
  for (const stream of streams) {
    if (stream.writableLength > maxUnreadBytes) stream.destroy();
    else stream.write(text);
  }
}

function message(event: string, data: JsonObject): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function entryOf(received: Received): JsonObject {
  return { rows: rowsOf(received).map((row) => ({ ...row })), received: { ...received } };
}

function platformOf(path: string): Platform | undefined {
  if (path === '/webhook') return 'webhook';
  if (path === '/mp/collect') return 'ga4';
  if (/^\/v\d{1,3}\.\d{1,2}\/[\w-]{1,64}\/events$/.test(path)) return 'meta';
  return undefined;
}

function readBody(request: IncomingMessage): Promise<Buffer | 'too_large' | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
      else resolve('too_large');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => resolve('aborted'));
    request.on('error', () => resolve('aborted'));
  });
}

function parseBody(body: Buffer): Json {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(request.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, values?.join(', ') ?? '']));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { ...pageHeaders, ...(body && { 'content-type': 'application/json' }) });
  response.end(body && `${JSON.stringify(body)}\n`);
}
