import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CanaryRun, runCanary } from '../../src/app/canary.ts';
import { canaryConfigSchema } from '../../src/app/canary-config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { createLogger } from '../../src/observe/logger.ts';

const secret = 'whsec_Y2FuYXJ5LXRlc3RzLW9mLXRocm91Z2hsaW5lLTEyMw==';

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A shop whose redirect can be broken, a receiver of alerts whose status can be chosen, and the canary over both. */
async function startScene(signing: string | null = secret) {
  const shop = { keeps: true };
  const receiver = { status: 204, bodies: [] as string[], problems: [] as string[], ids: [] as string[] };
  const shopPort = await listen(
    createServer((req, res) => {
      const url = new URL(req.url ?? '/', 'http://shop.localhost');
      if (url.pathname !== '/sale') res.end();
      else res.writeHead(302, { location: `/end${shop.keeps ? url.search : ''}` }).end();
    }),
  );
  const receiverPort = await listen(
    createServer((req, res) => {
      text(req).then(
        (body) => {
          const headers = Object.fromEntries(Object.entries(req.headers).map(([k, v]) => [k, String(v)]));
          try {
            if (signing !== null) new Webhook(signing).verify(body, headers);
          } catch (error) {
            receiver.problems.push(String(error));
          }
          receiver.ids.push(headers['webhook-id'] ?? '');
          if (receiver.status < 300) receiver.bodies.push(body);
          res.writeHead(receiver.status).end();
        },
        () => undefined,
      );
    }),
  );
  const page = `http://shop.localhost:${shopPort}/sale?utm_source=canary&gclid=canary`;
  const parsed = parseConfig(
    canaryConfigSchema,
    JSON.stringify({
      pages: [page],
      allowPrivate: true,
      alert: {
        webhook: `http://127.0.0.1:${receiverPort}/`,
        ...(signing !== null && { secret: signing }),
        allowPrivate: true,
      },
    }),
    'canary.yaml',
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const stateFile = join(mkdtempSync(join(tmpdir(), 'throughline-canary-')), 'state', 'canary.json');
  const lines: string[] = [];
  const log = createLogger('debug', 'json', { write: (line) => lines.push(line), nowMs: Date.now });
  const run = async (): Promise<CanaryRun> => {
    const result = await runCanary(parsed.value, { stateFile, log, nowMs: Date.now });
    if ('problem' in result) throw new Error(result.problem);
    return result;
  };
  const logged = () => lines.map((line): unknown => JSON.parse(line));
  return { shop, receiver, page, stateFile, run, logged };
}

describe('a canary', () => {
  it('tells once that parameters die, in the log and by a signed webhook, and once that they recover', async () => {
    const { shop, receiver, page, run, logged } = await startScene();
    expect((await run()).alerts).toEqual([]);
    shop.keeps = false;
    for (let count = 0; count < 4; count += 1) await run();
    expect(receiver.problems).toEqual([]);
    expect(receiver.bodies.map((body): unknown => JSON.parse(body))).toMatchObject([
      {
        type: 'canary.parameter_dies',
        timestamp: expect.stringMatching(/^\d{4}-/),
        data: {
          page,
          parameter: 'utm_source',
          hop: 1,
          cause: 'redirect_dropped_query',
          lastGoodAt: expect.stringMatching(/^\d{4}-/),
        },
      },
      { type: 'canary.parameter_dies', data: { parameter: 'gclid' } },
    ]);
    expect(new Set(receiver.ids).size).toBe(2);
    expect(logged()).toMatchObject([
      { level: 'warn', code: 'TL4020', parameter: 'utm_source' },
      { level: 'warn', code: 'TL4020', parameter: 'gclid' },
    ]);
    shop.keeps = true;
    for (let count = 0; count < 3; count += 1) await run();
    expect(receiver.bodies.slice(2).map((body): unknown => JSON.parse(body))).toMatchObject([
      { type: 'canary.parameter_recovers' },
      { type: 'canary.parameter_recovers' },
    ]);
  });

  it('keeps alerts that the webhook did not take, and sends them again under the same ids', async () => {
    const { shop, receiver, run, logged } = await startScene();
    shop.keeps = false;
    receiver.status = 503;
    await run();
    await run();
    expect(receiver.bodies).toEqual([]);
    expect(logged()).toContainEqual(
      expect.objectContaining({ code: 'TL4021', problem: 'HTTP 503', kept: 2 }),
    );
    receiver.status = 204;
    await run();
    await run();
    expect(receiver.bodies).toHaveLength(2);
    expect(receiver.ids[1]).toBe(receiver.ids[0]);
  });

  it('drops an alert that is refused for good', async () => {
    const { shop, receiver, run } = await startScene();
    shop.keeps = false;
    receiver.status = 400;
    await run();
    await run();
    receiver.status = 204;
    await run();
    expect(receiver.bodies).toEqual([]);
  });

  it('posts without a signature where no secret is set', async () => {
    const { shop, receiver, run } = await startScene(null);
    shop.keeps = false;
    await run();
    await run();
    expect(receiver.bodies).toHaveLength(2);
  });

  it('starts anew where its state is damaged', async () => {
    const { stateFile, run } = await startScene();
    await run();
    const before = readFileSync(stateFile, 'utf8');
    writeFileSync(stateFile, before.slice(0, 40));
    expect((await run()).alerts).toEqual([]);
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toMatchObject({ version: 1, pending: [] });
  });
});

describe('the configuration of a canary', () => {
  it.each([
    ['a page without scheme', { pages: ['shop.example'] }, 'pages[0]'],
    ['an http webhook', { alert: { webhook: 'http://hooks.example/' } }, 'alert.webhook'],
    ['a short secret', { alert: { secret: 'whsec_abc' } }, 'alert.secret'],
    ['no time between runs', { everyMinutes: 0 }, 'everyMinutes'],
  ])('is refused with %s', (_title, value, key) => {
    const parsed = parseConfig(canaryConfigSchema, JSON.stringify(value), 'canary.yaml');
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.key)).toEqual([key]);
  });
});
