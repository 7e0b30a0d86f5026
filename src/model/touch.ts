import { z } from 'zod';
import type { DeepReadonly } from './json.ts';

export const clickIdSchema = z.strictObject({
  value: z.string().describe('The id exactly as seen: case and length are kept.'),
  seenAtMs: z.int().describe('When it was first seen, UTC milliseconds.'),
});

/** A click id and when it was first seen. */
export type ClickId = DeepReadonly<z.infer<typeof clickIdSchema>>;

/** How the touch was recognised; decides precedence (a direct touch never replaces another). */
export const touchKinds = ['campaign', 'click_id', 'search', 'social', 'ai', 'referral', 'direct'] as const;

export const touchSchema = z.strictObject({
  kind: z.enum(touchKinds).describe('What the touch was recognised by.'),
  source: z.string().describe("utm_source, or the referrer's name; `(direct)` when there is none."),
  medium: z
    .string()
    .describe('utm_medium, or `organic`, `social`, `referral`, `ai-assistant`; `(none)` for direct.'),
  campaign: z.string().exactOptional().describe('utm_campaign.'),
  content: z.string().exactOptional().describe('utm_content.'),
  term: z.string().exactOptional().describe('utm_term.'),
  id: z.string().exactOptional().describe('utm_id.'),
  sourcePlatform: z.string().exactOptional().describe('utm_source_platform.'),
  creativeFormat: z.string().exactOptional().describe('utm_creative_format.'),
  marketingTactic: z.string().exactOptional().describe('utm_marketing_tactic.'),
  parameters: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('Further campaign parameters that say nothing of a person, such as `gad_campaignid`.'),
  clickIds: z.record(z.string(), clickIdSchema).describe('Click ids by parameter name, such as `gclid`.'),
  referrer: z.string().exactOptional().describe('The external referrer, if any.'),
  landingPage: z.string().exactOptional().describe('The page the touch arrived on.'),
  channel: z.string().describe('The default channel group, such as `Paid Search`.'),
  atMs: z.int().describe('When it happened, UTC milliseconds.'),
});

/** One arrival with a source: what brought the visitor. */
export type Touch = DeepReadonly<z.infer<typeof touchSchema>>;
