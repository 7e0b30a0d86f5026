import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configJsonSchema } from '../../src/app/reference.ts';
import { consentTypes } from '../../src/model/consent.ts';
import { type Event, eventSchema } from '../../src/model/event.ts';
import { type GatewayProcess, startGateway } from '../e2e/support/gateway.ts';
import { hosts } from './hosts.ts';
import type { LossSite } from './site.ts';

/** A gateway in front of the site, and everything that it has forwarded. */
export interface LossGateway {
  readonly gateway: GatewayProcess;
  events(): readonly Event[];
}

/** Starts a real gateway in front of the site, with everything on that keeps or repairs campaigns. */
export async function startLossGateway(site: LossSite, folder: string): Promise<LossGateway> {
  const archive = join(folder, 'archive');
  const rules = join(folder, 'rules');
  mkdirSync(rules);
  writeFileSync(
    join(rules, 'all.yaml'),
    JSON.stringify({ rules: [{ name: 'everything', description: 'To be counted.', to: ['archive'] }] }),
  );
  const file = join(folder, 'throughline.yaml');
  writeFileSync(file, JSON.stringify(configuration(site, { folder, archive })));
  const gateway = await startGateway(file, {});
  site.putBehind(gateway.port);
  return { gateway, events: () => readEvents(archive) };
}

function configuration(
  { ports }: LossSite,
  { folder, archive }: { readonly folder: string; readonly archive: string },
): object {
  const upstream = { url: `http://127.0.0.1:${ports.own}`, keepHost: true };
  const optional = optionalKeys();
  return {
    sites: {
      shop: {
        hosts: [hosts.shop, hosts.www, hosts.de, hosts.other],
        upstream,
        pageViews: 'gateway',
        ...optional.site,
      },
      app: { hosts: [hosts.app], upstream, ...optional.site },
    },
    edge: { host: '127.0.0.1', port: 0, trustedProxies: ['loopback'] },
    admin: { port: 0 },
    // All journeys come from one address with one browser, and shall not be taken for one visitor's.
    visitor: { lockSeconds: 0 },
    store: { path: join(folder, 'data', 'events.db') },
    rules: 'rules',
    // Neither service is one that the shipped lists know.
    campaign: { ignoredReferrers: [hosts.login, hosts.pay] },
    delivery: { firstSeconds: 0.2 },
    destinations: {
      archive: {
        type: 'ndjson',
        needs: { required: [], optional: consentTypes },
        settings: { path: archive },
      },
    },
    ...optional.top,
  };
}

const propertiesSchema = z.record(z.string(), z.looseObject({}));

/** Parts of the configuration that repair too, where this gateway has them. */
function optionalKeys(): { readonly site: object; readonly top: object } {
  const schema = z.looseObject({ properties: propertiesSchema }).parse(configJsonSchema());
  const sites = z
    .looseObject({ additionalProperties: z.looseObject({ properties: propertiesSchema }) })
    .parse(schema.properties['sites']);
  const hasRewrite = 'rewrite' in sites.additionalProperties.properties;
  const hasRoundTrips = 'roundTrips' in schema.properties;
  return {
    site: hasRewrite ? { rewrite: { metaRefresh: true, links: true } } : {},
    top: hasRoundTrips ? { roundTrips: { routes: [{ leave: hosts.login }, { leave: hosts.pay }] } } : {},
  };
}

function readEvents(archive: string): readonly Event[] {
  const text = readdirSync(archive)
    .map((name) => readFileSync(join(archive, name), 'utf8'))
    .join('');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [eventSchema.parse(JSON.parse(line))]));
}
