import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { type PublicFacts, publicResponseHeaders, upstreamRequestHeaders } from './headers.ts';
import {
  fail,
  forwardedFacts,
  type OnFailure,
  type ProxyFacts,
  publicFacts,
  type UpstreamSettings,
} from './upstream.ts';

/** Passes requests without a body. */
export interface PageLane {
  web(req: IncomingMessage, res: ServerResponse, facts: ProxyFacts): void;
  close(): Promise<void>;
}

/** Opens the lane for GET and HEAD: an undici pool, one request at a time on each connection. */
export function createPageLane(upstream: UpstreamSettings, onFailure: OnFailure): PageLane {
  // As many connections as there are requests: behind a limit, a few hundred open event streams would stop every page.
  const pool = new Pool(upstream.url.origin, {
    pipelining: 1,
    allowH2: false,
    headersTimeout: upstream.timeoutMs,
    bodyTimeout: upstream.timeoutMs,
    connect: { timeout: upstream.connectTimeoutMs },
  });
  const prefix = upstream.url.pathname === '/' ? '' : upstream.url.pathname.replace(/\/$/, '');
  return {
    web(req, res, facts) {
      const headers = upstreamRequestHeaders(req.headers, forwardedFacts(upstream, facts));
      const method = req.method === 'HEAD' ? 'HEAD' : 'GET';
      const relay = createRelay(res, publicFacts(upstream, facts), facts, onFailure);
      pool.dispatch({ path: prefix + (req.url ?? '/'), method, headers }, relay);
    },
    close: () => pool.close(),
  };
}

/** Streams one upstream answer to the browser, with back-pressure; a browser that leaves aborts the upstream request. */
function createRelay(
  res: ServerResponse,
  rewrite: PublicFacts,
  facts: ProxyFacts,
  onFailure: OnFailure,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined;
  res.on('close', () => {
    if (!res.writableFinished) controller?.abort(new Error('the client left'));
  });
  return {
    onRequestStart(started) {
      controller = started;
      if (res.destroyed) started.abort(new Error('the client left'));
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return;
      const outgoing = publicResponseHeaders(headers, rewrite);
      facts.onResponse?.(status, outgoing);
      res.writeHead(status, outgoing);
    },
    onResponseData(started, chunk) {
      if (res.write(chunk)) return;
      started.pause();
      res.once('drain', () => started.resume());
    },
    onResponseEnd() {
      res.end();
    },
    onResponseError(_controller, error) {
      fail(res, error, onFailure);
    },
  };
}
