import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** One request as it came. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A receiver on a free loopback port; `reply` answers each request. */
export async function startReceiver(
  reply: (res: ServerResponse, received: Received) => void,
  host = '127.0.0.1',
) {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += chunk;
    const one = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body };
    received.push(one);
    reply(res, one);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, url: `http://127.0.0.1:${port}`, received, connections: () => connections };
}

/** Answers with a status and headers. */
export function answering(status: number, headers: Readonly<Record<string, string>> = {}) {
  return (res: ServerResponse): void => void res.writeHead(status, headers).end('answered');
}
