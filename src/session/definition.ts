import { z } from 'zod';
import {
  type CampaignKeyPart,
  campaignKeyParts,
  presetNames,
  presets,
  type SessionSettings,
} from './presets.ts';

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

/** The `sessions` part of the configuration. What it does not say is as the preset has it. */
export const sessionConfigSchema = z.strictObject({
  preset: z
    .enum(presetNames)
    .default('throughline')
    .describe(
      'The rules that the other keys change, such as `ga4` to count as Google Analytics 4 does; ' +
        '`throughline sessions define --preset <name>` prints them in words. Default `throughline`.',
    ),
  timeoutMinutes: z
    .int()
    .min(1)
    .max(475)
    .exactOptional()
    .describe(
      'A longer pause than this begins a new session, such as 60. Default 30; at most 475, as in GA4.',
    ),
  timeoutEdge: z
    .enum(['continues', 'ends'])
    .exactOptional()
    .describe(
      'What a pause of exactly the timeout does to a session, such as `ends`. Default `continues`; `ends` for ua and matomo.',
    ),
  maxHours: z
    .union([z.int().min(1).max(168), z.literal('none')])
    .exactOptional()
    .describe(
      'The longest session, such as 12 or `none`: an event after that begins a new one. ' +
        'Default 24; 12 for adobe; `none` for ga4, ua, matomo, snowplow, piwik-pro and amplitude.',
    ),
  maxEvents: z
    .union([z.int().min(2).max(1_000_000), z.literal('none')])
    .exactOptional()
    .describe('The most events of a session, such as 500. Default `none`; 2500 for adobe, 10000 for matomo.'),
  midnight: z
    .string()
    .refine((name) => name === 'none' || isTimeZone(name), {
      error: 'Write none, or an IANA time zone such as Europe/Berlin.',
    })
    .exactOptional()
    .describe(
      'The time zone whose midnight begins a new session, such as `Europe/Berlin`. ' +
        'Default `none`: a session goes on over midnight; `UTC` for ua, matomo and mixpanel.',
    ),
  campaignChange: z
    .enum(['continue', 'campaign', 'split'])
    .exactOptional()
    .describe(
      'What another source does to a running session: nothing, a new one where it is a campaign or a paid click ' +
        '(`campaign`), or a new one whatever it is, such as a search engine (`split`). A direct visit never splits. ' +
        'Default `continue`: the session keeps its source; `campaign` for matomo, `split` for ua and piwik-pro.',
    ),
  campaignKey: z
    .array(z.enum(campaignKeyParts))
    .min(1)
    .exactOptional()
    .describe(
      'What makes it another campaign, such as `[source, medium, campaign]`. ' +
        'Default: all of `[source, medium, campaign, content, term, id, clickId]`; `[campaign, term]` for matomo.',
    ),
  letterCase: z
    .enum(['ignored', 'counts'])
    .exactOptional()
    .describe(
      'Whether `Google` and `google` are one source in that comparison, such as `counts`. Default `ignored`; `counts` for ga4 and ua.',
    ),
  directStart: z
    .enum(['adopts', 'splits'])
    .exactOptional()
    .describe(
      'What a campaign does, where campaigns split, to a session that began without a source: it becomes its source ' +
        '(`adopts`), or begins a new session. Default `splits`; `adopts` for matomo.',
    ),
  userChange: z
    .enum(['split', 'continue'])
    .exactOptional()
    .describe(
      'What logging in as somebody else does to a session, such as `continue`. ' +
        'Default `split`; `continue` for every other preset but piwik-pro.',
    ),
  heartbeats: z
    .enum(['ignore', 'extend', 'begin'])
    .exactOptional()
    .describe(
      'What events without an act of the visitor, such as page pings, do besides adding their time: nothing, extend a ' +
        'session, or extend and begin one. Default `ignore`; `extend` for matomo, `begin` for ua, adobe and snowplow.',
    ),
  attribution: z
    .enum(['session', 'last_non_direct', 'first'])
    .exactOptional()
    .describe(
      "What a session is attributed to: its own source, the visitor's last one that is not direct where it has none of " +
        "its own, or the visitor's first. Default `session`; `last_non_direct` for ga4 and ua.",
    ),
  lookBackDays: z
    .int()
    .min(1)
    .max(730)
    .exactOptional()
    .describe('How old the last source that is not direct may be, such as 30. Default 90; 183 for ua.'),
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

/** What the `sessions` part says. */
export type SessionConfig = z.infer<typeof sessionConfigSchema>;

/** What a session is, worked out once from the configuration. */
export interface SessionDefinition {
  readonly timeoutMs: number;
  readonly timeoutEdge: SessionSettings['timeoutEdge'];
  /** Infinity: there is no longest session. */
  readonly maxMs: number;
  /** Infinity: any number. */
  readonly maxEvents: number;
  readonly allowedLatenessMs: number;
  readonly campaign: CampaignRule;
  readonly userChange: SessionSettings['userChange'];
  readonly heartbeats: SessionSettings['heartbeats'];
  readonly attribution: SessionSettings['attribution'];
  readonly lookBackMs: number;
  /** Whether two times (UTC milliseconds) are on one calendar day; undefined: midnight does not matter. */
  readonly isSameDay: ((aMs: number, bMs: number) => boolean) | undefined;
  readonly engaged: { readonly engagementMs: number; readonly views: number };
  /** Names of the events that count as key events. */
  readonly keyEvents: ReadonlySet<string>;
}

/** When another source begins a new session. */
export interface CampaignRule {
  readonly change: SessionSettings['campaignChange'];
  readonly key: ReadonlySet<CampaignKeyPart>;
  readonly letterCase: SessionSettings['letterCase'];
  readonly directStart: SessionSettings['directStart'];
}

/** The preset's rules with the configuration's changes. */
export function settingsOf({
  preset,
  engaged: _e,
  allowedLatenessHours: _l,
  ...changes
}: SessionConfig): SessionSettings {
  return { ...presets[preset].settings, ...changes };
}

/** Works out the definition from its configuration. */
export function compileDefinition(config: SessionConfig): SessionDefinition {
  return compileSettings(settingsOf(config), config);
}

/** The definition of settings that need not be the configuration's own. */
export function compileSettings(
  settings: SessionSettings,
  { engaged, allowedLatenessHours }: Pick<SessionConfig, 'engaged' | 'allowedLatenessHours'>,
): SessionDefinition {
  const { maxHours, maxEvents, midnight } = settings;
  return {
    timeoutMs: settings.timeoutMinutes * minuteMs,
    timeoutEdge: settings.timeoutEdge,
    maxMs: maxHours === 'none' ? Number.POSITIVE_INFINITY : maxHours * hourMs,
    maxEvents: maxEvents === 'none' ? Number.POSITIVE_INFINITY : maxEvents,
    allowedLatenessMs: allowedLatenessHours * hourMs,
    campaign: {
      change: settings.campaignChange,
      key: new Set(settings.campaignKey),
      letterCase: settings.letterCase,
      directStart: settings.directStart,
    },
    userChange: settings.userChange,
    heartbeats: settings.heartbeats,
    attribution: settings.attribution,
    lookBackMs: settings.lookBackDays * 24 * hourMs,
    isSameDay: midnight === 'none' ? undefined : compareDays(midnight),
    engaged: { engagementMs: engaged.seconds * 1000, views: engaged.views },
    keyEvents: new Set(engaged.keyEvents),
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
