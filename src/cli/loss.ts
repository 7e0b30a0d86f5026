import { Command, Option } from 'commander';
import { conversionNames, lossCause } from '../app/loss-causes.ts';
import type { LossCount } from '../model/loss.ts';
import { type LossGrouping, type LossRow, lossGroupings, reportLosses } from '../report/loss.ts';
import { affectedSessions } from '../report/loss-sessions.ts';
import { storiesSince } from '../report/stories.ts';
import { defaultConfigFile, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { printLosses } from './loss-text.ts';
import { lookBackMs, wholeNumber } from './options.ts';
import { printJson } from './output.ts';

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
  const sinceMs = lookBackMs(options.since);
  const limit = wholeNumber('--limit', options.limit, 1);
  const format = options.json === true ? 'json' : 'text';
  const config =
    options.data === undefined ? (await loadForCommand(options.config, format)).config : undefined;
  const reader = openData(options.data ?? config?.store.path ?? '');
  try {
    const nowMs = Date.now();
    const isAsked = ({ site }: Pick<LossCount, 'site'>): boolean =>
      options.site === undefined || site === options.site;
    const counts = reader.losses(dayOf(nowMs - sinceMs)).filter(isAsked);
    const conversions = conversionNames(config);
    const affected = affectedSessions(storiesSince(reader, nowMs - sinceMs), (name) => conversions.has(name));
    const rows = reportLosses(counts, affected, options.by);
    if (options.json === true) for (const row of rows.slice(0, limit)) printJson(toJson(row));
    else printLosses({ counts, rows, ...options, limit, days: daysUntil(nowMs, sinceMs) });
  } finally {
    reader.close();
  }
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A year of days at most: a sparkline has one mark for each. */
const maxDays = 366;

function daysUntil(nowMs: number, spanMs: number): readonly string[] {
  const count = Math.min(maxDays, Math.ceil(spanMs / dayMs) + 1);
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
