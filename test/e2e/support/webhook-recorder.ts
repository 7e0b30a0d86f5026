import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../../../src/demo/listen.ts';
import { signatureProblem } from '../../../src/demo/webhook-signature.ts';

const bodySchema = z.object({ data: z.object({ id: z.string() }) });

/** A webhook endpoint that remembers every delivery, however many there are. */
export interface WebhookRecorder {
  readonly url: string;
  /** The webhook ids under which each event came, one for each delivery. */
  readonly deliveries: ReadonlyMap<string, readonly string[]>;
  /** What was wrong with deliveries that were refused. */
  readonly problems: readonly string[];
}

/** Starts a recorder; it ends with the test. */
export async function startWebhookRecorder(secret: string): Promise<WebhookRecorder> {
  const deliveries = new Map<string, string[]>();
  const problems: string[] = [];
  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await buffer(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const problem = signatureProblem({ headers, body, nowMs: Date.now() }, secret);
    if (problem !== undefined) {
      problems.push(problem);
      return 401;
    }
    const { id } = bodySchema.parse(JSON.parse(body.toString('utf8'))).data;
    deliveries.set(id, [...(deliveries.get(id) ?? []), headers['webhook-id'] ?? '']);
    return 200;
  };
  const server = createServer((request, response) => {
    take(request).then(
      (status) => response.writeHead(status).end(),
      // A killed gateway leaves a request half sent.
      () => response.destroy(),
    );
  });
  const { port, close } = await listen(server, 0, '127.0.0.1');
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}/`, deliveries, problems };
}
