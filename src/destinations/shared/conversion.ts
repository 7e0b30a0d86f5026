import { hash as digest } from 'node:crypto';
import type { Permit } from '../../contract/permit.ts';
import type { Event } from '../../model/event.ts';
import type { Json } from '../../model/json.ts';
import type { Refusal } from '../../model/refusal.ts';
import { cannotBuild, cut } from './payload.ts';

/** A click id that is not older than the platform keeps it, from the event's own touch before the session's and the first. */
export function clickIdOf(
  { campaign, occurredAtMs }: Event,
  name: string,
  maxAgeMs: number,
): string | undefined {
  const { touch, session, first } = campaign;
  const click = touch?.clickIds[name] ?? session?.clickIds[name] ?? first?.clickIds[name];
  if (click === undefined || !clickIdPattern.test(click.value)) return undefined;
  return occurredAtMs - click.seenAtMs <= maxAgeMs ? click.value : undefined;
}

const clickIdPattern = /^[\w.~=%+-]{1,512}$/;

/** Refuses an event that is older than the platform takes, in words that say how old that is. */
export function tooOld(event: Event, maxAgeDays: number, platform: string): Refusal | undefined {
  const isOld = event.receivedAtMs - event.occurredAtMs > maxAgeDays * 86_400_000;
  return isOld ? cannotBuild(`older than the ${maxAgeDays} days that ${platform} takes`) : undefined;
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
