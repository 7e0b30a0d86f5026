import { type Bench, connections, firstWarmUpMs, roundMs, rounds } from './bench.ts';
import { type ServerChild, startServer } from './child.ts';
import { prepareGateway, startGateway } from './gateway.ts';
import { pageTemplates } from './hits.ts';
import type { LoadJob } from './load/job.ts';
import { startNginx } from './nginx.ts';
import { compare, interleave } from './rounds.ts';
import { demand, inform, type Row } from './row.ts';

type Port = Pick<ServerChild, 'port' | 'stop'>;

const modest = { requestsPerSecond: 300, warmUpMs: 1_000, measuredMs: 5_000 } as const;

/** Pages of 20 KB through the gateway, against other proxies in front of the same upstream. */
export async function measureProxy(bench: Bench): Promise<readonly Row[]> {
  const upstream = await startServer('upstream');
  const gateway = await startGateway(prepareGateway({ upstreamPort: upstream.port }));
  const express = await startServer('express-proxy', String(upstream.port));
  const bare = await startServer('bare-proxy', String(upstream.port));
  const nginx = await startNginx(upstream.port);
  const rates = await measureRates(bench, { gateway, express, bare, nginx });
  const latencies = await measureLatency(bench, gateway, upstream);
  for (const child of [nginx, bare, express, gateway, upstream]) await child?.stop();
  return [...rates, ...latencies];
}

interface Proxies {
  readonly gateway: Port;
  readonly express: Port;
  readonly bare: Port;
  readonly nginx: Port | null;
}

async function measureRates(
  bench: Bench,
  { gateway, express, bare, nginx }: Proxies,
): Promise<readonly Row[]> {
  const lane = (name: string, { port }: Port) => ({
    name: `proxy: ${name}`,
    run: () => pagesPerSecond(bench, port, roundMs),
  });
  const lanes = [lane('gateway', gateway), lane('Express', express), lane('bare node:http', bare)];
  if (nginx !== null) lanes.push(lane('nginx', nginx));
  bench.onProgress('proxy: warming up');
  for (const { port } of [gateway, express, bare]) await pagesPerSecond(bench, port, firstWarmUpMs);
  const [own = [], ofExpress = [], ofBare = [], ofNginx] = await interleave(rounds, lanes, bench.onProgress);
  const unit = 'pages/s';
  return [
    demand(
      {
        name: 'proxy: 20 KB pages, against Express with http-proxy-middleware',
        unit,
        ...compare(own, ofExpress),
      },
      { of: 'ratio', is: '>=', limit: 1.5 },
    ),
    inform({ name: 'proxy: 20 KB pages, against bare node:http', unit, ...compare(own, ofBare) }),
    ofNginx === undefined
      ? inform({ name: 'proxy: 20 KB pages, against nginx (skipped: not installed)', unit, value: null })
      : inform({ name: 'proxy: 20 KB pages, against nginx of one process', unit, ...compare(own, ofNginx) }),
  ];
}

async function pagesPerSecond(
  { load }: Bench,
  port: number,
  times: Pick<LoadJob, 'warmUpMs' | 'measuredMs'>,
): Promise<number> {
  const result = await load.run({ port, templates: pageTemplates(connections), visitors: 1, ...times });
  if (result.failed > 0) throw new Error(`${result.failed} pages were not served on port ${port}`);
  return result.perSecond;
}

async function measureLatency(
  { load, onProgress }: Bench,
  gateway: Port,
  upstream: Port,
): Promise<readonly Row[]> {
  const name = `proxy: latency added at ${modest.requestsPerSecond}/s`;
  onProgress(name);
  const job = { templates: pageTemplates(connections), visitors: 1, ...modest };
  const direct = await load.run({ ...job, port: upstream.port });
  const proxied = await load.run({ ...job, port: gateway.port });
  return [
    inform({ name: `${name}, p50`, unit: 'ms', value: proxied.p50Ms - direct.p50Ms, baseline: direct.p50Ms }),
    inform({ name: `${name}, p99`, unit: 'ms', value: proxied.p99Ms - direct.p99Ms, baseline: direct.p99Ms }),
  ];
}
