import { Command } from 'commander';
import { configJsonSchema, rulesJsonSchema } from '../app/reference.ts';
import { print } from './output.ts';

/** `throughline config` */
export function configCommand(): Command {
  const schema = new Command('schema')
    .description('Print the JSON Schema of the configuration, for editors.')
    .option('--rules', 'the schema of rule files instead')
    .addHelpText(
      'after',
      `
Examples:
  throughline config schema > throughline.schema.json
  # and as the first line of config/throughline.yaml:
  # yaml-language-server: $schema=./throughline.schema.json`,
    )
    .action(({ rules }: { readonly rules?: boolean }) => {
      print(JSON.stringify(rules === true ? rulesJsonSchema() : configJsonSchema(), null, 2));
    });
  return new Command('config').description('Look at the configuration.').addCommand(schema);
}
