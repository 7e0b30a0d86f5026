import type { Server } from 'node:http';
import process from 'node:process';

/** Listens on a free loopback port, prints it as one line of JSON, and ends with the process that started this one. */
export function announce(server: Server): void {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.stdout.write(`${JSON.stringify({ port })}\n`);
  });
  process.stdin.on('end', () => process.exit(0)).resume();
}
