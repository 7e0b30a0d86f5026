import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';

const visitor = 'CanaryVisitor000000000';
const cookie = `tl_visitor=1.${visitor}.1790000000.${Math.floor(Date.now() / 1000)}`;

async function post(stack: Pick<Stack, 'gateway'>, id: string, consent: string): Promise<Response> {
  return fetch(`${stack.gateway.origin}/t/e`, {
    method: 'POST',
    headers: {
      cookie: `tl_consent=1.${consent}; ${cookie}`,
      'content-type': 'application/json',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/147.0.0.0 Safari/537.36',
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify({ name: 'page_view', id, page: { url: 'http://localhost/?canary=1' } }),
  });
}

/** A receiver that is away at first, and counts what it is sent once it is back. */
async function startAway() {
  const bodies: string[] = [];
  const state = { status: 503 };
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += chunk;
    bodies.push(body);
    res.writeHead(state.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/in`, bodies, state };
}

/** The command has to know the admin port from the configuration, so it is chosen before. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function startWithAway() {
  const away = await startAway();
  const stack = await startStack({
    config: {
      'destinations.receiver.settings.url': away.url,
      'destinations.ga4.enabled': false,
      'destinations.meta.enabled': false,
      'delivery.firstSeconds': 0.05,
      'delivery.longestSeconds': 1,
      'admin.port': await freePort(),
    },
  });
  return { away, stack };
}

/** Every byte of the store: data file, write-ahead log and log. */
function storeBytes(stack: Stack): string {
  const folder = join(stack.folder, 'data');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('a withdrawal', () => {
  it('holds from its answer on, though the gateway is killed the moment after', async () => {
    const { away, stack } = await startWithAway();
    expect((await post(stack, 'queued-event', 'ggggggg')).status).toBe(204);
    await until('a first try', () => away.bodies.length > 0);
    const answer = await post(stack, 'refusal-event', 'ddddddd');
    expect(answer.status).toBe(204);
    await stack.gateway.end('SIGKILL');
    const before = away.bodies.length;
    away.state.status = 204;
    const again = await stack.restart();
    expect((await post({ gateway: again }, 'later-event', 'ggggggg')).status).toBe(204);
    await until('the later event', () =>
      away.bodies.slice(before).some((body) => body.includes('later-event')),
    );
    await again.settled();
    expect(away.bodies.slice(before).filter((body) => body.includes('queued-event'))).toEqual([]);
  }, 60_000);
});

describe('throughline privacy erase', () => {
  it('erases from a gateway that runs, log and write-ahead log included', async () => {
    const { away, stack } = await startWithAway();
    await post(stack, 'event-of-canary', 'ggggggg');
    await until('a first try', () => away.bodies.length > 0);
    expect(storeBytes(stack)).toContain(visitor);
    const { code, output } = await stack.run('privacy', 'erase', '--visitor', visitor, '--yes');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Deleted: 1 events') });
    await until('the bytes to be gone', () => !storeBytes(stack).includes(visitor));
    expect(storeBytes(stack)).not.toContain('event-of-canary');
    const tries = away.bodies.length;
    away.state.status = 204;
    await stack.gateway.settled();
    expect(away.bodies.slice(tries + 1)).toEqual([]);
  }, 60_000);
});
