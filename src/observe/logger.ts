import { styleText } from 'node:util';

/** The log: structured lines for machines, one coloured line each for a person at a terminal. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where lines go, and what time it is. */
export interface LogStream {
  write(line: string): void;
  nowMs(): number;
}

const colours = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const;
type Weight = keyof typeof colours;

/** Of one message so many lines are written in a period; an outage would fill the disk with the same line for every hit. */
const maxRepeats = 20;
const periodMs = 10_000;
/** Messages are sentences of ours, so there are few; a bound all the same. */
const maxMessages = 1_000;

interface Repeats {
  readonly sinceMs: number;
  count: number;
}

/** Opens a log. `format` is `json` for machines or `text` for a terminal. Secrets print as `***` by their own type. */
export function createLogger(level: LogLevel, format: 'json' | 'text', stream: LogStream): Logger {
  const least = logLevels.indexOf(level);
  const repeats = new Map<string, Repeats>();
  /** How many lines of the message were left out before this one; null: this one is left out too. */
  const leftOut = (message: string, nowMs: number): number | null => {
    const known = repeats.get(message);
    if (known !== undefined && nowMs - known.sinceMs < periodMs) {
      known.count += 1;
      return known.count > maxRepeats ? null : 0;
    }
    if (repeats.size >= maxMessages) repeats.clear();
    repeats.set(message, { sinceMs: nowMs, count: 1 });
    return Math.max(0, (known?.count ?? 0) - maxRepeats);
  };
  const at = (weight: Weight) => {
    if (logLevels.indexOf(weight) < least) return () => undefined;
    return (given: object, message: string): void => {
      const nowMs = stream.nowMs();
      const missing = leftOut(message, nowMs);
      if (missing === null) return;
      const facts = missing === 0 ? given : { ...given, linesLeftOut: missing };
      const time = new Date(nowMs).toISOString();
      const line =
        format === 'json'
          ? JSON.stringify({ time, level: weight, message, ...facts })
          : toText({ time, weight, message, facts });
      stream.write(`${line}\n`);
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

interface Line {
  readonly time: string;
  readonly weight: Weight;
  readonly message: string;
  readonly facts: object;
}

function toText({ time, weight, message, facts }: Line): string {
  const rest = Object.entries(facts)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const tail = rest === '' ? '' : `  ${styleText('gray', rest)}`;
  return `${styleText('gray', time.slice(11, 19))} ${styleText(colours[weight], weight.padEnd(5))} ${message}${tail}`;
}
