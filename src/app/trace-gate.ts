import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isPublicAddress } from '../delivery/public-address.ts';
import {
  type AddressPolicy,
  type Detour,
  detourOf,
  failureOf,
  lookupUnder,
  type PageFailed,
  PrivateAddressError,
} from './trace-network.ts';

/** The one way out of a browser that walks: a forward proxy on loopback that connects to nothing it may not. */
export interface TraceGate {
  readonly port: number;
  /** Why the latest connection to an origin came to nothing; undefined where none failed. */
  faultOf(origin: string): PageFailed | undefined;
  close(): Promise<void>;
}

/** Which addresses may be connected to, and where a site's requests go instead. */
export interface GateOptions {
  readonly policy: AddressPolicy;
  readonly detour?: Detour;
  readonly timeoutMs: number;
}

const maxFaults = 1_000;

/**
 * Opens the gate. Interception inside the browser sees neither the steps of a redirect nor what a service worker asks
 * for; every connection, though, goes through here, and its name is looked up once, by whoever connects.
 */
export async function openTraceGate(options: GateOptions): Promise<TraceGate> {
  const agent = new Agent({ keepAlive: true });
  const faults = new Map<string, PageFailed>();
  const note = (url: URL, error: unknown): void => {
    if (faults.size >= maxFaults) faults.clear();
    faults.set(url.origin, failureOf(error, { url, timeoutMs: options.timeoutMs }));
  };
  const server = createServer((req, res) => forward(req, res, { agent, options, note }));
  server.on('connect', (req, socket) => tunnel(req, socket, { options, note }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    faultOf: (origin) => faults.get(origin),
    async close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

type Note = (url: URL, error: unknown) => void;

function forward(
  req: IncomingMessage,
  res: ServerResponse,
  { agent, options, note }: { readonly agent: Agent; readonly options: GateOptions; readonly note: Note },
): void {
  const url = URL.parse(req.url ?? '');
  if (url?.protocol !== 'http:') {
    res.writeHead(400).end();
    return;
  }
  const way = wayTo(url, options);
  if ('refused' in way) {
    note(url, way.refused);
    req.socket.destroy();
    return;
  }
  const { 'proxy-connection': _, ...headers } = req.headers;
  const outgoing = request({
    agent,
    method: req.method ?? 'GET',
    host: way.host,
    port: way.port,
    path: url.pathname + url.search,
    headers: { ...headers, host: url.host },
    lookup: lookupUnder(way.policy),
    setDefaultHeaders: false,
  });
  outgoing.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.on('error', () => res.destroy()).pipe(res);
  });
  outgoing.on('error', (error) => {
    note(url, error);
    req.socket.destroy();
  });
  res.on('close', () => outgoing.destroy());
  req.pipe(outgoing);
}

function tunnel(
  req: IncomingMessage,
  socket: Duplex,
  { options, note }: { readonly options: GateOptions; readonly note: Note },
): void {
  socket.on('error', () => undefined);
  const url = URL.parse(`https://${req.url ?? ''}`);
  const refuse = (error: unknown): void => {
    if (url !== null) note(url, error);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  };
  const way = url === null ? { refused: new Error('no host to connect to') } : wayTo(url, options);
  if ('refused' in way) {
    refuse(way.refused);
    return;
  }
  const outgoing: Socket = connect({ host: way.host, port: way.port, lookup: lookupUnder(way.policy) });
  outgoing.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(outgoing).pipe(socket);
  });
  outgoing.on('error', (error) =>
    outgoing.connecting || !socket.writable ? refuse(error) : socket.destroy(),
  );
  outgoing.on('close', () => socket.destroy());
  socket.on('close', () => outgoing.destroy());
}

type Way =
  | { readonly host: string; readonly port: number; readonly policy: AddressPolicy }
  | { readonly refused: Error };

/** A name is judged by the look-up; an address written out is judged here, because nothing looks it up. */
function wayTo(url: URL, { policy, detour }: GateOptions): Way {
  const gateway = detourOf(url, detour);
  const isDetoured = gateway !== undefined;
  const goal = gateway ?? url;
  if (isDetoured && goal.protocol !== url.protocol) return { refused: new SchemeError(goal, url) };
  const host = goal.hostname.replace(/^\[|\]$/g, '');
  if (!isDetoured && policy === 'public' && isIP(host) !== 0 && !isPublicAddress(host))
    return { refused: new PrivateAddressError(host) };
  const port = goal.port === '' ? (goal.protocol === 'https:' ? 443 : 80) : Number(goal.port);
  return { host, port, policy: isDetoured ? 'any' : policy };
}

/** A browser's encrypted connection cannot end at a gateway that speaks none. */
class SchemeError extends Error {
  override readonly name = 'SchemeError';
  constructor(gateway: URL, page: URL) {
    super(`${page.protocol}// pages, and the gateway ${gateway.origin} speaks another scheme`);
  }
}
