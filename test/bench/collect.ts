import { type Bench, firstWarmUpMs, rounds } from './bench.ts';
import { startServer } from './child.ts';
import { createSide, type Round, type Side } from './collect-side.ts';
import { prepareGateway, startGateway } from './gateway.ts';
import { compare, interleave, median } from './rounds.ts';
import { demand, inform, type Row } from './row.ts';
import { countArchived, storeBytes, viewStore } from './store.ts';
import { residentMegabytes } from './usage.ts';

const fewVisitors = 1_000;
const manyVisitors = 10_000;
const modest = { requestsPerSecond: 500, warmUpMs: 1_000, measuredMs: 5_000 } as const;

/** Durable collecting against a bare server, what it costs, and whether everything that was promised arrived. */
export async function measureCollect({ load, onProgress }: Bench): Promise<readonly Row[]> {
  const setup = prepareGateway();
  const gateway = await startGateway(setup);
  const bare = await startServer('bare-collector');
  const store = viewStore(setup.dataFile);
  const side = createSide(load, gateway, store);
  const bareSide = createSide(load, bare, null);
  const rates = await measureRates(side, bareSide, onProgress);
  const latencies = await measureLatency(side, bareSide, onProgress);
  await store.untilDelivered();
  const resident = residentMegabytes(gateway.pid);
  onProgress('collect: counting what arrived');
  const { acknowledged, refused } = side.totals();
  const arrived = Math.min(store.events(), countArchived(setup.archiveFolder));
  store.close();
  await Promise.all([bare.stop(), gateway.stop()]);
  return [
    ...rates,
    ...latencies,
    demand(
      {
        name: 'collect: acknowledged events lost',
        value: acknowledged - arrived,
        unit: 'events',
        baseline: acknowledged,
      },
      { of: 'value', is: '<=', limit: 0 },
    ),
    inform({ name: 'collect: requests refused', value: refused, unit: 'requests', baseline: acknowledged }),
    inform({
      name: 'collect: stored bytes per event',
      value: storeBytes(setup.dataFile) / arrived,
      unit: 'B',
    }),
    inform({ name: 'memory: resident after the load', value: resident, unit: 'MB' }),
  ];
}

async function measureRates(
  side: Side,
  bare: Side,
  onProgress: (text: string) => void,
): Promise<readonly Row[]> {
  onProgress('collect: warming up');
  await bare.run({ visitors: fewVisitors, ...firstWarmUpMs });
  await side.run({ visitors: fewVisitors, ...firstWarmUpMs });
  const lanes = [
    { name: `collect: gateway, ${fewVisitors} visitors`, run: () => side.runRound(fewVisitors) },
    { name: 'collect: bare node:http', run: () => bare.runRound(fewVisitors) },
    { name: `collect: gateway, ${manyVisitors} visitors`, run: () => side.runRound(manyVisitors) },
  ];
  const [few = [], bareRounds = [], many = []] = await interleave(rounds, lanes, onProgress);
  return rateRows(few, bareRounds, many);
}

function rateRows(few: readonly Round[], bare: readonly Round[], many: readonly Round[]): readonly Row[] {
  const perCore = (rounds: readonly Round[]) =>
    rounds.map(({ cpuMicrosPerEvent }) => 1e6 / cpuMicrosPerEvent);
  const of = (rounds: readonly Round[], figure: keyof Round) => rounds.map((round) => round[figure]);
  const against = (figure: keyof Round) => compare(of(few, figure), of(bare, figure));
  const grown = (figure: keyof Round) => compare(of(many, figure), of(few, figure));
  const half = { of: 'ratio', is: '>=', limit: 0.5 } as const;
  const times = `${manyVisitors / fewVisitors} times the visitors`;
  return [
    demand({ name: 'collect: durable events acknowledged', unit: 'events/s', ...against('perSecond') }, half),
    inform({
      name: 'collect: rate until all is delivered',
      unit: 'events/s',
      ...against('sustainedPerSecond'),
    }),
    inform({
      name: 'collect: events of one core',
      unit: 'events/s',
      ...compare(perCore(few), perCore(bare)),
    }),
    inform({ name: 'collect: processor time of an event', unit: 'µs', ...against('cpuMicrosPerEvent') }),
    inform({
      name: 'collect: pipeline after the last answer',
      unit: 'events/s',
      value: median(of(few, 'pipelinePerSecond')),
    }),
    inform({ name: `collect: acknowledged, ${times}`, unit: 'events/s', ...grown('perSecond') }),
    inform({ name: `collect: until delivered, ${times}`, unit: 'events/s', ...grown('sustainedPerSecond') }),
    inform({ name: "collect: load generator's share of a core", unit: '', ...against('generatorShare') }),
  ];
}

async function measureLatency(
  side: Side,
  bare: Side,
  onProgress: (text: string) => void,
): Promise<readonly Row[]> {
  const name = `collect: latency at ${modest.requestsPerSecond}/s`;
  onProgress(name);
  const own = await side.run({ visitors: fewVisitors, ...modest });
  const other = await bare.run({ visitors: fewVisitors, ...modest });
  return [
    inform({ name: `${name}, p50`, unit: 'ms', value: own.p50Ms, baseline: other.p50Ms }),
    inform({ name: `${name}, p99`, unit: 'ms', value: own.p99Ms, baseline: other.p99Ms }),
  ];
}
