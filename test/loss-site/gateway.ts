import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { consentTypes } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import { type GatewayProcess, runCommand, startGateway } from '../e2e/support/gateway.ts';
import { hosts } from './hosts.ts';
import type { LossSite } from './site.ts';

/**
 * What a gateway is there for: `repairing` has everything on that keeps or repairs campaigns; `watching` changes nothing,
 * as on the first day in front of a site, so that the ledger sees what the site does.
 */
export type Role = 'repairing' | 'watching';

const lossRowSchema = z.object({ parameter: z.string(), hop: z.string(), cause: z.string() });

/** One row of `throughline loss --json`, as far as cases compare it. */
export type SeenLoss = z.infer<typeof lossRowSchema>;

/** A gateway in front of the site. */
export interface LossGateway {
  readonly gateway: GatewayProcess;
  /** Everything that it has forwarded. */
  events(): readonly Event[];
  /** What `throughline loss` says once the gateway has ended. */
  losses(): Promise<readonly SeenLoss[]>;
}

/** Starts a real gateway in front of the site. */
export async function startLossGateway(site: LossSite, folder: string, role: Role): Promise<LossGateway> {
  const archive = join(folder, 'archive');
  mkdirSync(join(folder, 'rules'), { recursive: true });
  const rule = { name: 'everything', description: 'To be counted.', to: ['archive'] };
  writeFileSync(join(folder, 'rules', 'all.yaml'), JSON.stringify({ rules: [rule] }));
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, JSON.stringify(configuration(site, { folder, archive, role })));
  const gateway = await startGateway(file, {});
  site.putBehind(gateway.port, role === 'repairing' ? 'gateway' : 'script');
  return {
    gateway,
    events: () => readEvents(archive),
    losses: () => readLosses(gateway.dataFile),
  };
}

interface Place {
  readonly folder: string;
  readonly archive: string;
  readonly role: Role;
}

function configuration({ ports }: LossSite, { folder, archive, role }: Place): object {
  const upstream = { url: `http://127.0.0.1:${ports.own}`, keepHost: true };
  const { shop, every, top } = keys[role];
  return {
    sites: {
      shop: { hosts: [hosts.shop, hosts.www, hosts.de, hosts.other], upstream, ...every, ...shop },
      app: { hosts: [hosts.app], upstream, ...every },
    },
    edge: { host: '127.0.0.1', port: 0, trustedProxies: ['loopback'] },
    admin: { port: 0 },
    store: { path: join(folder, 'data', 'events.db') },
    rules: 'rules',
    delivery: { firstSeconds: 0.2 },
    destinations: {
      archive: {
        type: 'ndjson',
        needs: { required: [], optional: consentTypes },
        settings: { path: archive },
      },
    },
    // Neither service is one that the shipped lists know.
    campaign: { ignoredReferrers: [hosts.login, hosts.pay] },
    ...top,
  };
}

/** What differs between the roles: of the shop, of every site, and of the whole configuration. */
const keys: Readonly<Record<Role, { readonly shop: object; readonly every: object; readonly top: object }>> =
  {
    repairing: {
      shop: { pageViews: 'gateway' },
      every: { rewrite: { metaRefresh: true, links: true } },
      top: { roundTrips: { routes: [{ leave: hosts.login }, { leave: hosts.pay }] } },
    },
    watching: {
      shop: {},
      every: {},
      top: {
        redirects: { keepParameters: false },
        roundTrips: { enabled: false },
        linker: { enabled: false },
      },
    },
  };

function readEvents(archive: string): readonly Event[] {
  const text = readdirSync(archive)
    .map((name) => readFileSync(join(archive, name), 'utf8'))
    .join('');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [eventSchema.parse(JSON.parse(line))]));
}

async function readLosses(dataFile: string): Promise<readonly SeenLoss[]> {
  const command = ['loss', '--json', '--since', '24h', '--limit', '1000', '--data', dataFile];
  const { code, output } = await runCommand(command, {});
  if (code !== 0) throw new Error(`throughline loss ended with ${code}: ${output}`);
  return output.split('\n').flatMap((line) => (line === '' ? [] : [lossRowSchema.parse(JSON.parse(line))]));
}
