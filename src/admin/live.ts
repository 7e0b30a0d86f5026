import type { Request, Response } from 'express';
import { tellStory } from '../report/timeline.ts';
import type { Reader } from '../store/ports.ts';

const pollMs = 250;
const heartbeatMs = 15_000;
const slice = 200;

/** Server-Sent Events: every event the pipeline has worked through, as it comes. `Last-Event-ID` resumes after a break. */
export function streamEvents(req: Request, res: Response, reader: Reader): void {
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  res.write('retry: 2000\n\n');
  const resumed = Number(req.headers['last-event-id']);
  const last = reader.lastOffset();
  // An id from before the data was wiped lies beyond the end.
  let offset = Number.isSafeInteger(resumed) && resumed <= last ? resumed : Math.max(0, last - 50);
  let silentMs = 0;
  const timer = setInterval(() => {
    silentMs += pollMs;
    // A reader that cannot keep up is not fed faster than it reads.
    if (res.writableNeedDrain) return;
    for (const story of reader.since(offset, slice)) {
      if (!story.isProcessed) break;
      offset = story.offset;
      silentMs = 0;
      res.write(`id: ${story.offset}\ndata: ${JSON.stringify({ ...story, timeline: tellStory(story) })}\n\n`);
    }
    if (silentMs >= heartbeatMs) {
      silentMs = 0;
      res.write(': still here\n\n');
    }
  }, pollMs);
  res.on('close', () => clearInterval(timer));
}
