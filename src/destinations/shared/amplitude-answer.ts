import { z } from 'zod';
import { type Answer, type Outcome, type Payload, retryAfter } from '../../contract/destination.ts';
import { all, judgeReply, type Reply, refuseBatch, statusWith } from './answer.ts';

/**
 * What Amplitude's answer means for each event. Under 400 and 429 nothing was taken in: the events that it names are
 * refused or wait, the rest is sent again. HTTP V2 API, "Batch and retry", 2026-11-05.
 */
export function judgeAmplitude(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeReply(answer, sent, (reply) => {
    if (reply.status === 400 || (reply.status < 300 && isError(reply))) return refused(reply, sent);
    if (reply.status === 413) return refuseBatch(sent, 'HTTP 413');
    return reply.status === 429 ? limited(reply, sent) : undefined;
  });
}

const indices = z.array(z.int().min(0)).max(2000).catch([]);
const byField = z.record(z.string().max(100), indices).catch({});

const answerSchema = z.object({
  error: z.unknown().optional(),
  missing_field: z.unknown().optional(),
  events_with_invalid_fields: byField.optional(),
  events_with_missing_fields: byField.optional(),
  events_with_invalid_id_lengths: byField.optional(),
  silenced_events: indices.optional(),
  throttled_events: indices.optional(),
  exceeded_daily_quota_users: z.record(z.string(), z.unknown()).optional().catch(undefined),
  exceeded_daily_quota_devices: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** An error under 200: the body has the code. */
function isError({ json }: Reply): boolean {
  const code = codeSchema.safeParse(json).data?.code;
  return code !== undefined && code >= 400;
}

const codeSchema = z.object({ code: z.int() });

const throttledMs = 30_000;
// The quota is over a rolling day; asking once an hour finds its end soon enough.
const quotaMs = 3_600_000;

function refused({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] {
  const reply = answerSchema.safeParse(json).data;
  const message = statusWith(status, reply?.error, sent);
  if (reply?.missing_field === 'api_key' || /api[ _]key/i.test(String(reply?.error))) {
    return all(sent, { kind: 'unauthorised', message });
  }
  const culprits = reply === undefined ? new Map<number, string>() : culpritsOf(reply);
  if (culprits.size === 0) return refuseBatch(sent, message);
  return sent.map((_, index) => {
    const fault = culprits.get(index);
    if (fault === undefined)
      return { kind: 'retry', message: `HTTP ${status} for other events of the request` };
    return { kind: 'rejected', message: `HTTP ${status}, ${fault}` };
  });
}

/** What is wrong with which event, by its place in the request. */
function culpritsOf(reply: z.output<typeof answerSchema>): ReadonlyMap<number, string> {
  const culprits = new Map<number, string>();
  const note = (fields: Readonly<Record<string, readonly number[]>> | undefined, fault: string): void => {
    for (const [field, places] of Object.entries(fields ?? {})) {
      for (const index of places) culprits.set(index, `${fault} ${field}`);
    }
  };
  note(reply.events_with_invalid_fields, 'invalid');
  note(reply.events_with_missing_fields, 'missing');
  note(reply.events_with_invalid_id_lengths, 'wrong length of');
  for (const index of reply.silenced_events ?? [])
    culprits.set(index, 'the device is blocked in the project');
  return culprits;
}

function limited({ status, json, headers }: Reply, sent: readonly Payload[]): readonly Outcome[] {
  const reply = answerSchema.safeParse(json).data;
  const throttled = new Set(reply?.throttled_events);
  const spent = new Set([
    ...Object.keys(reply?.exceeded_daily_quota_users ?? {}),
    ...Object.keys(reply?.exceeded_daily_quota_devices ?? {}),
  ]);
  return sent.map(({ body }, index) => {
    if (isOne(spent, body['user_id']) || isOne(spent, body['device_id'])) {
      return { kind: 'retry', message: `HTTP ${status}, the daily quota is used up`, afterMs: quotaMs };
    }
    const pause = throttled.has(index) ? { afterMs: throttledMs } : {};
    return { kind: 'retry', message: `HTTP ${status}`, ...pause, ...retryAfter(headers) };
  });
}

function isOne(ids: ReadonlySet<string>, id: unknown): boolean {
  return typeof id === 'string' && ids.has(id);
}
