import { existsSync } from 'node:fs';
import { type Loaded, load } from '../app/load.ts';
import { takeSnapshot } from '../app/snapshot.ts';
import { codes } from '../config/codes.ts';
import { formatProblems } from '../config/problem.ts';
import { complain, exitCodes, hasColour, printJson } from './output.ts';

/** Where the configuration is looked for when nothing is said. */
export const defaultConfigFile = 'config/throughline.yaml';

/** Thrown to end a command with an exit code, after everything was said. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Loads a configuration or prints every problem and ends the command. */
export async function loadForCommand(file: string, format: 'text' | 'json'): Promise<Loaded> {
  if (!existsSync(file)) {
    const { id, title } = codes.not_found;
    complain(
      `${id} ${title}: ${file} does not exist. Name another file with --config, or copy config/minimal.yaml.`,
    );
    throw new Exit(exitCodes.badConfig);
  }
  const result = await load(takeSnapshot(file));
  if (result.ok) return result.loaded;
  if (format === 'json') printJson({ ok: false, problems: result.problems });
  else complain(formatProblems(result.problems, { colour: hasColour() }));
  throw new Exit(exitCodes.badConfig);
}
