import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, rounds } from './bench.ts';
import { findFreePort, spawnQuietly, startServer, stop } from './child.ts';
import { prepareGateway, startArguments, startGateway } from './gateway.ts';
import { collectTemplates } from './hits.ts';
import { type Connection, openConnection } from './load/connection.ts';
import { compare, interleave } from './rounds.ts';
import { demand, type Row } from './row.ts';
import { residentMegabytes } from './usage.ts';

/** How long a start takes until the first hit is accepted, and what an idle gateway weighs. */
export async function measureStartup({ onProgress }: Bench): Promise<readonly Row[]> {
  const lanes = [
    { name: 'startup: gateway', run: startUntilAccepted },
    { name: 'startup: node -e 0', run: startNothing },
  ];
  const [starts = [], baselines = []] = await interleave(rounds, lanes, onProgress);
  onProgress('memory: five idle seconds');
  const [idle = null, bareIdle = null] = await measureIdle();
  return [
    demand(
      { name: 'startup: to the first accepted hit', unit: 'ms', ...compare(starts, baselines) },
      { of: 'value', is: '<=', limit: 1_000 },
    ),
    demand(
      { name: 'memory: resident when idle', value: idle, unit: 'MB', baseline: bareIdle },
      { of: 'value', is: '<=', limit: 150 },
    ),
  ];
}

async function startUntilAccepted(): Promise<number> {
  const port = await findFreePort();
  const setup = prepareGateway({ port });
  const startedAtMs = performance.now();
  const child = spawnQuietly(process.execPath, startArguments(setup), 'ignore');
  while (!(await isHitAccepted(port))) {
    if (child.exitCode !== null)
      throw new Error(`the gateway ended with code ${child.exitCode} before it was ready`);
    await sleep(2);
  }
  const tookMs = performance.now() - startedAtMs;
  await stop(child);
  return tookMs;
}

function isHitAccepted(port: number): Promise<boolean> {
  const [template] = collectTemplates(1);
  if (template === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onResponse = (connection: Connection, status: number): void => {
      connection.close();
      resolve(status === 204);
    };
    openConnection(port, template, { onResponse, onLost: () => resolve(false) }).then(
      (connection) => connection.send('first-visitor-of-a-day'),
      () => resolve(false),
    );
  });
}

async function startNothing(): Promise<number> {
  const startedAtMs = performance.now();
  await once(spawnQuietly(process.execPath, ['-e', '0'], 'ignore'), 'exit');
  return performance.now() - startedAtMs;
}

const idleMs = 5_000;

async function measureIdle(): Promise<readonly (number | null)[]> {
  const children = [await startGateway(prepareGateway()), await startServer('bare-collector')];
  await sleep(idleMs);
  const megabytes = children.map(({ pid }) => residentMegabytes(pid));
  await Promise.all(children.map((child) => child.stop()));
  return megabytes;
}
