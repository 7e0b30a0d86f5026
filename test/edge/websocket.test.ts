import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { dial, exchange } from './client.ts';
import { type EdgeOptions, listen, startEdge, startProxy, startUpstream } from './edge.ts';

/** An upstream that echoes what it is sent over a WebSocket, after a first message with the headers it saw. */
async function startEcho(): Promise<{
  readonly url: URL;
  readonly server: Server;
  readonly sockets: Set<WebSocket>;
}> {
  const server = createServer((_req, res) => void res.end('page'));
  const port = await listen(server);
  const ws = new WebSocketServer({ server });
  ws.on('headers', (headers) => headers.push('Set-Cookie: sid=1; Domain=127.0.0.1', 'Set-Cookie: b=2'));
  ws.on('connection', (socket, req) => {
    socket.on('error', () => undefined);
    socket.send(JSON.stringify({ url: req.url, headers: req.headers }));
    socket.on('message', (data: RawData, isBinary) => socket.send(data, { binary: isBinary }));
  });
  onTestFinished(() => {
    for (const socket of ws.clients) socket.terminate();
  });
  return { url: new URL(`http://127.0.0.1:${port}`), server, sockets: ws.clients };
}

function connect(port: number, headers: Readonly<Record<string, string>> = {}): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live?room=1`, ['chat'], {
    headers: { host: 'shop.example', ...headers },
  });
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

const handshake =
  'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n';

describe('a WebSocket', () => {
  it('passes both ways', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(echo.url);
    const socket = connect(port);
    await nextText(socket);
    socket.send('hello');
    expect(await nextText(socket)).toBe('hello');
    const large = 'x'.repeat(2_000_000);
    socket.send(large);
    expect(await nextText(socket)).toBe(large);
    expect(socket.protocol).toBe('chat');
  });

  it('tells the upstream truthfully who asked', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(echo.url);
    const socket = connect(port, {
      cookie: 'sid=1',
      'x-forwarded-for': '6.6.6.6',
      authorization: 'Bearer t',
    });
    const seen = JSON.parse(await nextText(socket));
    expect(seen.url).toBe('/live?room=1');
    expect(seen.headers).toMatchObject({
      host: echo.url.host,
      cookie: 'sid=1',
      authorization: 'Bearer t',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
    });
  });

  it('brings its cookies on the public host', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(echo.url);
    const [response] = await once(connect(port), 'upgrade');
    expect(response.headers['set-cookie']).toEqual(['sid=1; Domain=shop.example', 'b=2']);
  });

  it('closes at the upstream when the client leaves, and at the client when the upstream does', async () => {
    const echo = await startEcho();
    const { port } = await startProxy(echo.url);
    const leaving = connect(port);
    await nextText(leaving);
    const [left] = echo.sockets;
    leaving.terminate();
    if (left !== undefined) await once(left, 'close');
    const cut = connect(port);
    await nextText(cut);
    for (const socket of echo.sockets) socket.terminate();
    const [code] = await once(cut, 'close');
    expect([left?.readyState, code]).toEqual([WebSocket.CLOSED, 1006]);
  });

  it('gets the answer of an upstream that does not upgrade', async () => {
    const upstream = await startUpstream((_req, res) => void res.end());
    upstream.server.on('upgrade', (req, socket) => {
      socket.end(
        `HTTP/1.1 302 Found\r\nlocation: http://${req.headers.host}/login\r\ncontent-length: 2\r\n\r\nno`,
      );
    });
    const { port } = await startProxy(upstream.url);
    const answer = await exchange(port, `GET / HTTP/1.1\r\nhost: shop.example\r\n${handshake}`);
    expect(answer).toMatch(/^HTTP\/1\.1 302 Found\r\n/);
    expect(answer).toContain('location: http://shop.example/login');
    expect(answer.endsWith('\r\n\r\nno')).toBe(true);
  });

  it('gets a 502 where nobody listens', async () => {
    const { port, failures } = await startProxy(new URL('http://127.0.0.1:1'));
    expect(await exchange(port, `GET / HTTP/1.1\r\nhost: shop.example\r\n${handshake}`)).toMatch(
      /^HTTP\/1\.1 502 Bad Gateway\r\n/,
    );
    expect(failures).toEqual(['upstream_unreachable']);
  });

  it('gets a 504 where the upstream does not answer', async () => {
    const upstream = await startUpstream((_req, res) => void res.end());
    upstream.server.on('upgrade', () => undefined);
    const { port, failures } = await startProxy(upstream.url, { upstream: { timeoutMs: 100 } });
    expect(await exchange(port, `GET / HTTP/1.1\r\nhost: shop.example\r\n${handshake}`)).toMatch(
      /^HTTP\/1\.1 504 /,
    );
    expect(failures).toEqual(['upstream_timeout']);
  });

  it('aborts the upstream when the client leaves before it is open, which is no failure', async () => {
    const upstream = await startUpstream((_req, res) => void res.end());
    const reached = once(upstream.server, 'upgrade');
    const { port, failures } = await startProxy(upstream.url);
    const client = await dial(port);
    client.write(`GET / HTTP/1.1\r\nhost: shop.example\r\n${handshake}`);
    const [, socket] = await reached;
    socket.on('error', () => undefined);
    socket.resume();
    const ended = once(socket, 'end');
    client.resetAndDestroy();
    await ended;
    expect(failures).toEqual([]);
  });

  const refusals: readonly (readonly [string, string, EdgeOptions | null, RegExp])[] = [
    ['of an unknown host', 'GET / HTTP/1.1\r\nhost: other.example', null, /^HTTP\/1\.1 421 /],
    ['of a site without upstream', 'GET / HTTP/1.1\r\nhost: shop.example', {}, /^HTTP\/1\.1 404 /],
    ['with a path that cannot be read', 'GET // HTTP/1.1\r\nhost: shop.example', null, /^HTTP\/1\.1 400 /],
  ];
  it.each(refusals)('%s is refused', async (_title, head, options, expected) => {
    const { port } =
      options === null ? await startProxy(new URL('http://127.0.0.1:1')) : await startEdge(options);
    expect(await exchange(port, `${head}\r\n${handshake}`)).toMatch(expected);
  });

  it('does not keep the server from closing', async () => {
    const echo = await startEcho();
    const { port, server } = await startProxy(echo.url);
    const socket = connect(port);
    await nextText(socket);
    const closed = once(server, 'close');
    const left = once(socket, 'close');
    server.close();
    server.closeAllConnections();
    await Promise.all([closed, left]);
    expect(server.listening).toBe(false);
  });

  it('that is refused and reset at once does not end the process', async () => {
    const edge = await startEdge();
    for (let n = 0; n < 20; n++) {
      const client = await dial(edge.port);
      client.write(`GET / HTTP/1.1\r\nhost: other.example\r\n${handshake}`);
      client.resetAndDestroy();
    }
    expect(await exchange(edge.port, 'GET / HTTP/1.1\r\nhost: other.example\r\n\r\n')).toContain('421');
  });
});
