import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { openStoreReader } from '../app/inspect.ts';
import { conversionNames, lossCause } from '../app/loss-causes.ts';
import type { LossCount } from '../model/loss.ts';
import { type LossGrouping, type LossRow, lossGroupings, reportLosses } from '../report/loss.ts';
import { affectedSessions } from '../report/loss-sessions.ts';
import { storiesSince } from '../report/stories.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { printLosses } from './loss-text.ts';
import { complain, exitCodes, printJson } from './output.ts';

/** `throughline loss` */
export function lossCommand(): Command {
  return new Command('loss')
    .description(
      'Say where campaign parameters are lost between the landing and the first page view, and why.',
    )
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--data <file>', 'data file; default: the one the configuration names')
    .option('--since <time>', 'how far to look back, such as 24h or 7d; whole days', '7d')
    .addOption(new Option('--by <what>', 'what a row stands for').choices([...lossGroupings]).default('loss'))
    .option('--site <name>', 'only this site')
    .option('--limit <n>', 'rows at most', '50')
    .option('--json', 'one JSON object for each row')
    .addHelpText(
      'after',
      `
Examples:
  throughline loss                        each loss of the last seven days, and how to mend it
  throughline loss --by parameter         how much of each parameter survives
  throughline loss --by release           whether a deploy made it worse
  throughline loss --json | jq .          for scripts`,
    )
    .action(loss);
}

interface Options {
  readonly config: string;
  readonly data?: string;
  readonly since: string;
  readonly by: LossGrouping;
  readonly site?: string;
  readonly limit: string;
  readonly json?: boolean;
}

const dayMs = 86_400_000;

async function loss(options: Options): Promise<void> {
  const lookBackMs = durationMs(options.since);
  const limit = Number(options.limit);
  if (lookBackMs === undefined) throw badUse('--since', options.since, 'a time such as 12h or 7d');
  if (!Number.isInteger(limit) || limit < 1) throw badUse('--limit', options.limit, 'a whole number from 1');
  const format = options.json === true ? 'json' : 'text';
  const config =
    options.data === undefined ? (await loadForCommand(options.config, format)).config : undefined;
  const reader = openStoreReader(resolve(options.data ?? config?.store.path ?? ''));
  if (reader === null) {
    complain(
      `TL3001 File not found: there is no data file ${options.data ?? config?.store.path}. Start the gateway first, or name the file with --data.`,
    );
    throw new Exit(exitCodes.failed);
  }
  try {
    const nowMs = Date.now();
    const isAsked = ({ site }: Pick<LossCount, 'site'>): boolean =>
      options.site === undefined || site === options.site;
    const counts = reader.losses(dayOf(nowMs - lookBackMs)).filter(isAsked);
    const conversions = conversionNames(config);
    const affected = affectedSessions(storiesSince(reader, nowMs - lookBackMs), (name) =>
      conversions.has(name),
    );
    const rows = reportLosses(counts, affected, options.by);
    if (options.json === true) for (const row of rows.slice(0, limit)) printJson(toJson(row));
    else printLosses({ counts, rows, ...options, limit, days: daysUntil(nowMs, lookBackMs) });
  } finally {
    reader.close();
  }
}

const units = { m: 60_000, h: 3_600_000, d: dayMs } as const;

function durationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  return Number(amount) * units[unit];
}

function badUse(option: string, seen: string, wanted: string): Exit {
  complain(`${option} is ${seen}. Write ${wanted}.`);
  return new Exit(exitCodes.badUse);
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A year of days at most: a sparkline has one mark for each. */
const maxDays = 366;

function daysUntil(nowMs: number, lookBackMs: number): readonly string[] {
  const count = Math.min(maxDays, Math.ceil(lookBackMs / dayMs) + 1);
  return Array.from({ length: count }, (_, index) => dayOf(nowMs - (count - 1 - index) * dayMs));
}

function toJson({ firstAtMs, lastAtMs, ...row }: LossRow): unknown {
  const stated = Object.entries(row).filter(([, value]) => value !== '');
  return {
    ...Object.fromEntries(stated),
    ...lossCause(row.cause),
    firstAt: new Date(firstAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
  };
}
