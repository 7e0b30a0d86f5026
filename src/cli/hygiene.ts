import { Command } from 'commander';
import { hygieneProblems } from '../model/hygiene.ts';
import { type HygieneReport, type HygieneRow, reportHygiene } from '../report/hygiene.ts';
import { storiesSince } from '../report/stories.ts';
import { defaultConfigFile, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { lookBackMs, wholeNumber } from './options.ts';
import { paint, print, printJson, table } from './output.ts';

/** `throughline hygiene` */
export function hygieneCommand(): Command {
  return new Command('hygiene')
    .description(
      'List what is wrong with how links are tagged: spellings, missing labels, macros, contact data.',
    )
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--data <file>', 'data file; default: the one the configuration names')
    .option('--since <time>', 'how far to look back, such as 12h or 7d', '7d')
    .option('--site <name>', 'only this site')
    .option('--limit <n>', 'rows at most', '50')
    .option('--json', 'one JSON object for each row')
    .addHelpText(
      'after',
      `
Examples:
  throughline hygiene                     the last seven days
  throughline hygiene --since 24h         since yesterday
  throughline hygiene --json | jq .       for scripts`,
    )
    .action(hygiene);
}

interface Options {
  readonly config: string;
  readonly data?: string;
  readonly since: string;
  readonly site?: string;
  readonly limit: string;
  readonly json?: boolean;
}

async function hygiene(options: Options): Promise<void> {
  const sinceMs = lookBackMs(options.since);
  const limit = wholeNumber('--limit', options.limit, 1);
  const format = options.json === true ? 'json' : 'text';
  const reader = openData(options.data ?? (await loadForCommand(options.config, format)).config.store.path);
  try {
    const stories = storiesSince(reader, Date.now() - sinceMs);
    const report = reportHygiene(
      stories.filter(({ event }) => options.site === undefined || event.site === options.site),
    );
    if (options.json === true) for (const row of report.rows.slice(0, limit)) printJson(toJson(row));
    else printReport(report, limit, options.since);
  } finally {
    reader.close();
  }
}

function toJson(row: HygieneRow): unknown {
  const { firstAtMs, lastAtMs, ...rest } = row;
  return {
    ...rest,
    what: hygieneProblems[row.problem].what,
    firstAt: new Date(firstAtMs).toISOString(),
    lastAt: new Date(lastAtMs).toISOString(),
  };
}

function printReport({ rows, events, isPartial }: HygieneReport, limit: number, since: string): void {
  if (rows.length === 0) {
    print(`No problem was found in ${events} events of the last ${since}.`);
    return;
  }
  const shown = rows.slice(0, limit);
  const heading = ['problem', 'parameter', 'example', 'events', 'first seen', 'last seen', 'site'];
  print(table([heading.map((word) => paint('bold', word)), ...shown.map(cellsOf)]));
  print();
  for (const problem of new Set(shown.map((row) => row.problem))) {
    const { what, fix } = hygieneProblems[problem];
    print(`${paint('yellow', problem)}  ${what}`);
    print(`  ${fix}`);
  }
  print();
  const rest = rows.length > limit ? `, of which ${limit} are shown (--limit)` : '';
  const partial = isPartial ? ' There are more different values than the report can hold.' : '';
  print(paint('gray', `${rows.length} problems in ${events} events of the last ${since}${rest}.${partial}`));
}

const maxExampleChars = 60;

function cellsOf(row: HygieneRow): readonly string[] {
  const example = row.example.replaceAll(/\p{Cc}/gu, '�');
  return [
    paint('yellow', row.problem),
    row.parameter,
    example.length > maxExampleChars ? `${example.slice(0, maxExampleChars - 1)}…` : example,
    String(row.count),
    minuteOf(row.firstAtMs),
    minuteOf(row.lastAtMs),
    row.site,
  ];
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}
