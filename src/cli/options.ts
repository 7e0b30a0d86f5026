import { codes } from '../config/codes.ts';
import { Exit } from './configuration.ts';
import { complain, exitCodes } from './output.ts';

/** Says what is wrong with a command line and ends the command. */
export function misused(problems: readonly string[]): never {
  for (const problem of problems) complain(`${codes.bad_use.id} ${codes.bad_use.title}: ${problem}`);
  throw new Exit(exitCodes.badUse);
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How far `--since` looks back, in milliseconds. */
export function lookBackMs(since: string): number {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(since) ?? [];
  if (unit === 'm' || unit === 'h' || unit === 'd') return Number(amount) * units[unit];
  return misused([`--since is ${since}. Write a time such as 30m, 12h or 7d.`]);
}

/** A whole number that an option gives. */
export function wholeNumber(option: string, given: string, from: number): number {
  const number = Number(given);
  if (given.trim() !== '' && Number.isSafeInteger(number) && number >= from) return number;
  return misused([`${option} is ${given}. Write a whole number from ${from}.`]);
}
