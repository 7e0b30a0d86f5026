import { Command } from 'commander';
import { type CheckRow, checkEnvironment } from '../app/check.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { exitCodes, paint, print, printJson, table } from './output.ts';

/** `throughline check` */
export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Validate configuration, rules and their tests, upstreams, secrets and the client address header.',
    )
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--offline', 'do not connect to anything')
    .option(
      '--header <name: value>',
      'headers of a request to try the client address with, repeatable',
      collect,
      [],
    )
    .option('--peer <address>', 'the address that request comes from', '127.0.0.1')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Exit codes: 0 fine, 1 something does not answer or a rule test fails, 2 the configuration is wrong.

Examples:
  throughline check
  throughline check --offline --json
  throughline check --peer 10.0.0.5 --header "X-Forwarded-For: 203.0.113.7, 10.0.0.9"`,
    )
    .action(check);
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

interface Options {
  readonly config: string;
  readonly offline?: boolean;
  readonly header: readonly string[];
  readonly peer: string;
  readonly json?: boolean;
}

const styles = { ok: 'green', look: 'yellow', failed: 'red' } as const;
const symbols = { ok: '✓', look: '!', failed: '✗' } as const;

async function check(options: Options): Promise<void> {
  const loaded = await loadForCommand(options.config, options.json === true ? 'json' : 'text');
  const network = options.offline === true ? 'offline' : 'online';
  const rows = await checkEnvironment(loaded, {
    network,
    peer: options.peer,
    headers: readHeaders(options.header),
  });
  const isFine = rows.every(({ state }) => state !== 'failed');
  if (options.json === true) printJson({ ok: isFine, checks: rows });
  else printRows(rows);
  if (!isFine) throw new Exit(exitCodes.failed);
}

function printRows(rows: readonly CheckRow[]): void {
  print(table(rows.map(({ state, what, found }) => [paint(styles[state], symbols[state]), what, found])));
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    if (at > 0) headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  return headers;
}
