import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createClientAddress } from '../enrich/ip.ts';
import { runCases } from '../rules/cases.ts';
import { makeEvent } from '../rules/test-event.ts';
import { linkerRow } from './linker-check.ts';
import type { Loaded } from './load.ts';

/** One thing that was looked at. */
export interface CheckRow {
  readonly state: 'ok' | 'look' | 'failed';
  readonly what: string;
  readonly found: string;
}

/** How to look. */
export interface CheckOptions {
  readonly network: 'online' | 'offline';
  /** A request to try the client address with. */
  readonly peer: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Looks at everything outside the configuration that it relies on. The configuration itself is known to be valid. */
export async function checkEnvironment(loaded: Loaded, options: CheckOptions): Promise<readonly CheckRow[]> {
  const { config, rules, snapshot } = loaded;
  const sites = Object.entries(config.sites);
  const upstreams = await Promise.all(
    sites.map(async ([name, { upstream }]): Promise<CheckRow> => {
      const what = `upstream of ${name}`;
      if (upstream === undefined) return { state: 'ok', what, found: 'none: a collector only' };
      if (options.network === 'offline')
        return { state: 'look', what, found: `${upstream.url} was not tried` };
      return tryUpstream(what, upstream.url, upstream.connectTimeoutSeconds * 1000);
    }),
  );
  return [
    {
      state: 'ok',
      what: 'configuration',
      found: `${sites.length} sites, ${Object.keys(config.destinations).length} destinations`,
    },
    rulesRow(loaded),
    ...(rules.cases.length > 0 ? [testsRow(loaded)] : []),
    ...upstreams,
    ...destinationRows(loaded),
    storeRow(resolve(config.store.path)),
    addressRow(loaded, options),
    ...[linkerRow(config) ?? []].flat(),
    ...(config.geo.database === undefined && config.geo.header === undefined
      ? [
          {
            state: 'look',
            what: 'country',
            found:
              'unknown for everyone, so the strictest consent rules apply; set geo.database or geo.header',
          } as const,
        ]
      : []),
    { state: 'ok', what: 'version', found: snapshot.hash },
  ];
}

function rulesRow({ rules, snapshot }: Loaded): CheckRow {
  const count = rules.rules.length;
  if (count === 0)
    return { state: 'look', what: 'rules', found: `none in ${snapshot.rulesFolder}: no event goes anywhere` };
  return { state: 'ok', what: 'rules', found: `${count} in ${snapshot.rules.length} files` };
}

function testsRow({ rules }: Loaded): CheckRow {
  const failed = runCases(rules, makeEvent).filter(({ ok }) => !ok);
  if (failed.length === 0) return { state: 'ok', what: 'rule tests', found: `${rules.cases.length} passed` };
  const names = failed.map(({ name }) => name).join('; ');
  return {
    state: 'failed',
    what: 'rule tests',
    found: `${failed.length} of ${rules.cases.length} failed: ${names}. Run throughline rules test`,
  };
}

async function tryUpstream(what: string, url: string, timeoutMs: number): Promise<CheckRow> {
  try {
    const { request } = await import('undici');
    const { statusCode, body } = await request(url, {
      method: 'HEAD',
      headersTimeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await body.dump();
    return { state: statusCode < 500 ? 'ok' : 'look', what, found: `${url} answers ${statusCode}` };
  } catch (error) {
    const message = error instanceof Error ? error.message || error.name : String(error);
    return {
      state: 'failed',
      what,
      found: `${url} does not answer (${message}). Start it, or correct sites.*.upstream.url`,
    };
  }
}

function destinationRows({ config, rules }: Loaded): readonly CheckRow[] {
  const used = new Set(rules.rules.filter(({ isEnabled }) => isEnabled).flatMap(({ to }) => to));
  return Object.entries(config.destinations).map(([key, { type, enabled }]) => {
    const what = `destination ${key}`;
    if (!enabled) return { state: 'look', what, found: `${type}, switched off` };
    if (!used.has(key)) return { state: 'look', what, found: `${type}, and no rule sends anything to it` };
    return { state: 'ok', what, found: type };
  });
}

function storeRow(file: string): CheckRow {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return { state: 'ok', what: 'store', found: `${file}${existsSync(file) ? '' : ' (new)'}` };
  } catch {
    return {
      state: 'failed',
      what: 'store',
      found: `${folder} cannot be written. Correct its permissions, or store.path`,
    };
  }
}

function addressRow({ config }: Loaded, { peer, headers }: CheckOptions): CheckRow {
  const { trustedProxies, addressHeader } = config.edge;
  const read = createClientAddress({ trustedProxies, header: addressHeader });
  const { ip, via, trusted } = read(peer, headers);
  const what = 'client address';
  const who = trusted
    ? `${peer} is a trusted proxy`
    : `${peer} is no trusted proxy, so its ${addressHeader} is ignored`;
  return {
    state: 'ok',
    what,
    found: `${ip ?? 'unknown'}, from the ${via === 'socket' ? 'connection' : `header ${via}`} (${who})`,
  };
}
