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

/** Opens a log. `format` is `json` for machines or `text` for a terminal. Secrets print as `***` by their own type. */
export function createLogger(level: LogLevel, format: 'json' | 'text', stream: LogStream): Logger {
  const least = logLevels.indexOf(level);
  const at = (weight: Weight) => {
    if (logLevels.indexOf(weight) < least) return () => undefined;
    return (facts: object, message: string): void => {
      const time = new Date(stream.nowMs()).toISOString();
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
