import { z } from 'zod';
import { type Answer, type Outcome, type Payload, retryAfter } from '../../contract/destination.ts';
import { judgeJson, type Reply, refusedWhole, words } from './reply.ts';

/**
 * What the Data Manager API's answer means. It takes a request whole or not at all: where a 400 names the events that
 * are to blame, those are refused and the others sent again. What it makes of an accepted event is known only later
 * (`requestStatus:retrieve`). Error reasons: google/ads/datamanager/v1/error.proto, 2026-08-22.
 */
export function judgeDataManager(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  return judgeJson(answer, sent, (reply, events) =>
    reply.status < 300 ? accepted(reply, events) : refused(reply, events),
  );
}

const maxListed = 5000;
const acceptedSchema = z.object({
  requestId: z.string().max(128).optional().catch(undefined),
  fieldWarnings: z
    .array(z.object({ field: z.string().optional(), reason: z.string().optional() }))
    .max(maxListed)
    .optional()
    .catch(undefined),
});

const errorSchema = z.object({
  error: z.object({
    status: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    details: z.array(z.unknown()).max(100).optional().catch(undefined),
  }),
});

const violationsSchema = z.object({
  fieldViolations: z
    .array(z.object({ field: z.string().optional(), reason: z.string().optional() }))
    .max(maxListed),
});
const infoSchema = z.object({ reason: z.string() });

/** The account or the settings are wrong, not the event: a person must act, and the events wait. */
const settingReasons =
  /^(?:INVALID_CONVERSION_ACTION_(?:ID|TYPE)|INVALID_DESTINATION|DESTINATION_ACCOUNT_|DIFFERENT_LOGIN_ACCOUNTS|TERMS_AND_CONDITIONS|EU_POLITICAL_|NOT_ALLOWLISTED|CLOUD_PROJECT_|ACCESS_TOKEN_|SERVICE_DISABLED)/;

interface Finding {
  readonly at: number | undefined;
  readonly reason: string;
}

function accepted({ status, json }: Reply, sent: readonly Payload[]): readonly Outcome[] | undefined {
  const { requestId, fieldWarnings } = acceptedSchema.safeParse(json).data ?? {};
  const note = requestId === undefined ? `HTTP ${status}` : `HTTP ${status}, requestId ${requestId}`;
  const warnings = (fieldWarnings ?? []).map(findingOf);
  return sent.map((_, at) => {
    const own = new Set(warnings.filter((one) => one.at === at).map(({ reason }) => reason));
    return { kind: 'delivered', note: own.size === 0 ? note : `${note}, warned of ${[...own].join(', ')}` };
  });
}

function refused(
  { status, headers, json }: Reply,
  sent: readonly Payload[],
): readonly Outcome[] | Outcome | undefined {
  const error = errorSchema.safeParse(json).data?.error;
  if (error === undefined) return undefined;
  const findings = findingsOf(error.details ?? []);
  const infos = (error.details ?? []).flatMap((detail) => infoSchema.safeParse(detail).data?.reason ?? []);
  const reasons = [...new Set([...infos, ...findings.map(({ reason }) => reason)].map(name))];
  const message = `HTTP ${[status, error.status, ...reasons.slice(0, 5)].filter(Boolean).join(', ')}${words(error.message)}`;
  if (error.status === 'RESOURCE_EXHAUSTED')
    return { kind: 'retry', message, afterMs: 60_000, ...retryAfter(headers) };
  const isSetting =
    status === 401 || status === 403 || status === 404 || reasons.some((one) => settingReasons.test(one));
  if (isSetting) return { kind: 'unauthorised', message };
  const named = new Map(
    findings.flatMap(({ at, reason }) => (at === undefined ? [] : [[at, reason] as const])),
  );
  const isTold = [...named.keys()].some((at) => at < sent.length);
  if (status !== 400 || !isTold) return refusedWhole(message, sent);
  return sent.map((_, at) => {
    const reason = named.get(at);
    return reason === undefined
      ? { kind: 'retry', message: `HTTP ${status}: another event of the request was refused` }
      : { kind: 'rejected', message: `HTTP ${status}, ${name(reason)}` };
  });
}

function findingsOf(details: readonly unknown[]): readonly Finding[] {
  return details.flatMap(
    (detail) => violationsSchema.safeParse(detail).data?.fieldViolations.map(findingOf) ?? [],
  );
}

/** Paths look like `events.events[3].user_data.user_identifiers[0].email_address`. */
function findingOf({
  field = '',
  reason,
}: {
  field?: string | undefined;
  reason?: string | undefined;
}): Finding {
  const at = /\bevents\[(\d{1,5})\]/.exec(field.slice(0, 300))?.[1];
  return { at: at === undefined ? undefined : Number(at), reason: name(reason ?? 'INVALID_ARGUMENT') };
}

/** Reasons are enumeration names; anything else is not repeated. */
function name(reason: string): string {
  return /^[A-Z][A-Z0-9_]{1,80}$/.test(reason) ? reason : 'UNKNOWN_REASON';
}
