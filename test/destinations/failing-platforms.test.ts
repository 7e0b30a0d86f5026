import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { answering, startReceiver } from '../delivery/server.ts';
import { connect, deliver } from './platform.ts';

/** The ad platforms whose events are batched, and what else their settings need on loopback. */
const platforms = ['google-ads', 'tiktok', 'microsoft', 'linkedin', 'pinterest'] as const;

const page = (status: number) => (res: ServerResponse) =>
  void res.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Sorry</title>');

/** A platform that fails, and a token server for those that need one. */
async function failing(name: (typeof platforms)[number], reply: Parameters<typeof startReceiver>[0]) {
  const api = await startReceiver(reply);
  const tokens = await startReceiver(
    (res) => void res.writeHead(200).end('{"access_token":"t-1","expires_in":3600}'),
  );
  const signIn = name === 'google-ads' ? { tokenUrl: `${tokens.url}/token` } : {};
  const connection = connect(name, { host: api.url, ...signIn });
  return await deliver(connection, [connection.payload('evt-1')]);
}

describe.each(platforms)('%s, when the platform fails', (name) => {
  it.each([
    ['limits the rate', answering(429, { 'retry-after': '45' }), 'retry after 45 s: HTTP 429'],
    ['limits the rate without saying for how long', answering(429), 'retry after 1 s: HTTP 429'],
    ['is down', answering(503), 'retry after 1 s: HTTP 503'],
    ['hides behind a bad gateway', page(502), 'retry after 1 s: HTTP 502'],
    ['answers with a page', page(200), 'retry after 1 s: HTTP 200 without JSON'],
    ['blocks with a page', page(403), 'retry after 1 s: HTTP 403 without JSON'],
    ['does not know the credentials', answering(401), 'retry after 0 s: HTTP 401'],
    ['has moved', answering(301, { location: 'https://example.net/' }), 'dead: HTTP 301'],
  ])('because it %s: no event is lost', async (_title, reply, verdict) => {
    expect(await failing(name, reply)).toEqual([verdict]);
  });

  it('because the connection breaks: the event is sent again', async () => {
    const [verdict] = await failing(name, (res) => void res.destroy());
    expect(verdict).toMatch(/^retry after 1 s: /);
  });
});
