import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Reader } from '../app/inspect.ts';
import { emailDigests, erasePerson, type HandWork, handWorkOf, takeInLog } from '../app/person.ts';
import { type Found, findPerson, type Selector } from '../report/person.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { misused } from './options.ts';
import { complain, exitCodes, paint, print, printJson, table } from './output.ts';

/** `throughline privacy export|erase` */
export function privacyCommand(): Command {
  return new Command('privacy')
    .description('Answer what somebody asks by right: what is stored of them, and to be forgotten.')
    .addCommand(
      withSelectors(new Command('export').description('Print everything that is stored of somebody.')).action(
        exportPerson,
      ),
    )
    .addCommand(
      withSelectors(
        new Command('erase').description(
          'Delete everything that is stored of somebody. Says first what it would delete.',
        ),
      )
        .option('--yes', 'delete; without it nothing is changed')
        .action(erase),
    );
}

function withSelectors(command: Command): Command {
  return command
    .option('--visitor <key>', 'the visitor key, as `explain` shows it')
    .option('--user <id>', "the site's own id of a logged-in user")
    .option('--email <address>', 'an e-mail address; it is compared by its hash')
    .option('--order <id>', 'an order id')
    .option('--site <name>', 'only on this site; default: on all')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
The events that are named are followed to their visitors, and from there to all events of these visitors.

Examples:
  throughline privacy export --email ada@example.com --json > ada.json
  throughline privacy erase --order A-1001            what would be deleted
  throughline privacy erase --order A-1001 --yes      deletes it, with the gateway running or stopped`,
    );
}

interface Options {
  readonly visitor?: string;
  readonly user?: string;
  readonly email?: string;
  readonly order?: string;
  readonly site?: string;
  readonly config: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

async function exportPerson(options: Options): Promise<void> {
  const { loaded, found } = await look(options);
  const byHand = handWorkOf(loaded.config, found.given);
  const { visitors, clientIds, stories } = found;
  if (options.json === true) {
    printJson({ visitors, clientIds, events: stories, destinations: byHand });
    return;
  }
  printFound(found, byHand);
  if (stories.length > 0) print(paint('gray', 'With --json everything is printed, ready to hand over.'));
}

async function erase(options: Options): Promise<void> {
  const { loaded, found, dataFile } = await look(options);
  const byHand = handWorkOf(loaded.config, found.given);
  const isMeant = options.yes === true;
  const { admin } = loaded.config;
  const erased = isMeant ? await erasePerson({ admin, dataFile }, found, Date.now()) : null;
  if (erased !== null && 'failed' in erased) {
    complain(`Nothing was deleted: ${erased.failed}.`);
    throw new Exit(exitCodes.failed);
  }
  if (options.json === true) {
    const { visitors, clientIds, offsets } = found;
    return printJson({
      visitors,
      clientIds,
      found: { events: offsets.length },
      erased,
      destinations: byHand,
    });
  }
  printFound(found, byHand);
  if (erased === null) {
    if (found.offsets.length > 0) print('Nothing was deleted. Add --yes to delete it.');
    return;
  }
  const { events, queued, states } = erased;
  print(
    `Deleted: ${events} events, ${queued} payloads, ${states} visitor states, and the log that held them.`,
  );
  print(paint('gray', 'Kept: a digest of the visitor key, so that nothing of theirs is taken in late.'));
}

async function look(options: Options) {
  const selector = selectorOf(options);
  const loaded = await loadForCommand(options.config, options.json === true ? 'json' : 'text');
  const { config } = loaded;
  if (selector.site !== undefined && config.sites[selector.site] === undefined) {
    misused([`--site is ${selector.site}. The sites are ${Object.keys(config.sites).join(', ')}.`]);
  }
  const dataFile = resolve(config.store.path);
  openData(dataFile).close();
  takeInLog(dataFile, Date.now());
  return { loaded, dataFile, found: find(openData(dataFile), selector) };
}

function find(reader: Reader, selector: Selector): Found {
  try {
    return findPerson(reader, selector, emailDigests);
  } finally {
    reader.close();
  }
}

const kinds = ['visitor', 'user', 'email', 'order'] as const;

function selectorOf(options: Options): Selector {
  const given = kinds.flatMap((by) => {
    const value = options[by];
    return value === undefined ? [] : [{ by, value }];
  });
  const [only, ...others] = given;
  if (only === undefined || others.length > 0 || only.value === '') {
    return misused(['Name somebody by exactly one of --visitor, --user, --email and --order.']);
  }
  if (only.by === 'email' && emailDigests(only.value).length === 0) {
    return misused([`--email is ${only.value}, which is no e-mail address.`]);
  }
  return { ...only, ...(options.site !== undefined && { site: options.site }) };
}

function printFound({ stories, visitors, clientIds }: Found, byHand: readonly HandWork[]): void {
  if (stories.length === 0) {
    print('Nothing is stored of them.');
    return;
  }
  const times = stories.map(({ event }) => Number(event['receivedAtMs']));
  const [first, last] = [Math.min(...times), Math.max(...times)].map((atMs) => new Date(atMs).toISOString());
  print(`${stories.length} events of ${visitors.length} visitors, from ${first} to ${last}.`);
  const ids = Object.entries(clientIds).map(([tool, list]) => [`  ${tool}`, list.join(', ')]);
  if (ids.length > 0) print(table(ids));
  if (byHand.length === 0) return;
  print();
  print('Given to others, where it cannot be deleted from here:');
  for (const { destination, type, events, todo } of byHand) {
    print(`  ${paint('bold', destination)} (${type}): ${events} events. ${todo}`);
  }
}
