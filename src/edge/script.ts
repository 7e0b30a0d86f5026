import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A script that the site serves as its own. */
export interface Script {
  serve(req: IncomingMessage, res: ServerResponse): void;
  /** The same script, told where links hand over, unless its tag says so itself. */
  withLinks(dataLink: string): Script;
}

/** Compresses once, answers conditional requests; an hour of caching keeps a new release from waiting long. */
export function createScript(source: string): Script {
  const plain = Buffer.from(source);
  const bodies = { br: brotliCompressSync(plain), gzip: gzipSync(plain), identity: plain };
  const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  // Weak: one tag for all three encodings, which are not the same bytes (RFC 9110 section 8.8.1).
  const etag = `W/${tag}`;
  const linked = new Map<string, Script>();
  return {
    withLinks(dataLink) {
      const known = linked.get(dataLink);
      if (known !== undefined) return known;
      const script = createScript(`${statement(dataLink)}${source}`);
      // One for each site; reloads that change them start anew now and then.
      if (linked.size >= maxLinked) linked.clear();
      linked.set(dataLink, script);
      return script;
    },
    serve(req, res) {
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        res.writeHead(405, { allow: 'GET, HEAD' });
        return void res.end();
      }
      const headers = {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
        'x-content-type-options': 'nosniff',
        vary: 'Accept-Encoding',
        etag,
      };
      if (isListed(tag, req.headers['if-none-match'])) {
        res.writeHead(304, headers);
        return void res.end();
      }
      const encoding = pickEncoding(String(req.headers['accept-encoding'] ?? ''));
      const body = bodies[encoding];
      res.writeHead(200, {
        ...headers,
        'content-length': body.length,
        ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      });
      res.end(req.method === 'HEAD' ? undefined : body);
    },
  };
}

const maxLinked = 1_000;

/** Written before the script, which reads the attributes of its own tag. */
function statement(dataLink: string): string {
  return `(t=>{if(t&&!t.dataset.link)t.dataset.link=${JSON.stringify(dataLink)}})(document.currentScript);`;
}

/** If-None-Match compares weakly: caches in front may have made a strong tag weak, or send several (RFC 9110 section 13.1.2). */
function isListed(tag: string, list: string | undefined): boolean {
  return list !== undefined && (list.trim() === '*' || list.includes(tag));
}

function pickEncoding(accepted: string): 'br' | 'gzip' | 'identity' {
  if (/\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted)) return 'br';
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted) ? 'gzip' : 'identity';
}
