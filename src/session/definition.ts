import { z } from 'zod';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Every offset in force since 1972 is a multiple of this (IANA tz database 2026), so a day never changes inside one. */
const offsetStepMs = 15 * minuteMs;

const engagedConfigSchema = z.strictObject({
  seconds: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('Foreground seconds that make a session engaged, such as 30. Default 10.'),
  views: z
    .int()
    .min(1)
    .max(1000)
    .default(2)
    .describe('Page or screen views that make a session engaged, such as 3. Default 2.'),
  keyEvents: z
    .array(z.string().min(1))
    .default(['purchase', 'generate_lead', 'sign_up'])
    .describe(
      'Names of the events one of which makes a session engaged, such as `[purchase]`. ' +
        'Default: `[purchase, generate_lead, sign_up]`.',
    ),
});

/** The `sessions` part of the configuration. */
export const sessionConfigSchema = z.strictObject({
  timeoutMinutes: z
    .int()
    .min(1)
    .max(475)
    .default(30)
    .describe(
      'A longer pause than this begins a new session, such as 60; a pause of exactly this length does not. ' +
        'Default 30; at most 475, as in GA4.',
    ),
  maxHours: z
    .int()
    .min(1)
    .max(168)
    .default(24)
    .describe('The longest session, such as 12: an event after that begins a new one. Default 24.'),
  midnight: z
    .string()
    .refine((name) => name === 'none' || isTimeZone(name), {
      error: 'Write none, or an IANA time zone such as Europe/Berlin.',
    })
    .default('none')
    .describe(
      'The time zone whose midnight begins a new session, such as `Europe/Berlin`. ' +
        'Default `none`: a session goes on over midnight.',
    ),
  campaignChange: z
    .enum(['continue', 'split'])
    .default('continue')
    .describe(
      'What another source does to a running session, such as `split`: it begins a new one. ' +
        'Default `continue`: the session keeps its source. A direct visit never splits.',
    ),
  engaged: engagedConfigSchema
    .prefault({})
    .describe(
      'What makes a session engaged; one of the three is enough, such as `{ seconds: 30 }`. ' +
        'Default: 10 seconds, 2 views or a key event.',
    ),
  allowedLatenessHours: z
    .int()
    .min(0)
    .max(72)
    .default(24)
    .describe(
      'How long after it happened an event may arrive and still get a session, such as 6. ' +
        'Default 24; at most 72, the longest that a client time is believed.',
    ),
});

/** What the `sessions` part says, defaults filled in. */
export type SessionConfig = z.infer<typeof sessionConfigSchema>;

/** What a session is, worked out once from the configuration. */
export interface SessionDefinition {
  readonly timeoutMs: number;
  readonly maxMs: number;
  readonly allowedLatenessMs: number;
  readonly campaignChange: SessionConfig['campaignChange'];
  /** Whether two times (UTC milliseconds) are on one calendar day; undefined: midnight does not matter. */
  readonly isSameDay: ((aMs: number, bMs: number) => boolean) | undefined;
  readonly engaged: { readonly engagementMs: number; readonly views: number };
  /** Names of the events that count as key events. */
  readonly keyEvents: ReadonlySet<string>;
}

/** Works out the definition from its configuration. */
export function compileDefinition(config: SessionConfig): SessionDefinition {
  return {
    timeoutMs: config.timeoutMinutes * minuteMs,
    maxMs: config.maxHours * hourMs,
    allowedLatenessMs: config.allowedLatenessHours * hourMs,
    campaignChange: config.campaignChange,
    isSameDay: config.midnight === 'none' ? undefined : compareDays(config.midnight),
    engaged: { engagementMs: config.engaged.seconds * 1000, views: config.engaged.views },
    keyEvents: new Set(config.engaged.keyEvents),
  };
}

/** Formatting a date is the expensive part, so it is left out where both times share a step of the zone's offset. */
function compareDays(timeZone: string): (aMs: number, bMs: number) => boolean {
  const day = new Intl.DateTimeFormat('en', { timeZone });
  return (aMs, bMs) =>
    Math.floor(aMs / offsetStepMs) === Math.floor(bMs / offsetStepMs) || day.format(aMs) === day.format(bMs);
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
