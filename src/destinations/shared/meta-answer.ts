import { z } from 'zod';
import {
  type Answer,
  judgeByStatus,
  type Outcome,
  type Payload,
  retryAfter,
} from '../../contract/destination.ts';

/**
 * What Meta's answer means for every event of the request: Graph takes or refuses a request as a whole.
 * Graph API error codes, 2026-11-23. Meta sends no Retry-After; its rate limits are over windows of minutes.
 */
export function judgeMeta(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  if (answer.kind === 'failed' || answer.status < 200 || isRedirect(answer))
    return judgeByStatus(answer, sent);
  const outcome = answer.status < 300 ? accepted(answer) : refused(answer);
  return outcome === undefined ? judgeByStatus(answer, sent) : sent.map(() => outcome);
}

type Answered = Extract<Answer, { kind: 'answered' }>;

const acceptedSchema = z.object({
  events_received: z.number().optional().catch(undefined),
  fbtrace_id: z.string().max(64).optional().catch(undefined),
});

const errorSchema = z.object({
  error: z.object({
    code: z.int(),
    error_subcode: z.int().optional().catch(undefined),
    is_transient: z.boolean().optional().catch(undefined),
    error_user_title: z.string().optional().catch(undefined),
    fbtrace_id: z.string().max(64).optional().catch(undefined),
  }),
});

const overloadCodes = new Set([1, 2, 341, 368]);
const rateLimitCodes = new Set([4, 17, 32, 613]);
// Token (190, 102), permissions (10, 200), capability (3), expired version (2635): a person must act first.
const credentialCodes = new Set([3, 10, 102, 190, 200, 2635]);
const rateLimitPauseMs = 5 * 60_000;

function accepted({ status, body }: Answered): Outcome {
  const reply = acceptedSchema.safeParse(parseJson(body)).data;
  const facts = [`HTTP ${status}`];
  if (reply?.events_received !== undefined) facts.push(`events_received ${reply.events_received}`);
  if (reply?.fbtrace_id !== undefined) facts.push(`fbtrace_id ${reply.fbtrace_id}`);
  return { kind: 'delivered', note: facts.join(', ') };
}

function refused({ status, headers, body }: Answered): Outcome | undefined {
  const json = parseJson(body);
  const error = errorSchema.safeParse(json).data?.error;
  // An HTML page comes from Meta's front, not from the API: it says nothing about the event.
  if (error === undefined) return json === undefined ? retry(`HTTP ${status} without JSON`) : undefined;
  const message = describe(status, error);
  if (isRateLimit(error.code))
    return { kind: 'retry', message, afterMs: rateLimitPauseMs, ...retryAfter(headers) };
  if (error.is_transient === true || overloadCodes.has(error.code) || status >= 500) return retry(message);
  // 100/33: the dataset does not exist, or the token may not write to it.
  const isUnknownDataset = error.code === 100 && error.error_subcode === 33;
  if (credentialCodes.has(error.code) || isUnknownDataset) return { kind: 'unauthorised', message };
  return { kind: 'rejected', message };
}

function isRedirect({ status }: Answered): boolean {
  return status >= 300 && status < 400;
}

function isRateLimit(code: number): boolean {
  return rateLimitCodes.has(code) || (code >= 80_003 && code <= 80_014);
}

function retry(message: string): Outcome {
  return { kind: 'retry', message };
}

/** Codes and the title only: the longer texts may repeat values of the event. */
function describe(status: number, error: z.infer<typeof errorSchema>['error']): string {
  const code = error.error_subcode === undefined ? `${error.code}` : `${error.code}/${error.error_subcode}`;
  const title = error.error_user_title === undefined ? '' : `: ${error.error_user_title.slice(0, 120)}`;
  const trace = error.fbtrace_id === undefined ? '' : ` (fbtrace_id ${error.fbtrace_id})`;
  return `HTTP ${status}, code ${code}${title}${trace}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
