import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { issueCertificate } from '../app/certificates.ts';
import { hosts, type Ports } from './hosts.ts';
import type { ViewCounter } from './pages.ts';
import { routeFor } from './routes.ts';

/** A site that loses campaign parameters in every way there is. */
export interface LossSite {
  readonly ports: Ports;
  /**
   * From now on a gateway on this port stands in front of the site's own hosts, for http and https. `counter` counts the
   * shop's views; the application always counts its own.
   */
  putBehind(gatewayPort: number, counter: ViewCounter): void;
  close(): Promise<void>;
}

/** Starts the site on loopback: over http, and behind a TLS terminator with a certificate that nobody vouches for. */
export async function startLossSite(): Promise<LossSite> {
  let ports: Ports = { own: 0, http: 0, https: 0 };
  let shopCounter: ViewCounter = 'gateway';
  const site = createServer((req, res) => answer(req, res, { ports, shopCounter }));
  const own = await listen(site);
  const terminator = createTlsServer(
    issueCertificate({
      subject: hosts.shop,
      names: Object.values(hosts),
      from: new Date('2020-01-01'),
      to: new Date('2099-01-01'),
    }),
    (req, res) => terminate(req, res, ports.http),
  );
  const https = await listen(terminator);
  ports = { own, http: own, https };
  return {
    get ports() {
      return ports;
    },
    putBehind(gatewayPort, counter) {
      shopCounter = counter;
      ports = { ...ports, http: gatewayPort };
    },
    async close() {
      terminator.closeAllConnections();
      site.closeAllConnections();
      await Promise.all([once(terminator.close(), 'close'), once(site.close(), 'close')]);
    },
  };
}

function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { ports, shopCounter }: { readonly ports: Ports; readonly shopCounter: ViewCounter },
): void {
  const url = new URL(req.url ?? '/', `http://${req.headers.host}`);
  req.resume();
  const asked = {
    url,
    method: req.method ?? 'GET',
    isHttps: req.headers['x-forwarded-proto'] === 'https',
    counter: url.hostname === hosts.app ? 'script' : shopCounter,
    ports,
  } as const;
  routeFor(asked)(res, asked);
}

/** What a terminator does: passes everything on, and says how the visitor came. */
function terminate(req: IncomingMessage, res: ServerResponse, port: number): void {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: req.method ?? 'GET',
    path: req.url ?? '/',
    headers: { ...req.headers, 'x-forwarded-proto': 'https' },
  });
  outgoing.on('response', (answered) => {
    res.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(res);
  });
  outgoing.on('error', () => res.destroy());
  req.pipe(outgoing);
}

async function listen(server: Server): Promise<number> {
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
