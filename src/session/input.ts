import type { Event } from '../model/event.ts';
import { classOf } from './classes.ts';
import type { SessionDefinition } from './definition.ts';
import type { SessionInput } from './transition.ts';

const views: ReadonlySet<string> = new Set(['page_view', 'screen_view']);

/** What the session rules look at in a visitor's event. */
export function toInput(event: Event, visitorKey: string, definition: SessionDefinition): SessionInput {
  const { page, campaign, visitor } = event;
  return {
    site: event.site,
    visitorKey,
    atMs: event.occurredAtMs,
    receivedAtMs: event.receivedAtMs,
    class: classOf(event.name, event.sentBy),
    isView: views.has(event.name),
    isKeyEvent: definition.keyEvents.has(event.name),
    ...(event.engagementMs !== undefined && { engagementMs: event.engagementMs }),
    ...(page?.url !== undefined && { pageUrl: page.url }),
    ...(campaign.touch !== undefined && { touch: campaign.touch }),
    ...(visitor?.userId !== undefined && { userId: visitor.userId }),
  };
}
