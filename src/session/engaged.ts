import type { Session } from '../model/session.ts';
import type { SessionDefinition } from './definition.ts';

/**
 * Whether a session is engaged: enough foreground time, enough views, or a key event. Exactly the configured time is
 * enough; Google's texts say both "or longer" and "longer than" (Google Analytics help, engagement rate, 2026-11-23).
 */
export function isEngaged(
  { engagementMs, counts }: Pick<Session, 'engagementMs' | 'counts'>,
  { engaged }: SessionDefinition,
): boolean {
  return engagementMs >= engaged.engagementMs || counts.views >= engaged.views || counts.keyEvents > 0;
}
