import { parentPort } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import type { LoadJob, LoadReply, LoadResult } from './job.ts';
import { Run } from './run.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

port.on('message', (job: LoadJob) => {
  work(job).then(
    (result) => port.postMessage({ kind: 'done', result } satisfies LoadReply),
    (error: unknown) => port.postMessage({ kind: 'failed', message: String(error) } satisfies LoadReply),
  );
});

async function work(job: LoadJob): Promise<LoadResult> {
  const run = new Run(job);
  const connections = await Promise.all(
    job.templates.map((template) => openConnection(job.port, template, run)),
  );
  const result = await run.play(connections);
  for (const connection of connections) connection.close();
  return result;
}
