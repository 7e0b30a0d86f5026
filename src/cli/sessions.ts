import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import {
  compareSessions,
  type DefinitionName,
  definitionNames,
  describeDefinition,
} from '../app/sessions.ts';
import { defaultConfigFile, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { lookBackMs, misused } from './options.ts';
import { paint, print, printJson } from './output.ts';
import { printComparison } from './sessions-text.ts';

/** `throughline sessions` */
export function sessionsCommand(): Command {
  return new Command('sessions')
    .description('Say what a session is, and what other definitions would count.')
    .addCommand(defineCommand())
    .addCommand(compareCommand());
}

function defineCommand(): Command {
  return new Command('define')
    .description('Print the definition of a session in words.')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .addOption(
      new Option('--preset <name>', 'another definition than the configured one').choices([
        ...definitionNames,
      ]),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  throughline sessions define                  what the configuration says
  throughline sessions define --preset ga4     how Google Analytics 4 counts, and where that cannot be followed`,
    )
    .action(define);
}

interface DefineOptions {
  readonly config: string;
  readonly preset?: DefinitionName;
  readonly json?: boolean;
}

async function define(options: DefineOptions): Promise<void> {
  const format = options.json === true ? 'json' : 'text';
  // A preset needs no configuration, but goes by its engaged rule where there is one.
  const loaded =
    options.preset === undefined || existsSync(options.config)
      ? await loadForCommand(options.config, format)
      : null;
  const text = describeDefinition(options.preset ?? 'configured', loaded?.config.sessions);
  if (options.json === true) return printJson(text);
  print(`${paint('bold', text.name)}  ${paint('gray', text.title)}`);
  for (const rule of text.rules) print(`  ${rule}`);
  if (text.differences.length > 0) print('\nWhere it differs from the tool itself:');
  for (const difference of text.differences) print(`  ${difference}`);
}

function compareCommand(): Command {
  return new Command('compare')
    .description('Count the stored sessions under several definitions, and say why they differ.')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--data <file>', 'data file; default: the one the configuration names')
    .option('--definitions <names>', 'two to five, the first is the base', 'configured,ga4,ua,matomo')
    .option('--since <time>', 'how far to look back, such as 24h or 7d', '7d')
    .addOption(
      new Option('--by <what>', 'what a row stands for')
        .choices(['day', 'channel', 'day,channel'])
        .default('day'),
    )
    .option('--site <name>', 'only this site')
    .option('--timezone <zone>', "whose days; default: the site's, or UTC")
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  throughline sessions compare                                 the configured definition beside three others
  throughline sessions compare --definitions ga4,ua --by channel
  throughline sessions compare --since 24h --json | jq .bridges`,
    )
    .action(compare);
}

interface CompareOptions {
  readonly config: string;
  readonly data?: string;
  readonly definitions: string;
  readonly since: string;
  readonly by: 'day' | 'channel' | 'day,channel';
  readonly site?: string;
  readonly timezone?: string;
  readonly json?: boolean;
}

async function compare(options: CompareOptions): Promise<void> {
  const names = readNames(options.definitions);
  const sinceMs = Date.now() - lookBackMs(options.since);
  const format = options.json === true ? 'json' : 'text';
  const loaded =
    options.data === undefined || existsSync(options.config)
      ? await loadForCommand(options.config, format)
      : null;
  const sites = Object.entries(loaded?.config.sites ?? {});
  const own = options.site === undefined ? sites[0] : sites.find(([name]) => name === options.site);
  const timeZone = readZone(options.timezone ?? own?.[1].timezone ?? 'UTC');
  const reader = openData(options.data ?? loaded?.config.store.path ?? '');
  try {
    const isShown = process.stderr.isTTY === true;
    const compared = compareSessions(reader, {
      names,
      config: loaded?.config.sessions,
      sinceMs,
      site: options.site,
      timeZone,
      onProgress: (events) => void (isShown && process.stderr.write(`\r${events} events`)),
    });
    if (isShown) process.stderr.write('\r\u001b[2K');
    if (options.json === true) printJson({ definitions: names, timeZone, ...compared });
    else printComparison(compared, { names, by: options.by, since: options.since, timeZone });
  } finally {
    reader.close();
  }
}

const maxNames = 5;

function readNames(given: string): readonly DefinitionName[] {
  const texts = given.split(',').map((text) => text.trim());
  const names = texts.flatMap((text) => definitionNames.find((name) => name === text) ?? []);
  const unknown = texts.filter((text) => !definitionNames.some((name) => name === text));
  if (unknown.length > 0) {
    misused([`--definitions names ${unknown.join(', ')}. There are: ${definitionNames.join(', ')}.`]);
  }
  if (names.length < 2 || names.length > maxNames || new Set(names).size < names.length) {
    misused([`--definitions is ${given}. Name two to ${maxNames} different ones, such as configured,ga4.`]);
  }
  return names;
}

function readZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return misused([`--timezone is ${zone}. Write an IANA time zone such as Europe/Berlin.`]);
  }
}
