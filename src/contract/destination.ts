import type { z } from 'zod';
import type { JsonObject } from '../model/json.ts';
import type { Refusal } from '../model/refusal.ts';
import type { OAuthGrant } from './oauth.ts';
import type { ConsentNeeds, Permit } from './permit.ts';

/** What the outbox holds for one event and one destination. JSON, no secrets. */
export interface Payload {
  /** The event's id; what a webhook uses as its idempotency key, constant over retries. */
  readonly eventId: string;
  readonly occurredAtMs: number;
  /** What goes on the wire for this event, in the platform's own shape. */
  readonly body: JsonObject;
}

/** One attempt to send a batch. `append` goes to a local file, the rest of the world is `http`. */
export type Request =
  | {
      readonly kind: 'http';
      readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** Parts of url, headers or body that must be masked wherever the request is shown. */
      readonly secrets: readonly string[];
      /** Private addresses are refused unless the settings allow them. */
      readonly allowPrivate: boolean;
      readonly timeoutMs: number;
      /** Delivery exchanges it for an access token, keeps that while it lasts, and adds `authorization: Bearer`. */
      readonly oauth?: OAuthGrant;
    }
  | {
      readonly kind: 'append';
      readonly path: string;
      readonly lines: readonly string[];
      readonly rotateBytes: number;
    };

/**
 * What came back. `failed`: no answer at all. A file append answers status 200 with an empty body. `credentials`: the
 * token server refused the grant, so that the platform was never asked.
 */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: 'failed';
      readonly error: 'timeout' | 'network' | 'refused_address' | 'disk' | 'credentials';
      readonly message: string;
    };

/** What became of one event of a batch. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly note?: string }
  /** Try again; `afterMs` is what the platform asked for, if it asked. */
  | { readonly kind: 'retry'; readonly message: string; readonly afterMs?: number }
  /** Never try again: the platform refused this event. */
  | { readonly kind: 'rejected'; readonly message: string }
  /**
   * The platform refused the request as a whole and took nothing of it, without saying which event was to blame: each
   * half is sent by itself, at once. For one payload it is the same as `rejected`.
   */
  | { readonly kind: 'split'; readonly message: string }
  /** The credentials are wrong: the whole destination pauses until a person acts; the event stays queued. */
  | { readonly kind: 'unauthorised'; readonly message: string };

/** The most that one request may hold. */
export interface BatchLimits {
  readonly maxEvents: number;
  /** Of the payloads' bodies as JSON. */
  readonly maxBytes: number;
}

/** What the author of a destination writes. `S` is the settings' zod schema. */
export interface DestinationSpec<S extends z.ZodType> {
  /** The file's name, the configuration's `type`, and the golden file's name. */
  readonly name: string;
  /** For people: `Meta Conversions API`. */
  readonly title: string;
  /** One paragraph for the reference page: what it sends, to which API version, what stays uncertain. */
  readonly description: string;
  readonly settings: S;
  /** `declared`: the platform is unknown, so whoever enables it must declare the needs in the configuration. */
  readonly needs: ConsentNeeds | 'declared';
  /** What a person has to do there when somebody wants to be forgotten: whole sentences, printed as they are. */
  readonly erasure?: string;
  readonly batch: BatchLimits;
  /** The limits of one configured destination, where its settings lower those of `batch`. */
  batchOf?(settings: z.output<S>): BatchLimits;
  /**
   * US states (`US-CA`) in which the platform takes events of visitors who opted out, once its flag for restricted
   * processing is set; `build` sets it where `permit.isRestricted`. Absent: it has no such flag.
   */
  readonly restrictedIn?: readonly string[];
  /** It is of use with events that point to nobody, so the configuration may choose to send those. */
  readonly takesReduced?: true;
  /** Pure. A payload, or a refusal with `not_supported` or `build_refused` and what is missing. */
  build(permit: Permit, settings: z.output<S>): Payload | Refusal;
  /** Pure. One request for 1..batch.maxEvents payloads. `attempt.nowMs` is the clock of this attempt. */
  request(payloads: readonly Payload[], settings: z.output<S>, attempt: Attempt): Request;
  /** Pure. Exactly one outcome for each payload sent, in order. */
  judge(answer: Answer, sent: readonly Payload[], settings: z.output<S>): readonly Outcome[];
}

export interface Attempt {
  /** UTC milliseconds. */
  readonly nowMs: number;
  /** 1 for the first try. */
  readonly number: number;
}

