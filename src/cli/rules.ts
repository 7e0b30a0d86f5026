import { Command } from 'commander';
import { runCases } from '../rules/cases.ts';
import { makeEvent } from '../rules/test-event.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { exitCodes, paint, print, printJson } from './output.ts';

/** `throughline rules` */
export function rulesCommand(): Command {
  const test = new Command('test')
    .description('Run the tests inside the rule files.')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  throughline rules test\n  throughline rules test --config config/demo.yaml --json',
    )
    .action(testRules);
  return new Command('rules').description('Work with forwarding rules.').addCommand(test);
}

async function testRules(options: { readonly config: string; readonly json?: boolean }): Promise<void> {
  const { rules } = await loadForCommand(options.config, options.json === true ? 'json' : 'text');
  const results = runCases(rules, makeEvent);
  const failed = results.filter(({ ok }) => !ok).length;
  if (options.json === true)
    printJson({ ok: failed === 0, passed: results.length - failed, failed, results });
  else {
    for (const { ok, file, line, name, differences } of results) {
      const place = line === undefined ? file : `${file}:${line}`;
      print(`${ok ? paint('green', '✓') : paint('red', '✗')} ${name}  ${paint('gray', place)}`);
      for (const difference of differences) print(`    ${difference}`);
    }
    print(`${results.length - failed} passed, ${failed} failed`);
  }
  if (failed > 0) throw new Exit(exitCodes.failed);
}
