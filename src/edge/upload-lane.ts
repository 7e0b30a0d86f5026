import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyMiddleware, type OnProxyEvent, proxyEventsPlugin } from 'http-proxy-middleware';
import { type HeaderMap, publicResponseHeaders, upstreamRequestHeaders } from './headers.ts';
import {
  fail,
  failureOf,
  forwardedFacts,
  type OnFailure,
  type ProxyFacts,
  publicFacts,
  statusOf,
  timeoutError,
  type UpstreamSettings,
} from './upstream.ts';

/** Passes requests with a body, and WebSockets. */
export interface UploadLane {
  web(req: IncomingMessage, res: ServerResponse, facts: ProxyFacts): void;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, facts: ProxyFacts): void;
  close(): void;
}

/** Opens the lane for everything but GET and HEAD: http-proxy-middleware over keep-alive connections. */
export function createUploadLane(upstream: UpstreamSettings, onFailure: OnFailure): UploadLane {
  const isTls = upstream.url.protocol === 'https:';
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const lane: Lane = { upstream, onFailure, factsOf: new WeakMap(), opened: new WeakSet() };
  const middleware = createProxyMiddleware<IncomingMessage, ServerResponse>({
    target: upstream.url.href,
    agent,
    upgradeTimeout: upstream.timeoutMs,
    // Its other plugins answer errors in a way of their own and log to the console.
    ejectPlugins: true,
    plugins: [proxyEventsPlugin],
    on: hooksOf(lane),
  });
  return {
    web(req, res, facts) {
      lane.factsOf.set(req, facts);
      // httpxy skips the hook that sets the headers where it sees this one, which node:http has answered already.
      delete req.headers.expect;
      void middleware(req, res, () => refusePath(res));
    },
    upgrade(req, socket, head, facts) {
      if (!(socket instanceof Socket)) return void socket.destroy();
      if (!URL.canParse(req.url ?? '/', 'http://upstream')) return void refuseUpgrade(socket, 400);
      lane.factsOf.set(req, facts);
      middleware.upgrade(req, socket, head);
    },
    // Connections in use end by themselves; only the idle ones are closed here.
    close() {
      for (const sockets of Object.values(agent.freeSockets))
        for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

interface Lane {
  readonly upstream: UpstreamSettings;
  readonly onFailure: OnFailure;
  /** The middleware hands its hooks nothing but the request, so the facts of a request wait here for it. */
  readonly factsOf: WeakMap<IncomingMessage, ProxyFacts>;
  /** Sockets that the upstream has upgraded. */
  readonly opened: WeakSet<Duplex>;
}

function hooksOf(lane: Lane): OnProxyEvent<IncomingMessage, ServerResponse> {
  const { upstream, onFailure, factsOf, opened } = lane;
  return {
    proxyReq(proxyReq, req, res) {
      setRequestHeaders(proxyReq, requestHeaders(req, lane), ['transfer-encoding']);
      // httpxy asks for a connection of its own where the framing is not a plain length.
      proxyReq.setHeader('connection', proxyReq.hasHeader('transfer-encoding') ? 'close' : 'keep-alive');
      limitWaiting(proxyReq, { req, res, upstream });
    },
    proxyReqWs(proxyReq, req, socket) {
      setRequestHeaders(proxyReq, requestHeaders(req, lane), ['connection', 'upgrade']);
      proxyReq.once('upgrade', (answer) => {
        opened.add(socket);
        const { 'set-cookie': cookies } = responseHeaders(req, answer, lane);
        if (cookies !== undefined) Object.assign(answer.headers, { 'set-cookie': cookies });
      });
      proxyReq.once('response', (answer) => replaceHeaders(answer, responseHeaders(req, answer, lane)));
    },
    proxyRes(answer, req, res) {
      const headers = responseHeaders(req, answer, lane);
      factsOf.get(req)?.onResponse?.(answer.statusCode ?? 502, headers);
      replaceHeaders(answer, headers);
      // httpxy cuts the browser's connection before it reports this, when nobody can tell any more who left first.
      answer.once('error', (error) => {
        if (!res.destroyed) onFailure(failureOf(error));
      });
    },
    error(error, _req, res) {
      if ('writeHead' in res) fail(res, error, onFailure);
      else failUpgrade(res, error, lane);
    },
  };
}

function requestHeaders(req: IncomingMessage, { upstream, factsOf }: Lane): HeaderMap {
  const facts = factsOf.get(req);
  return facts === undefined ? {} : upstreamRequestHeaders(req.headers, forwardedFacts(upstream, facts));
}

function responseHeaders(
  req: IncomingMessage,
  answer: IncomingMessage,
  { upstream, factsOf }: Lane,
): HeaderMap {
  const facts = factsOf.get(req);
  return facts === undefined ? {} : publicResponseHeaders(answer.headers, publicFacts(upstream, facts));
}

function failUpgrade(socket: Duplex, error: Error, { onFailure, opened }: Lane): void {
  // The client has left, which is no failure of the upstream's.
  if (socket.destroyed) return;
  const failure = failureOf(error);
  onFailure(failure);
  if (opened.has(socket)) socket.destroy();
  else refuseUpgrade(socket, statusOf(failure));
}

/** Only a path that the middleware cannot parse, such as `//`, comes here without an answer. */
function refusePath(res: ServerResponse): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  res.end('400 The path cannot be read.\n');
}

const statusTexts = { 400: 'Bad Request', 502: 'Bad Gateway', 504: 'Gateway Timeout' } as const;

function refuseUpgrade(socket: Duplex, status: keyof typeof statusTexts): void {
  socket.end(`HTTP/1.1 ${status} ${statusTexts[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function setRequestHeaders(proxyReq: ClientRequest, headers: HeaderMap, kept: readonly string[]): void {
  for (const name of proxyReq.getHeaderNames()) {
    if (headers[name] === undefined && !kept.includes(name)) proxyReq.removeHeader(name);
  }
  for (const [name, value] of Object.entries(headers)) proxyReq.setHeader(name, value);
}

function replaceHeaders(answer: IncomingMessage, headers: HeaderMap): void {
  for (const name of Object.keys(answer.headers))
    if (headers[name] === undefined) delete answer.headers[name];
  Object.assign(answer.headers, headers);
}

/** Both timeouts as errors that can be told from a broken connection, which the middleware's own cannot. */
function limitWaiting(
  proxyReq: ClientRequest,
  {
    req,
    res,
    upstream,
  }: { readonly req: IncomingMessage; readonly res: ServerResponse; readonly upstream: UpstreamSettings },
): void {
  proxyReq.setTimeout(upstream.timeoutMs);
  proxyReq.on('timeout', () => {
    const isClientSlow = res.writableNeedDrain || (!req.complete && !proxyReq.writableNeedDrain);
    if (isClientSlow) proxyReq.socket?.setTimeout(upstream.timeoutMs);
    else proxyReq.destroy(timeoutError('answer'));
  });
  const { socket } = proxyReq;
  if (socket === null || !socket.connecting) return;
  const timer = setTimeout(() => proxyReq.destroy(timeoutError('connect')), upstream.connectTimeoutMs);
  socket.once('connect', () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}