/** A destination with its settings inside: what pipeline and delivery hold. */
export interface BoundDestination {
  /** The configuration's key for it; one type may be configured several times. */
  readonly key: string;
  readonly type: string;
  readonly needs: ConsentNeeds;
  readonly batch: BatchLimits;
  build(permit: Permit): Payload | Refusal;
  request(payloads: readonly Payload[], attempt: Attempt): Request;
  judge(answer: Answer, sent: readonly Payload[]): readonly Outcome[];
}

/** Settings that were checked, waiting for the destination's name and consent needs. */
export interface Binding {
  bind(key: string, needs: ConsentNeeds): BoundDestination;
}

/** A destination type as the registry holds it, its settings type hidden. */
export interface Destination {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly settings: z.ZodType;
  readonly needs: ConsentNeeds | 'declared';
  /** What has to be done there by hand when somebody wants to be forgotten. */
  readonly erasure: string;
  readonly restrictedIn?: readonly string[];
  readonly takesReduced?: true;
  readonly batch: BatchLimits;
  /** The settings schema whose output is a binding: checking the configuration also binds it. */
  readonly binding: z.ZodType<Binding>;
  /** Checks and binds raw settings. Throws a ZodError when they do not fit. */
  bind(key: string, rawSettings: unknown, needs: ConsentNeeds): BoundDestination;
}

/** Makes a registry entry of what an author wrote. */
export function defineDestination<S extends z.ZodType>(spec: DestinationSpec<S>): Destination {
  const { name, title, description, settings, needs, batch, restrictedIn, takesReduced } = spec;
  const { erasure = unknownErasure } = spec;
  const binding = settings.transform(
    (checked): Binding => ({ bind: (key, needed) => bindSpec(spec, checked, key, needed) }),
  );
  return {
    name,
    title,
    description,
    settings,
    needs,
    ...(restrictedIn !== undefined && { restrictedIn }),
    ...(takesReduced !== undefined && { takesReduced }),
    batch,
    erasure,
    binding,
    bind: (key, raw, needed) => binding.parse(raw).bind(key, needed),
  };
}

const unknownErasure =
  'By hand: ask the receiver to delete the events by their ids and the visitor by their ids.';

function bindSpec<S extends z.ZodType>(
  spec: DestinationSpec<S>,
  settings: z.output<S>,
  key: string,
  needs: ConsentNeeds,
): BoundDestination {
  return {
    key,
    type: spec.name,
    needs,
    batch: spec.batchOf?.(settings) ?? spec.batch,
    build: (permit) => spec.build(permit, settings),
    request: (payloads, attempt) => spec.request(payloads, settings, attempt),
    judge: (answer, sent) => spec.judge(answer, sent, settings),
  };
}

const retried = new Set([408, 425, 429, 500, 502, 503, 504, 529]);

/**
 * The default judgement by HTTP status, the same for every event of the batch.
 * 2xx delivered; 408, 425, 429, 500, 502, 503, 504, 529 and no answer: retry (Retry-After is honoured, seconds or
 * HTTP-date read against `nowMs`); 401 and 403: unauthorised; the rest, redirects included: rejected.
 */
export function judgeByStatus(answer: Answer, sent: readonly Payload[]): readonly Outcome[] {
  const outcome = outcomeOf(answer);
  return sent.map(() => outcome);
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.kind === 'failed') {
    if (answer.error === 'refused_address') return { kind: 'rejected', message: answer.message };
    if (answer.error === 'credentials') return { kind: 'unauthorised', message: answer.message };
    return { kind: 'retry', message: answer.message };
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', note: `HTTP ${status}` };
  if (retried.has(status)) return { kind: 'retry', message: `HTTP ${status}`, ...retryAfter(answer.headers) };
  if (status === 401 || status === 403) return { kind: 'unauthorised', message: `HTTP ${status}` };
  return { kind: 'rejected', message: `HTTP ${status}` };
}

/** Reads Retry-After (RFC 9110 section 10.2.3). A date is read against the reply's own Date header. */
export function retryAfter(headers: Readonly<Record<string, string>>): { readonly afterMs?: number } {
  const raw = headers['retry-after'];
  if (raw === undefined) return {};
  if (/^\d{1,6}$/.test(raw.trim())) return { afterMs: Number(raw.trim()) * 1000 };
  const until = Date.parse(raw);
  const now = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(until) || Number.isNaN(now)) return {};
  return { afterMs: Math.max(0, until - now) };
}
