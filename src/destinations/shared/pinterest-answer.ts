import { z } from 'zod';
import type { Answer, Outcome, Payload } from '../../contract/destination.ts';
import { judgeJson, type Reply, refusedWhole, words } from './reply.ts';

/**
 * What Pinterest's answer means: 200 and 422 have a status for each event in order, and what was processed is kept
 * either way. Pinterest's API description (v5), 2026-11-23; where a 422 holds its list could not be verified, so both
 * places are looked at.
 */
export function judgePinterest(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeJson(answer, sent, read);
}

const eventsSchema = z
  .array(
    z.object({
      status: z.enum(['processed', 'failed']),
      error_message: z.string().nullish().catch(undefined),
      warning_message: z.string().nullish().catch(undefined),
    }),
  )
  .max(1000);

const replySchema = z.object({
  code: z.int().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  events: eventsSchema.optional().catch(undefined),
  details: z.object({ events: eventsSchema }).optional().catch(undefined),
});

function read({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | Outcome {
  const { code, message: text, events, details } = replySchema.safeParse(json).data ?? {};
  const listed = events ?? details?.events;
  if (listed?.length === sent.length && (status < 300 || status === 422)) {
    return listed.map((event): Outcome => {
      if (event.status === 'failed') {
        return { kind: 'rejected', message: `HTTP ${status}, failed${words(event.error_message ?? '')}` };
      }
      return { kind: 'delivered', note: `HTTP ${status}, processed${words(event.warning_message ?? '')}` };
    });
  }
  if (status < 300) return { kind: 'retry', message: `HTTP ${status} without a status for each event` };
  const message = `HTTP ${status}${code === undefined ? '' : `, code ${code}`}${words(text)}`;
  // 404: there is no such ad account, or the token is not one of it.
  if (status === 401 || status === 403 || status === 404) return { kind: 'unauthorised', message };
  return refusedWhole(message, sent);
}
