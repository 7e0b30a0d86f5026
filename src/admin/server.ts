import { timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import type { Secret } from '../model/secret.ts';
import { type Metrics, metricsContentType } from '../observe/metrics.ts';
import { tellStory, type UnmatchedRule } from '../report/timeline.ts';
import type { Erased, EventStory, Person, Reader } from '../store/ports.ts';
import { streamEvents } from './live.ts';
import { page, script, style } from './web/page.ts';

/** What the admin port needs from outside. */
export interface AdminTools {
  readonly reader: Reader;
  readonly metrics: Metrics;
  /** Null: loopback only, no token asked. */
  readonly token: Secret | null;
  readonly version: string;
  readonly unmatched: (story: EventStory) => readonly UnmatchedRule[];
  readonly breakers: () => Promise<
    Readonly<Record<string, { readonly failures: number; readonly openUntilMs: number }>>
  >;
  readonly revive: (destination: string | null, ids: readonly number[] | null) => Promise<number>;
  readonly configVersion: () => string;
  readonly erase: (person: Person) => Promise<Erased>;
}

const findQuery = z.strictObject({
  key: z.string().min(1).max(500),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const sinceQuery = z.strictObject({
  after: z.coerce.number().int().min(0).exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const reviveBody = z.strictObject({
  destination: z.string().max(200).nullable().default(null),
  ids: z.array(z.int()).max(10_000).nullable().default(null),
});

const eraseBody = z.strictObject({
  visitors: z.array(z.strictObject({ site: z.string().max(200), key: z.string().max(500) })).max(100_000),
  offsets: z.array(z.int().min(0)).max(1_000_000),
});

/** Health, metrics, the debugger's page and its API. */
export function createAdmin(tools: AdminTools): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      strictTransportSecurity: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    }),
  );
  app.use(refuseForeignPages(tools.token));
  app.get('/livez', (_req, res) => void res.json({ ok: true }));
  app.get(
    '/readyz',
    (_req, res) => void res.json({ ok: true, config: tools.configVersion(), lag: tools.reader.lag() }),
  );
  app.use(askForToken(tools.token));
  servePage(app);
  serveApi(app, tools);
  app.use(
    (_req, res) =>
      void res
        .status(404)
        .json({ error: { code: 'not_found', message: 'There is nothing here. See / for the debugger.' } }),
  );
  app.use(answerError);
  return app;
}

function servePage(app: Express): void {
  app.get('/', (_req, res) => void res.type('html').send(page));
  app.get('/debugger.js', (_req, res) => void res.type('text/javascript').send(script));
  app.get('/debugger.css', (_req, res) => void res.type('text/css').send(style));
}

function serveApi(app: Express, tools: AdminTools): void {
  const { reader, metrics } = tools;
  app.get('/metrics', (_req, res) => {
    for (const { destination, status, count } of reader.queues())
      metrics.setQueue(destination, status, count);
    metrics.setLag(reader.lag());
    res.type(metricsContentType).send(metrics.text());
  });
  app.get('/api/status', async (_req, res) => {
    const breakers = await tools.breakers();
    res.json({
      version: tools.version,
      config: tools.configVersion(),
      lag: reader.lag(),
      lastOffset: reader.lastOffset(),
      queues: reader.queues(),
      breakers,
      counts: metrics.totals(),
    });
  });
  app.get('/api/events', (req, res) => {
    const { after, limit } = sinceQuery.parse(req.query);
    const from = after ?? Math.max(0, reader.lastOffset() - limit);
    res.json({
      events: reader.since(from, limit).map((story) => ({ ...story, timeline: tellStory(story) })),
    });
  });
  app.get('/api/explain', (req, res) => {
    const { key, limit } = findQuery.parse(req.query);
    const stories = reader.find(key, limit);
    res.json({
      events: stories.map((story) => ({ ...story, timeline: tellStory(story, tools.unmatched(story)) })),
    });
  });
  app.get('/api/live', (req, res) => streamEvents(req, res, reader));
  app.get('/api/dead-letters', (_req, res) => void res.json({ items: reader.deadLetters(500) }));
  app.post('/api/dead-letters/retry', express.json({ limit: '256kb' }), async (req, res) => {
    const { destination, ids } = reviveBody.parse(req.body ?? {});
    res.json({ revived: await tools.revive(destination, ids) });
  });
  app.post('/api/privacy/erase', express.json({ limit: '32mb' }), async (req, res) => {
    res.json({ erased: await tools.erase(eraseBody.parse(req.body)) });
  });
}

const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * A page of another site must not reach the admin port through its visitor's browser: neither by a request of its own,
 * nor by pointing a name of its own at the loopback address (DNS rebinding).
 */
function refuseForeignPages(token: Secret | null) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const from = req.headers['sec-fetch-site'] ?? 'none';
    const isOwnPage =
      from === 'same-origin' || from === 'none' || (from === 'same-site' && req.method === 'GET');
    const isOwnHost = token !== null || loopbackHost.test(req.headers.host ?? '');
    if (isOwnPage && isOwnHost) next();
    else refuse(res, 403, 'foreign_page', 'Open the debugger itself; other sites may not call it.');
  };
}

/** Bearer for programs; Basic with the token as password, because that is what a browser can ask a person for. */
function askForToken(token: Secret | null) {
  return (req: Request, res: Response, next: NextFunction): void => {
    if (token === null || isSame(givenToken(req.headers.authorization ?? ''), token.reveal())) next();
    else {
      res.set('www-authenticate', 'Basic realm="Throughline", charset="UTF-8"');
      const how =
        'Send the header Authorization: Bearer with the value of admin.token, or give it as the password.';
      refuse(res, 401, 'token_missing', how);
    }
  };
}

function refuse(res: Response, status: number, code: string, message: string): void {
  res.status(status).json({ error: { code, message } });
}

function givenToken(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function answerError(error: unknown, _req: Request, res: Response, _next: NextFunction): void {
  if (error instanceof z.ZodError) {
    const message = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    refuse(res, 400, 'bad_request', message);
    return;
  }
  const status =
    error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  const message =
    status < 500 && error instanceof Error ? error.message : 'The request failed; the log says why.';
  refuse(res, status, status < 500 ? 'bad_request' : 'internal', message);
}
