import type { Event } from '../../model/event.ts';
import type { Touch } from '../../model/touch.ts';
import { dayMs } from './click.ts';
import { presentOf } from './payload.ts';

const maxChars = 4000;
const maxParameters = 20;
const maxAgeDays = 90;

/**
 * How the visitor landed from a Google ad, as Google's session attributes: JSON in base64url of at most 4,000
 * characters, the least useful parts left out first. Undefined where no touch came from one. Google Ads help 16194756,
 * as stape's conversion tag reads it, 2026-11-24.
 */
export function googleSession(event: Event): string | undefined {
  const { campaign, occurredAtMs, client } = event;
  const landing = [campaign.touch, campaign.session, campaign.first].find(
    (touch) => touch !== undefined && isFromAd(touch) && occurredAtMs - touch.atMs <= maxAgeDays * dayMs,
  );
  if (landing === undefined) return undefined;
  const isThisSession = landing === campaign.touch || landing === campaign.session;
  const parts: readonly (readonly [string, string | undefined])[] = [
    ...adParameters(landing),
    ['session_start_time_usec', `${landing.atMs}000`],
    ['landing_page_url', landing.landingPage],
    ['landing_page_user_agent', isThisSession ? client.userAgent : undefined],
    ['landing_page_referrer', landing.referrer],
  ];
  for (const left of [0, 1, 2]) {
    const attributes = presentOf(parts.slice(0, parts.length - left));
    const text = Buffer.from(JSON.stringify(attributes)).toString('base64url');
    if (text.length <= maxChars) return text;
  }
  return undefined;
}

function isFromAd(touch: Touch): boolean {
  return (
    touch.clickIds['gclid'] !== undefined ||
    touch.clickIds['gbraid'] !== undefined ||
    adParameters(touch).length > 0
  );
}

/** `gad_source`, `gad_campaignid` and what else Google's auto-tagging adds under that prefix. */
function adParameters({ landingPage, parameters = {} }: Touch): readonly (readonly [string, string])[] {
  const query = landingPage === undefined ? undefined : URL.parse(landingPage)?.searchParams;
  return [...Object.entries(parameters), ...(query ?? [])]
    .filter(([name, value]) => name.startsWith('gad_') && name.length <= 40 && value !== '')
    .slice(0, maxParameters);
}
