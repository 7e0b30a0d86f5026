import { once } from 'node:events';
import { createAdmin } from '../admin/server.ts';
import { openReader } from '../store/sqlite/reader.ts';
import type { Gateway } from './gateway.ts';
import { unmatchedRules } from './inspect.ts';
import { readVersion } from './version.ts';

/** The running admin port. */
export interface Admin {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the admin port as configured. */
export async function startAdmin(gateway: Gateway): Promise<Admin> {
  const { admin } = gateway.loaded().config;
  const reader = openReader(gateway.dataFile);
  const app = createAdmin({
    reader,
    metrics: gateway.metrics,
    token: admin.token ?? null,
    version: readVersion(),
    unmatched: (story) => unmatchedRules(gateway.loaded(), story),
    breakers: () => gateway.delivery.breakers(),
    revive: (destination, ids) => gateway.store.revive(destination, ids),
    erase: (person) => gateway.erase(person),
    configVersion: () => gateway.loaded().snapshot.hash,
  });
  const server = app.listen(admin.port, admin.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : admin.port;
  const host = admin.host.includes(':') ? `[${admin.host}]` : admin.host;
  return {
    url: `http://${host}:${port}/`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      reader.close();
    },
  };
}
