import { writeSync } from 'node:fs';
import { createLogger, type Logger } from '../observe/logger.ts';
import type { Config } from './schema.ts';

/** Opens the log on standard error, where a pipe of the command's own output does not meet it. */
export function openLog({ level, format }: Config['log']): Logger {
  const isText = format === 'text' || (format === 'auto' && process.stderr.isTTY === true);
  return createLogger(level, isText ? 'text' : 'json', {
    write: (line) => void writeSync(2, line),
    nowMs: () => Date.now(),
  });
}
