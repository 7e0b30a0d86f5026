import type { Touch } from '../model/touch.ts';
import { sourceKind } from './referrers.ts';

const displayMediums = new Set(['display', 'banner', 'expandable', 'interstitial', 'cpm']);
const socialMediums = new Set([
  'social',
  'social-network',
  'social-media',
  'sm',
  'social network',
  'social media',
]);
const referralMediums = new Set(['referral', 'app', 'link']);
const missing = new Set(['', '(none)', '(not set)']);
const shopCampaign = /(?:[^a-df-z]|^)shop|shopping/;
const mail = /email|e-mail|e_mail|e mail/;

/**
 * GA4's default channel group, such as `Paid Search`: its rules in its order, first match wins, compared in lower case
 * (Google Analytics help 9756891, 2026-11-23). The source lists are our own. `AI Assistant` comes before Organic
 * Search, and takes a known assistant without a medium too, because assistants tag links with a source only.
 */
export function channelOf(touch: Pick<Touch, 'source' | 'medium' | 'campaign'>): string {
  const source = touch.source.toLowerCase();
  const medium = touch.medium.toLowerCase();
  const campaign = touch.campaign?.toLowerCase() ?? '';
  if (isDirect(source, medium)) return 'Direct';
  if (campaign.includes('cross-network')) return 'Cross-network';
  const kind = sourceKind(source);
  const isShopping = kind === 'shopping' || shopCampaign.test(campaign);
  if (isPaid(medium)) return paidChannel(kind, { isShopping, medium });
  if (displayMediums.has(medium)) return 'Display';
  return organicChannel(kind, { isShopping, medium }) ?? mediumChannel(source, medium) ?? 'Unassigned';
}

/** The medium, in lower case, has a channel of its own in the group, whatever the source is. */
export function isKnownMedium(medium: string): boolean {
  return (
    isPaid(medium) ||
    displayMediums.has(medium) ||
    organicChannel(undefined, { isShopping: false, medium }) !== undefined ||
    mediumChannel('', medium) !== undefined
  );
}

function isDirect(source: string, medium: string): boolean {
  if (source === '(direct)') return missing.has(medium);
  return source === '' && medium === '';
}

/** GA4's `^(.*cp.*|ppc|retargeting|paid.*)$`. */
function isPaid(medium: string): boolean {
  return medium.includes('cp') || medium === 'ppc' || medium === 'retargeting' || medium.startsWith('paid');
}

type Seen = { readonly isShopping: boolean; readonly medium: string };

function paidChannel(kind: ReturnType<typeof sourceKind>, { isShopping, medium }: Seen): string {
  if (isShopping) return 'Paid Shopping';
  if (kind === 'search') return 'Paid Search';
  if (kind === 'social') return 'Paid Social';
  if (kind === 'video') return 'Paid Video';
  return displayMediums.has(medium) ? 'Display' : 'Paid Other';
}

function organicChannel(
  kind: ReturnType<typeof sourceKind>,
  { isShopping, medium }: Seen,
): string | undefined {
  if (isShopping) return 'Organic Shopping';
  if (kind === 'social' || socialMediums.has(medium)) return 'Organic Social';
  if (kind === 'video' || medium.includes('video')) return 'Organic Video';
  if (medium === 'ai-assistant' || (kind === 'ai' && missing.has(medium))) return 'AI Assistant';
  if (kind === 'search' || medium === 'organic') return 'Organic Search';
  return undefined;
}

function mediumChannel(source: string, medium: string): string | undefined {
  if (referralMediums.has(medium)) return 'Referral';
  if (mail.test(source) || mail.test(medium)) return 'Email';
  if (medium === 'affiliate') return 'Affiliates';
  if (medium === 'audio') return 'Audio';
  if (source === 'sms' || medium === 'sms') return 'SMS';
  if (isPush(source, medium)) return 'Mobile Push Notifications';
  return undefined;
}

function isPush(source: string, medium: string): boolean {
  return (
    medium.endsWith('push') ||
    medium.includes('mobile') ||
    medium.includes('notification') ||
    source === 'firebase'
  );
}
