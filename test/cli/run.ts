import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** The program's entry, as `throughline` starts it. */
export const main = resolve(import.meta.dirname, '../../src/main.ts');

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `throughline` to its end, without colours; -1: it was stopped by force. */
export function runWith(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Run> {
  const options = { timeout: 20_000, env: { ...process.env, NO_COLOR: '1', ...environment } };
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ code, out, err });
    });
  });
}

/** Runs a command of `throughline`. */
export function run(...args: readonly string[]): Promise<Run> {
  return runWith({}, ...args);
}
