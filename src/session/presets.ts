/** How a session is defined, every choice made. The configuration's `sessions` part changes single ones. */
export interface SessionSettings {
  readonly timeoutMinutes: number;
  readonly timeoutEdge: 'continues' | 'ends';
  readonly maxHours: number | 'none';
  readonly maxEvents: number | 'none';
  readonly midnight: string;
  readonly campaignChange: 'continue' | 'campaign' | 'split';
  readonly campaignKey: readonly CampaignKeyPart[];
  readonly letterCase: 'ignored' | 'counts';
  readonly directStart: 'adopts' | 'splits';
  readonly userChange: 'split' | 'continue';
  readonly heartbeats: 'ignore' | 'extend' | 'begin';
  readonly attribution: 'session' | 'last_non_direct' | 'first';
  readonly lookBackDays: number;
}

/** What two arrivals are compared by, to tell whether they are the same campaign. */
export const campaignKeyParts = ['source', 'medium', 'campaign', 'content', 'term', 'id', 'clickId'] as const;
export type CampaignKeyPart = (typeof campaignKeyParts)[number];

export const presetNames = [
  'throughline',
  'ga4',
  'ua',
  'matomo',
  'adobe',
  'snowplow',
  'piwik-pro',
  'amplitude',
  'mixpanel',
  'posthog',
] as const;
export type PresetName = (typeof presetNames)[number];

/** One tool's rules, and where ours cannot follow them to the letter. */
export interface Preset {
  readonly title: string;
  readonly settings: SessionSettings;
  /** What stays different from the tool itself, in sentences; empty: nothing that is known. */
  readonly differences: readonly string[];
}

/** GA4's rules with a bound on the longest session, so that a tab left open does not live for ever. */
const own: SessionSettings = {
  timeoutMinutes: 30,
  timeoutEdge: 'continues',
  maxHours: 24,
  maxEvents: 'none',
  midnight: 'none',
  campaignChange: 'continue',
  campaignKey: campaignKeyParts,
  letterCase: 'ignored',
  directStart: 'splits',
  userChange: 'split',
  heartbeats: 'ignore',
  attribution: 'session',
  lookBackDays: 90,
};

/** What the tools below have in common: no longest session, and a change of the user changes nothing. */
const common: SessionSettings = { ...own, maxHours: 'none', userChange: 'continue' };

const countsInSdk = 'The tool counts in the browser; what its script never sent is in no comparison.';
const zone = "The tool goes by the property's time zone: name yours under `midnight`.";

/**
 * The rules of analytics tools, from their documentation and published sources (2026-11-23). Times of day are UTC until
 * the configuration names a zone.
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  throughline: { title: 'Throughline', settings: own, differences: [] },
  ga4: {
    title: 'Google Analytics 4',
    settings: { ...common, letterCase: 'counts', attribution: 'last_non_direct' },
    differences: [
      countsInSdk,
      'A click id beats utm parameters there; here utm parameters win and the click id is kept.',
      'Its reports estimate distinct counts, and a session that crosses midnight counts on both days.',
    ],
  },
  ua: {
    title: 'Universal Analytics',
    settings: {
      ...common,
      timeoutEdge: 'ends',
      midnight: 'UTC',
      campaignChange: 'split',
      letterCase: 'counts',
      heartbeats: 'begin',
      attribution: 'last_non_direct',
      lookBackDays: 183,
    },
    differences: [zone, 'Its limit of 500 hits a session is left out.'],
  },
  matomo: {
    title: 'Matomo',
    settings: {
      ...common,
      timeoutEdge: 'ends',
      maxEvents: 10_000,
      midnight: 'UTC',
      campaignChange: 'campaign',
      campaignKey: ['campaign', 'term'],
      directStart: 'adopts',
      heartbeats: 'extend',
    },
    differences: [zone],
  },
  adobe: {
    title: 'Adobe Analytics',
    settings: { ...common, maxHours: 12, maxEvents: 2_500, heartbeats: 'begin' },
    differences: ['Its end after more than 100 hits within 100 seconds is left out.'],
  },
  snowplow: {
    title: 'Snowplow browser tracker',
    settings: { ...common, heartbeats: 'begin' },
    differences: [countsInSdk, 'There the cookie decides about a pause of exactly the timeout.'],
  },
  'piwik-pro': {
    title: 'Piwik PRO',
    settings: { ...common, campaignChange: 'split', userChange: 'split' },
    differences: ['Its documentation does not say what happens at midnight, nor after exactly 30 minutes.'],
  },
  amplitude: { title: 'Amplitude browser SDK', settings: common, differences: [countsInSdk] },
  mixpanel: {
    title: 'Mixpanel reports',
    settings: { ...common, midnight: 'UTC', maxHours: 24 },
    differences: [zone, 'Its list of events that do not count is left out.'],
  },
  posthog: { title: 'PostHog', settings: { ...common, maxHours: 24 }, differences: [countsInSdk] },
};
