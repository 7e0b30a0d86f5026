import { resolve } from 'node:path';
import { openStoreReader, type Reader } from '../app/inspect.ts';
import { codes } from '../config/codes.ts';
import { Exit } from './configuration.ts';
import { complain, exitCodes } from './output.ts';

/** Opens a data file to read, or says that there is none and ends the command. */
export function openData(path: string): Reader {
  const file = resolve(path);
  const reader = openStoreReader(file);
  if (reader !== null) return reader;
  const { id, title } = codes.not_found;
  complain(
    `${id} ${title}: there is no data file ${file}. Start the gateway first, or name the file with --data.`,
  );
  throw new Exit(exitCodes.failed);
}
