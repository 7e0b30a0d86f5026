import { z } from 'zod';
import type { Answer, Outcome, Payload } from '../../contract/destination.ts';
import { judgeJson, type Reply, refusedWhole, words } from './reply.ts';

/**
 * What TikTok's answer means: the `code` in the body is the truth, whatever the HTTP status. A request is taken or
 * refused as a whole; after a partial success the halves may be sent again, because TikTok drops what it has seen by
 * its event id. Codes as RudderStack and the Business API use them, 2026-11-23; only 0, 20001, 40001, 40002 and 40100
 * are sure, the rest goes by its range.
 */
export function judgeTikTok(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeJson(answer, sent, read);
}

const replySchema = z.object({
  code: z.int(),
  message: z.string().optional().catch(undefined),
  request_id: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
});

const rateLimitPauseMs = 60_000;
const rateLimits = new Set([40016, 40100, 40133]);
// No permission (40001), token missing (40104), wrong or expired (40102, 40105): a person must act first.
const credentials = new Set([40001, 40102, 40104, 40105]);

function read({ status, json }: Reply, sent: readonly Payload[]): Outcome | undefined {
  const reply = replySchema.safeParse(json).data;
  if (reply === undefined) {
    return status < 300 ? { kind: 'retry', message: `HTTP ${status} without a code` } : undefined;
  }
  const { code, request_id: id } = reply;
  const trace = id === undefined ? '' : `, request_id ${id}`;
  if (code === 0) return { kind: 'delivered', note: `HTTP ${status}, code 0${trace}` };
  const message = `HTTP ${status}, code ${code}${trace}${words(reply.message)}`;
  if (code === 20001)
    return sent.length > 1 ? { kind: 'split', message } : { kind: 'delivered', note: message };
  if (rateLimits.has(code)) return { kind: 'retry', message, afterMs: rateLimitPauseMs };
  if (code >= 50_000) return { kind: 'retry', message };
  // A wrong pixel is refused as an invalid parameter, like an event, and would refuse every event.
  const isPixel = code === 40002 && /event_source_id|pixel/i.test(reply.message?.slice(0, 500) ?? '');
  if (credentials.has(code) || isPixel) return { kind: 'unauthorised', message };
  return refusedWhole(message, sent);
}
