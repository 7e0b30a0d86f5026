import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createPageLane } from './page-lane.ts';
import { createUploadLane } from './upload-lane.ts';
import type { OnFailure, ProxyFacts, UpstreamSettings } from './upstream.ts';

export type { ProxyFacts, ProxyFailure, UpstreamSettings } from './upstream.ts';

/** Passes requests of one site to its upstream. */
export interface SiteProxy {
  web(req: IncomingMessage, res: ServerResponse, facts: ProxyFacts): void;
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, facts: ProxyFacts): void;
  close(): Promise<void>;
}

/**
 * Two lanes to one upstream. Page views (GET and HEAD without a body) go over an undici pool, which costs less than half
 * of a node:http client request (docs/decisions/0003); uploads and WebSockets go through http-proxy-middleware. Both
 * stream, keep connections alive, and share the header policy of headers.ts.
 */
export function createProxy(upstream: UpstreamSettings, onFailure: OnFailure): SiteProxy {
  const pages = createPageLane(upstream, onFailure);
  const uploads = createUploadLane(upstream, onFailure);
  return {
    web(req, res, facts) {
      const hasBody =
        req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
      if ((req.method === 'GET' || req.method === 'HEAD') && !hasBody) pages.web(req, res, facts);
      else uploads.web(req, res, facts);
    },
    upgrade: uploads.upgrade,
    async close() {
      uploads.close();
      await pages.close();
    },
  };
}
