import { Command, CommanderError } from 'commander';
import { readVersion } from '../app/version.ts';
import { canaryCommand } from './canary.ts';
import { checkCommand } from './check.ts';
import { configCommand } from './config.ts';
import { Exit } from './configuration.ts';
import { explainCommand } from './explain.ts';
import { hygieneCommand } from './hygiene.ts';
import { lossCommand } from './loss.ts';
import { complain, exitCodes } from './output.ts';
import { privacyCommand } from './privacy.ts';
import { rulesCommand } from './rules.ts';
import { sessionsCommand } from './sessions.ts';
import { startCommand } from './start.ts';
import { tailCommand } from './tail.ts';
import { traceCommand } from './trace.ts';
import { versionCommand } from './version.ts';

/** Runs one command line; resolves with the exit code. `start` does not come back until it is stopped. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const program = new Command('throughline')
    .description(
      'A first-party gateway for measurement traffic: proxy, server-side tag manager and sessionizer.',
    )
    .version(readVersion(), '-v, --version')
    .addHelpText(
      'after',
      '\nExamples:\n  throughline start\n  throughline check\n  throughline explain A-1001',
    )
    .addCommand(startCommand())
    .addCommand(checkCommand())
    .addCommand(rulesCommand())
    .addCommand(explainCommand())
    .addCommand(tailCommand())
    .addCommand(hygieneCommand())
    .addCommand(lossCommand())
    .addCommand(sessionsCommand())
    .addCommand(traceCommand())
    .addCommand(canaryCommand())
    .addCommand(privacyCommand())
    .addCommand(configCommand())
    .addCommand(versionCommand());
  useExitCodes(program);
  try {
    await program.parseAsync([...argv]);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.badUse;
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failed;
  }
}

function useExitCodes(command: Command): void {
  command.exitOverride().showSuggestionAfterError().showHelpAfterError('(add --help for the options)');
  for (const sub of command.commands) useExitCodes(sub);
}
