import type { Event } from '../model/event.ts';

/**
 * What an event may do to a session.
 * `interactive` begins and extends it. `heartbeat` only adds engagement time. `server` is only attached to it.
 */
export type EventClass = 'interactive' | 'heartbeat' | 'server';

/**
 * Events that a page or an app sends without the visitor doing anything: GA4's user_engagement on leaving a page,
 * Snowplow's page_ping, an app going to the background (vendors' references, 2026-11-23).
 */
const heartbeats: ReadonlySet<string> = new Set(['user_engagement', 'page_ping', 'app_background']);

/**
 * The class of an event, by its name and by who sent it. A consent update and an identify are interactive: the visitor
 * chose or logged in, and a session that could not exist before the grant begins with it.
 */
export function classOf(name: string, sentBy: Event['sentBy']): EventClass {
  if (sentBy === 'server') return 'server';
  return heartbeats.has(name) ? 'heartbeat' : 'interactive';
}
