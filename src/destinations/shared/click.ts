import type { Event } from '../../model/event.ts';
import type { ClickId } from '../../model/touch.ts';

const usable = /^[\w.~%=-]{1,512}$/;
export const dayMs = 86_400_000;

/** The newest click id of that parameter which the platform still knows, case kept: it is part of the id. */
export function clickOf(
  { campaign, occurredAtMs }: Pick<Event, 'campaign' | 'occurredAtMs'>,
  parameter: string,
  maxAgeDays: number,
): ClickId | undefined {
  let newest: ClickId | undefined;
  for (const touch of [campaign.touch, campaign.session, campaign.first]) {
    const click = touch?.clickIds[parameter];
    if (click === undefined || !usable.test(click.value)) continue;
    if (occurredAtMs - click.seenAtMs > maxAgeDays * dayMs) continue;
    if (newest === undefined || click.seenAtMs > newest.seenAtMs) newest = click;
  }
  return newest;
}
