import { z } from 'zod';
import { type Answer, type Outcome, type Payload, retryAfter } from '../../contract/destination.ts';
import { all, judgeReply, type Reply, statusWith } from './answer.ts';

/**
 * What X's answer means for every conversion of the request: X takes or refuses a request as a whole, and says how many
 * it processed. Ads API, web conversions and error codes, 2026-11-23.
 */
export function judgeX(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeReply(answer, sent, (reply) => {
    if (reply.status < 300) return all(sent, accepted(reply));
    if (reply.status === 429) return all(sent, limited(reply));
    return reply.status === 400 || reply.status === 422 ? all(sent, refused(reply, sent)) : undefined;
  });
}

const acceptedSchema = z.object({
  data: z.object({
    conversions_processed: z.number(),
    debug_id: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .optional()
      .catch(undefined),
  }),
});

const errorSchema = z.object({
  errors: z
    .array(z.object({ code: z.string().max(64), message: z.unknown().optional() }))
    .min(1)
    .max(1000),
});

function accepted({ status, json }: Reply): Outcome {
  const data = acceptedSchema.safeParse(json).data?.data;
  if (data === undefined) return { kind: 'delivered', note: `HTTP ${status}` };
  const debug = data.debug_id === undefined ? '' : `, debug_id ${data.debug_id}`;
  const facts = `conversions_processed ${data.conversions_processed}${debug}`;
  return data.conversions_processed > 0
    ? { kind: 'delivered', note: `HTTP ${status}, ${facts}` }
    : { kind: 'rejected', message: `HTTP ${status}, but ${facts}` };
}

function refused({ status, json }: Reply, sent: readonly Payload[]): Outcome {
  const [error] = errorSchema.safeParse(json).data?.errors ?? [];
  const said = typeof error?.message === 'string' ? `${error.code}: ${error.message}` : error?.code;
  return { kind: 'rejected', message: statusWith(status, said, sent) };
}

/** X says when the window ends, in Unix seconds, and not always how long to wait. */
function limited({ status, headers }: Reply): Outcome {
  const message = `HTTP ${status}`;
  const asked = retryAfter(headers);
  if (asked.afterMs !== undefined) return { kind: 'retry', message, ...asked };
  const resetSec = /^\d{10}$/.exec(headers['x-rate-limit-reset'] ?? '')?.[0];
  const nowMs = Date.parse(headers['date'] ?? '');
  if (resetSec === undefined || Number.isNaN(nowMs)) return { kind: 'retry', message };
  return { kind: 'retry', message, afterMs: Math.max(0, Number(resetSec) * 1000 - nowMs) };
}
