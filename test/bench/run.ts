// npm run bench -- [--json] [--strict] [--only startup|collect|consent|proxy|rewrite]
import { loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureCollect } from './collect.ts';
import { measureConsent } from './consent.ts';
import { startLoadGenerator } from './load/load.ts';
import { measureProxy } from './proxy.ts';
import { createReport } from './report.ts';
import { measureRewrite } from './rewrite.ts';
import type { Row } from './row.ts';
import { measureStartup } from './startup.ts';

const parts = {
  startup: measureStartup,
  collect: measureCollect,
  consent: measureConsent,
  proxy: measureProxy,
  rewrite: measureRewrite,
} as const;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0) {
  process.stderr.write(
    `--only ${values.only} is no part of the benchmark. Write one of ${Object.keys(parts).join(', ')}.\n`,
  );
  process.exit(3);
}

// A signal ends the benchmark by way of its exit handlers, which end its children and remove its folders.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const [busy = 0] = loadavg();
if (busy > 1) {
  process.stderr.write(
    `Other programs use this machine (load ${busy.toFixed(1)}): ratios suffer, figures more so.\n`,
  );
}

const report = createReport(values.json ? 'json' : 'text');
const load = startLoadGenerator();
const rows: Row[] = [];
for (const [, measure] of chosen) {
  const measured = await measure({ load, onProgress: report.progress });
  rows.push(...measured);
  report.show(measured);
}
await load.close();
report.end(rows);

process.exitCode = values.strict && rows.some(({ ok }) => ok === false) ? 1 : 0;
