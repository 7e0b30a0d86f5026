import { join } from 'node:path';
import { z } from 'zod';
import { defineDestination, judgeByStatus } from '../contract/destination.ts';
import { payloadOf } from './shared/payload.ts';

const settings = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'The directory for the files; made when it is not there. Example: `/var/lib/throughline/events`. No default.',
    ),
  maxBytes: z
    .int()
    .min(65_536)
    .default(134_217_728)
    .describe(
      'A file that reaches this size is closed and the next one begun, in bytes. Example: `67108864`. Default: `134217728` (128 MiB).',
    ),
});

/** One line of JSON for each event, in local files. */
export const destination = defineDestination({
  name: 'ndjson',
  title: 'NDJSON file',
  description:
    'Appends each permitted event, with its consent, as one line of JSON to `events.ndjson` in a directory; full files are kept beside it. A crash between writing and recording writes a line again: its `id` tells.',
  settings,
  erasure:
    'By hand: the files in its directory are not changed, because others may be reading them. Delete the lines that hold the event ids, in the current file while the gateway is stopped.',
  needs: 'declared',
  takesReduced: true,
  batch: { maxEvents: 1_000, maxBytes: 4_194_304 },

  build: ({ event }, { maxBytes }) => payloadOf(event, { ...event }, Math.min(maxBytes, 4_194_304)),

  request: (payloads, { path, maxBytes }) => ({
    kind: 'append',
    path: join(path, 'events.ndjson'),
    lines: payloads.map(({ body }) => JSON.stringify(body)),
    rotateBytes: maxBytes,
  }),

  judge: judgeByStatus,
});
