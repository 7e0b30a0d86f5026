import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRepairGuard } from '../../src/edge/redirects.ts';
import { ask, browser } from './client.ts';
import { startProxy, startUpstream } from './edge.ts';

function redirectTo(
  location: string,
  status = 302,
  headers: Readonly<Record<string, string>> = {},
): RequestListener {
  return (_req, res) => {
    res.writeHead(status, { location, ...headers });
    res.end();
  };
}

async function follow(path: string, answer: RequestListener) {
  const upstream = await startUpstream(answer);
  const edge = await startProxy(upstream.url);
  return { edge, answer: await ask(edge.port, { path, headers: browser }) };
}

describe('a proxied redirect', () => {
  it.each([301, 302, 303, 307, 308])('gets the campaign parameters back that a %i drops', async (status) => {
    const { answer, edge } = await follow(
      '/go?utm_source=news&gclid=A.b-C&page=2',
      redirectTo('/sale', status),
    );
    expect(answer.status).toBe(status);
    expect(answer.headers.location).toBe('/sale?utm_source=news&gclid=A.b-C');
    expect(edge.counts()['redirect parameters_kept']).toBe(1);
  });

  it('is not given to shared caches once it carries a click id', async () => {
    const cached = { 'cache-control': 'public, max-age=31536000', etag: '"1"' };
    const { answer } = await follow('/go?gclid=A', redirectTo('/sale', 301, cached));
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(answer.headers.etag).toBeUndefined();
  });

  it('passes untouched where it leads to another host, a signed address, or has the parameters', async () => {
    for (const location of [
      'https://pay.example/x',
      '/file?Signature=abc',
      '/sale?utm_source=other&gclid=B',
    ]) {
      const { answer } = await follow('/go?utm_source=news&gclid=A', redirectTo(location));
      expect(answer.headers.location).toBe(location);
    }
  });

  it('gets them back in a Refresh header', async () => {
    const { answer } = await follow('/go?gclid=A', (_req, res) => {
      res.writeHead(200, { refresh: '0; url=/sale', 'content-type': 'text/html' });
      res.end('moved');
    });
    expect(answer.headers.refresh).toBe('0; url=/sale?gclid=A');
  });

  it('of an upload gets them back too', async () => {
    const upstream = await startUpstream(redirectTo('/thanks', 303));
    const edge = await startProxy(upstream.url);
    const answer = await ask(edge.port, {
      method: 'POST',
      path: '/form?gclid=A',
      headers: browser,
      body: 'a=1',
    });
    expect(answer.headers.location).toBe('/thanks?gclid=A');
  });

  it('does not become a loop where the site takes parameters off in two steps', async () => {
    const upstream = await startUpstream((req, res) => {
      const [path, query] = (req.url ?? '').split('?');
      const next = path === '/p' ? (query === undefined ? null : '/set') : '/p';
      if (next === null) return void res.end('the page');
      res.writeHead(302, { location: next });
      res.end();
    });
    const edge = await startProxy(upstream.url);
    let path = '/p?gclid=A';
    for (let hops = 0; hops < 20; hops += 1) {
      const { status, headers } = await ask(edge.port, { path, headers: browser });
      if (status === 200) break;
      path = String(headers.location);
    }
    expect(path).toBe('/p');
    expect(edge.counts()['redirect loop_avoided']).toBeGreaterThan(0);
  });
});

describe('the repair guard', () => {
  it('allows two repairs in its window, and more after it', () => {
    const guard = createRepairGuard({ windowMs: 1_000, maxEntries: 10 });
    expect([0, 1, 2].map((ms) => guard.mayRepair('a', ms))).toEqual([true, true, false]);
    expect(guard.mayRepair('a', 2_000)).toBe(true);
  });
});
