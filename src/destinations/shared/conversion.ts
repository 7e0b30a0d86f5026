import { hash as digest } from 'node:crypto';
import type { Permit } from '../../contract/permit.ts';
import type { Event } from '../../model/event.ts';
import type { Json } from '../../model/json.ts';
import type { Refusal } from '../../model/refusal.ts';
import { cannotBuild, cut } from './payload.ts';

/** The newest click id of that parameter that the platform still knows. Case is kept: it is part of the id. */
export function clickIdOf(
  { campaign, occurredAtMs }: Event,
  parameter: string,
  maxAgeMs: number,
): string | undefined {
  const clicks = [campaign.touch, campaign.session, campaign.first]
    .flatMap((touch) => touch?.clickIds[parameter] ?? [])
    .filter(({ value, seenAtMs }) => clickIdPattern.test(value) && occurredAtMs - seenAtMs <= maxAgeMs);
  const [newest] = clicks.sort((a, b) => b.seenAtMs - a.seenAtMs);
  return newest?.value;
}

const clickIdPattern = /^[\w.~=%+-]{1,512}$/;

/** The year 2100: beyond it is no time of an event, and soon no date either. */
const latestMs = Date.UTC(2100, 0, 1);
/** A browser's clock is corrected on arrival; what lies further ahead than this is wrong. */
const maxAheadMs = 10 * 60_000;

/** Whether it is a time at which an event can have happened. */
export function isEventTime(timeMs: number): boolean {
  return timeMs > 0 && timeMs < latestMs;
}

/** Refuses an event from the future, and one that is older than the platform takes. */
export function untimely(event: Event, maxAgeDays: number, platform: string): Refusal | undefined {
  const { occurredAtMs, receivedAtMs } = event;
  if (!isEventTime(occurredAtMs)) return cannotBuild('its time is not one of an event');
  if (receivedAtMs - occurredAtMs > maxAgeDays * 86_400_000) {
    return cannotBuild(`older than the ${maxAgeDays} days that ${platform} takes`);
  }
  return occurredAtMs - receivedAtMs > maxAheadMs ? cannotBuild('its time lies in the future') : undefined;
}

/** Refuses what a visitor opted out of, unless the platform's flag for restricted processing stands for it. */
export function optedOut({
  event,
  isRestricted,
}: Pick<Permit, 'event' | 'isRestricted'>): Refusal | undefined {
  return event.consent.optedOut && !isRestricted
    ? cannotBuild('the visitor opted out of sale and sharing')
    : undefined;
}

/** How many pieces the event is about; undefined where there are none. */
export function quantityOf({ commerce }: Event): number | undefined {
  const quantity = (commerce?.items ?? []).reduce((sum, item) => sum + (item.quantity ?? 1), 0);
  return piecesOf(quantity);
}

/** A count of pieces as platforms take it: whole and at least one. */
export function piecesOf(quantity: number | undefined): number | undefined {
  if (quantity === undefined || !(quantity > 0 && quantity < 1e9)) return undefined;
  return Math.max(1, Math.round(quantity));
}

/** A text with something in it, within a length; undefined for everything else. */
export function textOf(value: Json | undefined, maxCharacters: number): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value, maxCharacters) : undefined;
}

/**
 * A pseudonym of the visitor that only this platform gets: made of the visitor key, which stays here, and of the
 * platform's name, so that two platforms cannot join theirs. 32 hexadecimal digits.
 */
export function pseudonymOf({ visitor }: Event, platform: string): string | undefined {
  return visitor && digest('sha256', `${platform}|${visitor.key}`, 'hex').slice(0, 32);
}
