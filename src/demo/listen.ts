import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** A server that accepts connections. */
export interface Listening {
  /** The port it got; the one asked for, or a free one where 0 was asked for. */
  readonly port: number;
  /** Drops every connection, upgraded ones included, and resolves when the port is free. */
  close(): Promise<void>;
}

/** Starts a server. Rejects when the port cannot be had. */
export async function listen(server: Server, port: number, host: string): Promise<Listening> {
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (_request, socket: Duplex) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}
