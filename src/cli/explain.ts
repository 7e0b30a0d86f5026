import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { unmatchedRules } from '../app/inspect.ts';
import { type Mark, type Timeline, tellStory } from '../report/timeline.ts';
import { defaultConfigFile, Exit, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { wholeNumber } from './options.ts';
import { complain, exitCodes, paint, print, printJson } from './output.ts';

/** `throughline explain` */
export function explainCommand(): Command {
  return new Command('explain')
    .description("Print an event's whole story: what was captured, decided, sent and answered.")
    .argument('<id>', 'event id, order id, click id, session id or visitor key')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--data <file>', 'data file; default: the one the configuration names')
    .option('--limit <n>', 'events at most', '20')
    .option('--json', 'one JSON object for each event')
    .addHelpText(
      'after',
      `
Examples:
  throughline explain A-1001                   the order A-1001, from hit to receipt
  throughline explain Cj0KCQiA-abc             everything that came with this click id
  throughline explain A-1001 --json | jq .     for scripts`,
    )
    .action(explain);
}

interface Options {
  readonly config: string;
  readonly data?: string;
  readonly limit: string;
  readonly json?: boolean;
}

async function explain(id: string, options: Options): Promise<void> {
  const limit = wholeNumber('--limit', options.limit, 1);
  const loaded =
    existsSync(options.config) || options.data === undefined
      ? await loadForCommand(options.config, options.json === true ? 'json' : 'text')
      : null;
  const reader = openData(options.data ?? loaded?.config.store.path ?? '');
  try {
    const stories = reader.find(id, limit);
    if (stories.length === 0) {
      complain(
        `Nothing was found under ${id}. Known keys: event id, order id, click id, session id, visitor key.`,
      );
      throw new Exit(exitCodes.failed);
    }
    const timelines = stories.map((story) =>
      tellStory(story, loaded === null ? [] : unmatchedRules(loaded, story)),
    );
    for (const [index, timeline] of timelines.entries()) {
      if (options.json === true)
        printJson({ ...timeline, event: stories[index]?.event, deliveries: stories[index]?.deliveries });
      else printTimeline(timeline);
    }
  } finally {
    reader.close();
  }
}

const symbols: Readonly<Record<Mark, string>> = { ok: '✓', look: '!', stop: '✗', fact: '·' };
const styles: Readonly<Record<Mark, 'green' | 'yellow' | 'red' | 'gray'>> = {
  ok: 'green',
  look: 'yellow',
  stop: 'red',
  fact: 'gray',
};

function printTimeline(timeline: Timeline): void {
  const { name, id, site, atMs, page, rows } = timeline;
  print(`${paint('bold', name)}  ${paint('gray', `${new Date(atMs).toISOString()}  ${site}  ${id}`)}`);
  if (page !== null) print(paint('gray', page));
  for (const row of rows) {
    const sinceMs = row.atMs - atMs;
    const clock =
      sinceMs === 0 ? '' : sinceMs < 10_000 ? `+${sinceMs} ms` : `+${Math.round(sinceMs / 1000)} s`;
    print(
      `  ${paint(styles[row.mark], symbols[row.mark])} ${paint('gray', row.stop.padEnd(11))} ${row.text}  ${paint('gray', clock)}`.trimEnd(),
    );
    for (const detail of row.details) print(`                ${paint('gray', detail)}`);
  }
  print();
}
