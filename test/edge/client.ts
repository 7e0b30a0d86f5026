import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

/** Opens a request to the edge for `shop.example`, without a body unless one is written. */
export function open(port: number, { method = 'GET', path = '/', headers = {} }: Asked = {}): ClientRequest {
  const req = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { host: 'shop.example', ...headers },
  });
  // A test that cuts a connection hears of it here; one that expects an answer awaits `response`.
  req.on('error', () => undefined);
  onTestFinished(() => void req.destroy());
  return req;
}

/** The answer's head. */
export function head(req: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    req.once('response', resolve);
    req.once('error', reject);
  });
}

/** Sends a request and reads the whole answer. */
export async function ask(port: number, asked: Asked = {}): Promise<Answer> {
  const req = open(port, asked);
  const answered = head(req);
  req.end(asked.body);
  return readAll(await answered);
}

/** Reads an answer to its end; rejects when it is cut. */
export async function readAll(res: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  return { status: res.statusCode ?? 0, headers: res.headers, body, text: body.toString() };
}

/** Posts JSON to our own protocol. */
export function post(
  port: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = typeof json === 'string' ? json : JSON.stringify(json);
  return ask(port, {
    method: 'POST',
    path: '/t/e',
    headers: { 'content-type': 'application/json', ...browser, ...headers },
    body,
  });
}

/** What a browser on the shop's own page sends with a hit. */
export const browser = {
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'accept-language': 'de-DE,de;q=0.9',
  origin: 'https://shop.example',
} as const;

/** The cookie of a visitor who accepted everything. */
export const accepted = 'tl_consent=1.ggggggg';
/** The cookie of a visitor who refused everything. */
export const refused = 'tl_consent=1.ddddddd';

/** A plain TCP connection for bytes that no HTTP client would send. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and reads until the other side closes. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = await dial(port);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  const closed = once(socket, 'close');
  socket.write(bytes);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}
