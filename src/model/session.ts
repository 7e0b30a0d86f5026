import type { Touch } from './touch.ts';

/** Why a session began. */
export type SessionStartReason =
  | 'first'
  | 'idle'
  | 'max_duration'
  | 'max_events'
  | 'midnight'
  | 'user_change'
  | 'campaign';

/** One visitor's session under one definition. Times are event times, UTC milliseconds. */
export interface Session {
  /** Derived from site, visitor, definition and start, so that two writers agree on it. */
  readonly id: string;
  /** 1 for the visitor's first session under this definition. */
  readonly number: number;
  readonly startedAtMs: number;
  /** Time of the last event that extends the session. */
  readonly lastAtMs: number;
  readonly isEngaged: boolean;
  /** Foreground milliseconds that the browser reported. */
  readonly engagementMs: number;
  readonly counts: { readonly events: number; readonly views: number; readonly keyEvents: number };
  /** What the session is attributed to: its first evidence of a source. */
  readonly touch?: Touch;
  readonly entryPage?: string;
  readonly exitPage?: string;
  readonly startReason: SessionStartReason;
}
