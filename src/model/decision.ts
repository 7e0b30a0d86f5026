import type { JsonObject } from './json.ts';
import type { Reason } from './reason.ts';

/** The stops and stages that leave a decision, in the order an event meets them. */
export const stops = [
  'capture',
  'consent',
  'visitor',
  'campaign',
  'redact',
  'dedupe',
  'session',
  'attribution',
  'rules',
  'gate',
  'build',
  'delivery',
] as const;

export type Stop = (typeof stops)[number];

/** What one stop decided about one event. Holds no identifiers and no secrets. */
export interface Decision {
  readonly stop: Stop;
  readonly reason: Reason;
  /** UTC milliseconds; absent: the event's time of receipt. */
  readonly atMs?: number;
  readonly destination?: string;
  readonly rule?: string;
  /** The facts it rests on: which signal, which parameters, which part of an expression. */
  readonly facts?: JsonObject;
}
