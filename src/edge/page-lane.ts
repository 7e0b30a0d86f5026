import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { type PublicFacts, publicResponseHeaders, upstreamRequestHeaders } from './headers.ts';
import { readableEncodings } from './rewrite/encoding.ts';
import {
  type BodySink,
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
      if (facts.rewrite !== undefined)
        headers['accept-encoding'] = readableEncodings(headers['accept-encoding']);
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
  publicly: PublicFacts,
  facts: ProxyFacts,
  onFailure: OnFailure,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | undefined;
  let sink: BodySink = res;
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
      const outgoing = publicResponseHeaders(headers, publicly);
      facts.onResponse?.(status, outgoing);
      const openSink = facts.rewrite?.(status, outgoing) ?? null;
      res.writeHead(status, outgoing);
      if (openSink !== null) sink = openSink(res);
    },
    onResponseData(started, chunk) {
      if (sink.write(chunk)) return;
      started.pause();
      sink.once('drain', () => started.resume());
    },
    onResponseEnd() {
      sink.end();
    },
    onResponseError(_controller, error) {
      fail(res, error, onFailure);
    },
  };
}
