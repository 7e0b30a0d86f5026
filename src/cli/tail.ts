import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { EventStory } from '../app/inspect.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { defaultConfigFile, loadForCommand } from './configuration.ts';
import { openData } from './data-file.ts';
import { wholeNumber } from './options.ts';
import { paint, print, printJson } from './output.ts';

/** `throughline tail` */
export function tailCommand(): Command {
  return new Command('tail')
    .description('Stream events live, as the pipeline works through them.')
    .option('-c, --config <file>', 'configuration file', defaultConfigFile)
    .option('--data <file>', 'data file; default: the one the configuration names')
    .option('--site <name>', 'only this site')
    .option('--event <name>', 'only events of this name')
    .option('--problems', 'only events that stopped somewhere')
    .option('--since <offset>', 'start after this log offset; default: now')
    .option('--once', 'print what is there and end')
    .option('--json', 'one JSON object for each event')
    .addHelpText(
      'after',
      `
Examples:
  throughline tail                       every event from now on
  throughline tail --problems            only what did not get through
  throughline tail --since 0 --once      everything that is stored`,
    )
    .action(tail);
}

interface Options {
  readonly config: string;
  readonly data?: string;
  readonly site?: string;
  readonly event?: string;
  readonly problems?: boolean;
  readonly since?: string;
  readonly once?: boolean;
  readonly json?: boolean;
}

const pollMs = 200;

async function tail(options: Options): Promise<void> {
  const since = options.since === undefined ? undefined : wholeNumber('--since', options.since, 0);
  const format = options.json === true ? 'json' : 'text';
  const reader = openData(options.data ?? (await loadForCommand(options.config, format)).config.store.path);
  let offset = since ?? reader.lastOffset();
  for (;;) {
    const stories = reader.since(offset, 500).filter(({ isProcessed }) => isProcessed);
    for (const story of stories) {
      offset = story.offset;
      if (!isWanted(story, options)) continue;
      if (options.json === true) printJson(story);
      else print(toLine(story));
    }
    if (stories.length > 0) continue;
    if (options.once === true) break;
    await sleep(pollMs);
  }
  reader.close();
}

function isWanted({ event, decisions }: EventStory, options: Options): boolean {
  if (options.site !== undefined && event.site !== options.site) return false;
  if (options.event !== undefined && event.name !== options.event) return false;
  return options.problems !== true || decisions.some(({ reason }) => stopping.has(reason));
}

const stopping: ReadonlySet<string> = new Set([
  'duplicate',
  'bot',
  'consent_denied',
  'consent_undecided',
  'held',
  'held_expired',
  'held_denied',
  'withdrawn',
  'build_refused',
  'not_supported',
  'no_rule',
  'rule_failed',
  'failed',
]);

/** One event, one line: time, name, page, consent, session, what became of it. */
function toLine({ event, decisions, deliveries }: EventStory): string {
  const clock = new Date(typeof event.receivedAtMs === 'number' ? event.receivedAtMs : 0)
    .toISOString()
    .slice(11, 23);
  const session = isJsonObject(event.session) ? `#${String(event.session.number)}` : '–';
  const sent = deliveries.map(({ destination, status }) => {
    return outcome(
      status === 'dead' || status === 'withdrawn' ? 'red' : status === 'delivered' ? 'green' : 'cyan',
      `●${destination}`,
    );
  });
  const outcomes = [...sent, ...stops(decisions, new Set(deliveries.map(({ destination }) => destination)))];
  return [
    paint('gray', clock),
    paint('bold', String(event.name).padEnd(18)),
    consentChips(event),
    session.padStart(4),
    pathOf(event).padEnd(28),
    outcomes.join(' '),
  ].join('  ');
}

/** Where the event stopped, the last word for each destination; a held event that was sent after all is no stop. */
function stops(decisions: EventStory['decisions'], sentTo: ReadonlySet<string>): readonly string[] {
  const last = new Map<string, string>();
  for (const { reason, destination = '' } of decisions) {
    if (stopping.has(reason) && !sentTo.has(destination)) last.set(destination, reason);
  }
  if (sentTo.size > 0) last.delete('');
  return [...last].map(([destination, reason]) => {
    return outcome(
      reason === 'held' ? 'yellow' : 'red',
      destination === '' ? reason : `${destination} ${reason}`,
    );
  });
}

function outcome(style: 'red' | 'green' | 'yellow' | 'cyan', text: string): string {
  return paint(style, text);
}

function consentChips(event: JsonObject): string {
  const consent = isJsonObject(event.consent) ? event.consent.types : null;
  if (!isJsonObject(consent)) return '----';
  return (
    [
      ['A', 'analytics_storage'],
      ['S', 'ad_storage'],
      ['U', 'ad_user_data'],
      ['P', 'ad_personalization'],
    ] as const
  )
    .map(([letter, type]) => {
      const answer = consent[type];
      return isJsonObject(answer) && answer.granted === true ? paint('green', letter) : paint('gray', '-');
    })
    .join('');
}

function pathOf(event: JsonObject): string {
  const url =
    isJsonObject(event.page) && typeof event.page.url === 'string' ? URL.parse(event.page.url) : null;
  return url === null ? '' : (url.pathname + url.search).slice(0, 28);
}
