import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { CanaryRun } from '../app/canary.ts';
import type { CanaryConfig } from '../app/canary-config.ts';
import { openLog } from '../app/log.ts';
import type { Trace } from '../app/trace.ts';
import { codes } from '../config/codes.ts';
import { parseConfig } from '../config/parse.ts';
import { formatProblems, type Problem } from '../config/problem.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { misused } from './options.ts';
import { complain, exitCodes, hasColour, paint, print, printJson } from './output.ts';
import { groupLosses } from './trace-losses.ts';
import { wholeWithin } from './trace-parsers.ts';

/** `throughline canary` */
export function canaryCommand(): Command {
  return new Command('canary')
    .description('Walk landing pages on a schedule, and tell when a parameter starts to die or recovers.')
    .argument('[file]', 'a YAML file with the keys of the canary section: pages, everyMinutes, alert …')
    .option('-c, --config <file>', 'take the canary section of this configuration instead')
    .option('--every <time>', 'from one run to the next, such as 15m or 2h; instead of everyMinutes', minutes)
    .option('--after <runs>', 'runs in a row that have to agree before it is told', wholeWithin(1, 10))
    .option('--once', 'one run, for cron and CI')
    .option('--state <file>', 'where the last verdicts are kept')
    .option('--json', 'one JSON object for each run')
    .addHelpText('after', help)
    .action(canary);
}

const help = `
What changes is logged, and posted to alert.webhook where the file names one. Nothing is told twice. The last verdicts
are kept beside the file (canary.yaml: canary.state.json), or in the folder of the configuration's data file.

throughline start runs the canary too, where the configuration has pages in its canary section.

Exit codes: with --once 0 nothing starts to die, 1 something does, 2 the file is wrong, 3 wrong use.

Examples:
  throughline canary pages.yaml
  throughline canary pages.yaml --every 1h --json
  throughline canary --config config/throughline.yaml --once
  throughline canary pages.yaml --once --after 1       after a deploy: tell at once`;

interface Options {
  readonly config?: string;
  readonly every?: number;
  readonly after?: number;
  readonly once?: boolean;
  readonly state?: string;
  readonly json?: boolean;
}

async function canary(file: string | undefined, options: Options): Promise<void> {
  const { settings, stateFile } = await readSettings(file, options);
  if (settings.pages.length === 0) misused(['There is no page to walk. List some under pages.']);
  const { runCanary } = await import('../app/canary.ts');
  const log = openLog({ level: 'info', format: 'auto' });
  const run = async (): Promise<CanaryRun> => {
    const result = await runCanary(settings, { stateFile, log, nowMs: Date.now });
    if ('problem' in result) {
      complain(`${codes.no_browser.id} ${codes.no_browser.title}: ${result.problem}`);
      throw new Exit(exitCodes.badUse);
    }
    report(result, options);
    return result;
  };
  if (options.once === true) {
    const { alerts } = await run();
    if (alerts.some(({ change }) => isBad.has(change))) throw new Exit(exitCodes.failed);
    return;
  }
  await keepRunning(run, settings.everyMinutes * 60_000);
}

const isBad: ReadonlySet<string> = new Set(['parameter_dies', 'page_unreachable']);

/** Until somebody ends it; a run under way is finished first. */
async function keepRunning(run: () => Promise<unknown>, everyMs: number): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  while (!ended.signal.aborted) {
    await run();
    await pause(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
}

async function readSettings(
  file: string | undefined,
  options: Options,
): Promise<{ readonly settings: CanaryConfig; readonly stateFile: string }> {
  const { config, state, every, after } = options;
  if (file !== undefined && config !== undefined)
    misused(['There are two files. Name one, either alone or with --config.']);
  const read = file === undefined ? await fromConfiguration(config, options) : await fromFile(file, options);
  const settings = {
    ...read.settings,
    ...(every !== undefined && { everyMinutes: every }),
    ...(after !== undefined && { runsBeforeAlert: after }),
  };
  return { settings, stateFile: state ?? read.stateFile };
}

async function fromConfiguration(file: string | undefined, { json }: Options) {
  const { config } = await loadForCommand(file ?? defaultConfigFile, json === true ? 'json' : 'text');
  const stateFile = join(dirname(resolve(config.store.path)), 'canary.json');
  return { settings: config.canary, stateFile };
}

async function fromFile(file: string, { json }: Options) {
  if (!existsSync(file)) {
    complain(`${codes.not_found.id} ${codes.not_found.title}: ${file} cannot be read. Correct the path.`);
    throw new Exit(exitCodes.badUse);
  }
  const { canaryConfigSchema } = await import('../app/canary-config.ts');
  const parsed = parseConfig(canaryConfigSchema, readFileSync(file, 'utf8'), file, {
    env: (name) => process.env[name],
    file: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  });
  if (!parsed.ok) refuse(parsed.problems, json);
  const stateFile = join(dirname(file), `${basename(file, extname(file))}.state.json`);
  return { settings: parsed.value, stateFile };
}

function refuse(problems: readonly Problem[], json: boolean | undefined): never {
  if (json === true) printJson({ ok: false, problems });
  else complain(formatProblems(problems, { colour: hasColour() }));
  throw new Exit(exitCodes.badConfig);
}

function report({ traces, alerts }: CanaryRun, { json }: Options): void {
  if (json === true) {
    const pages = traces.map(({ url, isIntact, losses, failure }) => ({ url, isIntact, losses, failure }));
    printJson({ at: new Date().toISOString(), pages, alerts });
    return;
  }
  for (const trace of traces) for (const line of linesOf(trace)) print(line);
}

function linesOf({ url, isIntact, losses, failure }: Trace): readonly string[] {
  if (isIntact) return [`${paint('green', '✓')} ${url}`];
  const lost = groupLosses(losses.filter(({ isRestored }) => !isRestored)).map(
    ({ loss, parameters }) => `    ${parameters.join(', ')} ${loss.kind} at hop ${loss.hop}: ${loss.what}`,
  );
  return [
    `${paint('red', '✗')} ${url}`,
    ...lost,
    ...(failure === undefined ? [] : [`    stops at hop ${failure.hop}: ${failure.message}`]),
  ];
}

function minutes(text: string): number {
  const [, amount = '', unit = 'm'] = /^(\d{1,4})(m|h)?$/.exec(text.trim()) ?? [];
  const value = Number(amount) * (unit === 'h' ? 60 : 1);
  if (amount === '' || value < 1 || value > 1_440)
    throw new InvalidArgumentError('Write a time from 1m to 24h, such as 15m.');
  return value;
}
