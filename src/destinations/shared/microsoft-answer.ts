import { z } from 'zod';
import type { Answer, Outcome, Payload } from '../../contract/destination.ts';
import { judgeJson, type Reply, refusedWhole, words } from './reply.ts';

/**
 * What the UET Conversions API's answer means. It is asked to take the valid events of a request (`continueOnValidation
 * Error`) and names the others by their place. What is sent twice it drops by the event id. Shape of the answer:
 * Microsoft's Conversions API guide and Segment's code, 2026-11-23.
 */
export function judgeMicrosoft(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeJson(answer, sent, read);
}

const replySchema = z.object({
  eventsReceived: z.int().optional().catch(undefined),
  traceId: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
  error: z
    .object({
      code: z
        .union([z.string().regex(/^\w{1,64}$/), z.int()])
        .optional()
        .catch(undefined),
      message: z.string().optional().catch(undefined),
      details: z
        .array(
          z.object({
            index: z.int().min(0),
            propertyName: z.string().optional().catch(undefined),
            errorMessage: z.string().optional().catch(undefined),
          }),
        )
        .max(10_000)
        .optional()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

function read({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | Outcome | undefined {
  const reply = replySchema.safeParse(json).data;
  if (reply === undefined) return undefined;
  const { error, eventsReceived, traceId } = reply;
  const facts = `HTTP ${status}${traceId === undefined ? '' : `, traceId ${traceId}`}`;
  if (status < 300 && (error === null || error === undefined)) return accepted(facts, eventsReceived, sent);
  const { code, message, details = [] } = error ?? {};
  const said = `${facts}${code === undefined ? '' : `, ${code}`}${words(message)}`;
  // 404: there is no such tag, or the token is not one of it.
  if (status === 401 || status === 403 || status === 404) return { kind: 'unauthorised', message: said };
  const named = new Map(details.map((detail) => [detail.index, detail]));
  if (![...named.keys()].some((at) => at < sent.length)) return refusedWhole(said, sent);
  return sent.map((_, at): Outcome => {
    const own = named.get(at);
    if (own !== undefined) {
      return { kind: 'rejected', message: `${facts}${words(own.propertyName)}${words(own.errorMessage)}` };
    }
    if (status < 300) return { kind: 'delivered', note: facts };
    return { kind: 'retry', message: `HTTP ${status}: another event of the request was refused` };
  });
}

/** Fewer received than sent, and no word about which: the halves tell. */
function accepted(facts: string, received: number | undefined, sent: readonly Payload[]): Outcome {
  if (received === undefined) return { kind: 'delivered', note: facts };
  const note = `${facts}, eventsReceived ${received}`;
  return received < sent.length ? refusedWhole(note, sent) : { kind: 'delivered', note };
}
