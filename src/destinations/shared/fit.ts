import type { Permit } from '../../contract/permit.ts';
import type { Refusal } from '../../model/refusal.ts';
import { dayMs } from './click.ts';
import { cannotBuild } from './payload.ts';

/** A browser's clock is corrected on arrival; what lies further ahead than this is wrong. */
const maxAheadMs = 10 * 60_000;
/** The year 2100: beyond it is no time of an event, and soon no date either. */
const latestMs = 4_102_444_800_000;

/**
 * Why an ad platform may or would not take any event of this visitor or of this time. An opt-out of sale and sharing
 * ends it, unless the gate has found that the platform's flag for restricted processing covers the visitor's state.
 */
export function unfitFor(
  platform: string,
  { event, isRestricted }: Permit,
  maxAgeDays: number,
): Refusal | undefined {
  const { consent, occurredAtMs, receivedAtMs } = event;
  if (consent.optedOut && !isRestricted) return cannotBuild('the visitor opted out of sale and sharing');
  if (!(occurredAtMs > 0 && occurredAtMs < latestMs)) return cannotBuild('its time is not one of an event');
  if (receivedAtMs - occurredAtMs > maxAgeDays * dayMs) {
    return cannotBuild(`older than the ${maxAgeDays} days that ${platform} takes`);
  }
  if (occurredAtMs - receivedAtMs > maxAheadMs) return cannotBuild('its time lies in the future');
  return undefined;
}
