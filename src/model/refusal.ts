import type { JsonObject } from './json.ts';
import type { Reason } from './reason.ts';

/** An expected "no": why, and the facts. Values, never thrown. */
export interface Refusal {
  readonly refused: Reason;
  readonly message: string;
  readonly facts?: JsonObject;
}

/** True when a result is a refusal. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}
