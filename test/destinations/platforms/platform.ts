import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import type { BoundDestination, Destination, Outcome, Payload } from '../../../src/contract/destination.ts';
import { createSender, type Sender } from '../../../src/delivery/send.ts';
import { destinations } from '../../../src/destinations/index.ts';
import { isRefusal } from '../../../src/model/refusal.ts';
import { bindGolden, buildOf, goldenOf, requestAtMs } from '../golden.ts';

/** A request as the platform got it, its body read as JSON where it is some. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

/** What the platform answers; `cut` closes the connection without an answer. */
export type PlatformAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'cut';

/** A platform on loopback whose rules are `answer`, and a destination of ours that sends to it. */
export interface Platform {
  /** Sends payloads in one request, and judges what comes back. */
  send(
    payloads: readonly Payload[],
    settings?: Readonly<Record<string, unknown>>,
  ): Promise<readonly Outcome[]>;
  /** Every payload that the golden file's events become under its own settings. */
  readonly payloads: readonly Payload[];
  readonly received: readonly Received[];
  /** Answers the next request so, whatever the rules say. */
  answerOnce(answer: PlatformAnswer): void;
}

/** Starts and stops the platform around the tests of a file. `addressField` is the setting that holds the address. */
export function platformOf(
  name: string,
  answer: (request: Received) => PlatformAnswer,
  addressField: 'host' | 'url' = 'host',
): Platform {
  const received: Received[] = [];
  const next: PlatformAnswer[] = [];
  let address = '';
  let sender: Sender;
  const server = createServer(async (request, response) => {
    const read = await readRequest(request);
    received.push(read);
    const given = next.shift() ?? answer(read);
    if (given === 'cut') {
      request.socket.destroy();
      return;
    }
    const body = given.body ?? '';
    response.writeHead(given.status, given.headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the platform has no port');
    address = `http://127.0.0.1:${bound.port}`;
    sender = createSender(() => requestAtMs);
  });
  afterAll(async () => {
    await sender.close();
    server.close();
  });
  return {
    payloads: payloadsOf(name),
    received,
    answerOnce: (given) => next.push(given),
    async send(payloads, settings = {}) {
      const own = { [addressField]: addressField === 'url' ? `${address}/hook/s3cr3t-path` : address };
      const bound = bindFor(name, { ...own, allowPrivate: true, ...settings });
      const request = bound.request(payloads, { nowMs: requestAtMs, number: 1 });
      return bound.judge(await sender.send(request), payloads);
    },
  };
}

/** With the golden file's settings and the given ones; one that is undefined is taken out. */
function bindFor(name: string, settings: Readonly<Record<string, unknown>>): BoundDestination {
  const merged = Object.entries({ ...goldenOf(name).settings, ...settings });
  const present = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  return destinationOf(name).bind(name, present, { required: [], optional: [] });
}

function destinationOf(name: string): Destination {
  const destination = destinations.find((one) => one.name === name);
  if (destination === undefined) throw new Error(`no destination ${name}`);
  return destination;
}

function payloadsOf(name: string): readonly Payload[] {
  return goldenOf(name).cases.flatMap((one) => {
    if (!('event' in one) || Object.keys(one.settings).length > 0) return [];
    const built = buildOf(bindGolden(destinationOf(name), goldenOf(name)), one.event);
    return isRefusal(built) ? [] : [built];
  });
}

async function readRequest(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://platform');
  const { method = '', headers } = request;
  return { method, path: pathname, query: searchParams, headers, text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
