import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { collect } from './collect.ts';
import { connectionOf, withPlace } from './connection.ts';
import { hostnameOf } from './headers.ts';
import { answerLinkRequest } from './link-endpoint.ts';
import { type PageTools, proxyFacts, servePage } from './pages.ts';
import type { Script } from './script.ts';
import { type EdgeGeneration, type EdgeSite, siteOf } from './site.ts';

/** What the edge needs from outside. */
export interface EdgeTools extends PageTools {
  /** Asked anew for every request, so that a reload takes effect between two of them. */
  readonly generation: () => EdgeGeneration;
  readonly script: Script;
}

/** The public server: collector paths are matched before anything else, the rest is the site. */
export function createEdge(tools: EdgeTools): Server {
  const server = createServer(
    {
      maxHeaderSize: tools.limits.headerBytes,
      requestTimeout: tools.limits.requestTimeoutSeconds * 1000,
      keepAliveTimeout: 65_000,
      noDelay: true,
      // Clients that offer h2c in passing, as Java's does, go on with a plain request.
      shouldUpgradeCallback: isWebSocket,
    },
    (req, res) => {
      try {
        handle(req, res, tools);
      } catch (error) {
        failRequest(res, error, tools);
      }
    },
  );
  server.on('upgrade', (req, socket, head) => handleUpgrade(req, socket, head, tools));
  closeUpgradedToo(server);
  server.on('clientError', (error, socket) => refuseUnparsable(error, socket, tools));
  return server;
}

/** node:http forgets the connections that were upgraded, so that an open WebSocket would keep the server from ever closing. */
function closeUpgradedToo(server: Server): void {
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_req, socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  const closeOthers = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeOthers();
    for (const socket of upgraded) socket.destroy();
  };
}

function handle(req: IncomingMessage, res: ServerResponse, tools: EdgeTools): void {
  if (!toOriginForm(req)) return void refuseTarget(res, tools);
  const generation = tools.generation();
  const hostname = hostnameOf(req.headers.host ?? '');
  const site = siteOf(generation, hostname);
  if (site === null) return void refuseHost(res, tools);
  const url = req.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const route = site.routes.get(path);
  if (route !== undefined) {
    const query = mark === -1 ? '' : url.slice(mark + 1);
    const connection = withPlace(req, connectionOf(req, generation.client), generation.client);
    const arrival = { site, route, connection, hostname, query };
    collect(req, res, arrival, tools).catch((error: unknown) => failRequest(res, error, tools));
    return;
  }
  if (path === site.linker?.path) {
    const query = mark === -1 ? '' : url.slice(mark + 1);
    const connection = withPlace(req, connectionOf(req, generation.client), generation.client);
    return void answerLinkRequest(
      req,
      res,
      { site, linker: site.linker, connection, hostname, query },
      tools,
    );
  }
  if (path === site.scriptPath) return void scriptOf(site, tools).serve(req, res);
  servePage(req, res, { site, hostname, client: generation.client }, tools);
}

function scriptOf({ linker }: EdgeSite, { script }: EdgeTools): Script {
  return linker === null ? script : script.withLinks(linker.dataLink);
}

function isWebSocket(req: IncomingMessage): boolean {
  return req.method === 'GET' && req.headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Makes the request target a path. A server has to take the absolute form too and believe its host over the header (RFC
 * 9112 section 3.2.2). False: neither, such as the `*` of OPTIONS.
 */
function toOriginForm(req: IncomingMessage): boolean {
  const { url = '/' } = req;
  if (url.startsWith('/')) return true;
  const match = /^https?:\/\/([^/?#]+)(.*)$/i.exec(url);
  if (match === null) return false;
  const [, authority = '', rest = ''] = match;
  req.headers.host = authority;
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
  return true;
}

function refuseTarget(res: ServerResponse, tools: EdgeTools): void {
  tools.tally.add('edge', 'bad_request');
  res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  res.end('400 The request target is not a path.\n');
}

function refuseHost(res: ServerResponse, tools: EdgeTools): void {
  tools.tally.add('edge', 'unknown_host');
  res.writeHead(421, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  res.end('421 This host is not configured here. Add it to the hosts of a site, or set edge.unknownHost.\n');
}

/** Only a bug of ours comes here; the sender is asked to try again, and the process goes on. */
function failRequest(res: ServerResponse, error: unknown, tools: EdgeTools): void {
  tools.tally.add('edge', 'internal_error');
  tools.logger.error(
    { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    'a request failed',
  );
  if (!res.headersSent) res.writeHead(500, { 'retry-after': '5' });
  res.end();
}

/** What node:http calls a parse error, and the status it means; 400 for the rest. */
const parseErrors: ReadonlyMap<unknown, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Content Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

function refuseUnparsable(error: Error, socket: Duplex, tools: EdgeTools): void {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  tools.tally.add('edge', 'bad_request');
  // Node keeps the answer in progress here; once it has begun, a second head would end up in its body.
  const answer = '_httpMessage' in socket ? socket._httpMessage : null;
  if (answer instanceof ServerResponse && answer.headersSent) return void socket.destroy();
  const status = parseErrors.get(code) ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, tools: EdgeTools): void {
  // node:http no longer listens on the socket of an upgrade, and an error that nobody hears ends the process.
  socket.on('error', () => socket.destroy());
  const generation = tools.generation();
  const site = toOriginForm(req) ? siteOf(generation, hostnameOf(req.headers.host ?? '')) : null;
  if (site?.proxy == null) {
    tools.tally.add('edge', site === null ? 'unknown_host' : 'no_upstream');
    const status = site === null ? '421 Misdirected Request' : '404 Not Found';
    return void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
  site.proxy.upgrade(req, socket, head, proxyFacts(req, site, connectionOf(req, generation.client)));
}
