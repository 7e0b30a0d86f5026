import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Child, startNode } from './child.ts';
import { siteHost } from './hits.ts';

const root = resolve(import.meta.dirname, '../..');

/** A folder with a configuration of its own for one gateway. */
export interface Setup {
  readonly configFile: string;
  readonly dataFile: string;
  readonly archiveFolder: string;
}

const made = new Set<string>();
process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/**
 * Writes a configuration into a new folder below data/, which is on the project's own disk: the system's temporary
 * folder may be memory, where an fsync costs nothing. Removed when the benchmark ends.
 */
export function prepareGateway(
  settings: {
    readonly upstreamPort?: number;
    readonly port?: number;
    /** Further options of the site. */
    readonly site?: Readonly<Record<string, unknown>>;
  } = {},
): Setup {
  mkdirSync(join(root, 'data'), { recursive: true });
  const folder = mkdtempSync(join(root, 'data', 'bench-'));
  made.add(folder);
  const { upstreamPort, port = 0 } = settings;
  // Configuration and data apart, as in the usual layout: the gateway watches the configuration's folder.
  const setup = {
    configFile: join(folder, 'config', 'throughline.yaml'),
    dataFile: join(folder, 'data', 'throughline.db'),
    archiveFolder: join(folder, 'data', 'archive'),
  };
  const upstream =
    upstreamPort === undefined ? {} : { upstream: { url: `http://127.0.0.1:${upstreamPort}` } };
  const config = {
    sites: { bench: { hosts: [siteHost], ...upstream, ...settings.site } },
    edge: { host: '127.0.0.1', port },
    destinations: {
      archive: {
        type: 'ndjson',
        needs: { required: ['analytics_storage'] },
        settings: { path: setup.archiveFolder },
      },
    },
    store: { path: setup.dataFile },
    admin: { enabled: false },
    log: { level: 'error' },
  };
  for (const name of ['config', 'rules', 'data']) mkdirSync(join(folder, name));
  writeFileSync(setup.configFile, stringify(config));
  writeFileSync(
    join(folder, 'rules', 'archive.yaml'),
    stringify({ rules: [{ name: 'everything', to: ['archive'] }] }),
  );
  return setup;
}

/** The arguments that make Node run the gateway from its sources. */
export function startArguments({ configFile }: Setup): readonly string[] {
  // The build is what npm and Docker ship; `npm run bench` makes it first.
  return [join(root, 'dist', 'main.js'), 'start', '--config', configFile, '--json'];
}

/** A gateway that takes hits. */
export interface GatewayChild extends Child, Setup {
  readonly port: number;
}

/** Starts a gateway and waits until it is ready. */
export async function startGateway(setup: Setup): Promise<GatewayChild> {
  const child = await startNode(startArguments(setup));
  const { site } = announcedSite.parse(child.announced);
  return { ...child, ...setup, port: Number(new URL(site).port) };
}

const announcedSite = z.object({ site: z.url() });
