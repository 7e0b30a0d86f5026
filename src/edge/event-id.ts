import { createHmac, randomBytes } from 'node:crypto';
import { isGranted, isUndecided } from '../model/consent.ts';
import type { Context, ResolveTools } from './context.ts';

/** Forgotten with the process, so that nobody can work an order number back out of a stored id, the site itself included. */
const key = randomBytes(32);

/**
 * The event's id: the tracker's own, else a new one.
 *
 * Sites build ids from an order or a customer (`purchase-10023`), and who refused is not to be found by one. Their events
 * go by a digest, which is the same over retries, so that they still count once. An undecided visitor's event keeps its
 * id: released, it must meet the browser's own copy under it.
 */
export function eventIdOf({ draft, consent, site }: Context, tools: Pick<ResolveTools, 'newId'>): string {
  if (draft.id === undefined) return tools.newId();
  if (isGranted(consent, 'analytics_storage') || isUndecided(consent, 'analytics_storage')) return draft.id;
  return createHmac('sha256', key).update(`${site.name}|${draft.id}`).digest('base64url').slice(0, 22);
}
