import { Command } from 'commander';
import { readVersion } from '../app/version.ts';
import { print, printJson } from './output.ts';

/** `throughline version` */
export function versionCommand(): Command {
  return new Command('version')
    .description('Print the versions of Throughline, Node and SQLite.')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  throughline version\n  throughline version --json')
    .action(({ json }: { readonly json?: boolean }) => {
      const versions = {
        throughline: readVersion(),
        node: process.versions.node,
        sqlite: process.versions.sqlite ?? '',
      };
      if (json === true) printJson(versions);
      else for (const [name, version] of Object.entries(versions)) print(`${name} ${version}`);
    });
}
