import type { ClickId, Touch } from '../model/touch.ts';

/**
 * What a session is attributed to once `incoming` is known: its first evidence by event time. Direct never replaces
 * anything, and gives way to whatever comes later. Click ids of both are kept, without changing source or medium.
 */
export function sessionTouch(current: Touch | undefined, incoming: Touch | undefined): Touch | undefined {
  if (current === undefined || incoming === undefined) return current ?? incoming;
  return isBetter(incoming, current)
    ? withClickIds(incoming, current.clickIds)
    : withClickIds(current, incoming.clickIds);
}

/** The visitor's first touch that is not direct; the first direct one until there is one. */
export function firstTouch(current: Touch | undefined, incoming: Touch | undefined): Touch | undefined {
  if (current === undefined || incoming === undefined) return current ?? incoming;
  return isBetter(incoming, current) ? incoming : current;
}

/** The visitor's last touch that is not direct, of any session. */
export function lastTouch(current: Touch | undefined, incoming: Touch | undefined): Touch | undefined {
  if (incoming === undefined || incoming.kind === 'direct') return current;
  return current === undefined || incoming.atMs >= current.atMs ? incoming : current;
}

/**
 * Whether `incoming` is another campaign than the session's: any part of the key differs, letter case aside, or it
 * brings a click id that the session has not seen. Direct never is; a session without a touch has nothing to differ from.
 */
export function isOtherCampaign(current: Touch | undefined, incoming: Touch | undefined): boolean {
  if (current === undefined || incoming === undefined || incoming.kind === 'direct') return false;
  if (current.kind !== incoming.kind) return true;
  if (keyParts.some((part) => !isSameText(current[part], incoming[part]))) return true;
  return Object.entries(incoming.clickIds).some(
    ([name, { value }]) => ownClickId(current, name)?.value !== value,
  );
}

const keyParts = ['source', 'medium', 'campaign', 'content', 'term', 'id'] as const;

function isSameText(a: string | undefined, b: string | undefined): boolean {
  return a === b || a?.toLowerCase() === b?.toLowerCase();
}

function isBetter(incoming: Touch, current: Touch): boolean {
  const isDirect = incoming.kind === 'direct';
  if (isDirect !== (current.kind === 'direct')) return !isDirect;
  return incoming.atMs < current.atMs;
}

function withClickIds(touch: Touch, others: Touch['clickIds']): Touch {
  const newer = Object.entries(others).filter(([name, id]) => isNewer(id, ownClickId(touch, name)));
  if (newer.length === 0) return touch;
  // fromEntries defines properties where assignment would run a setter, so a name such as `__proto__` stays a name.
  return { ...touch, clickIds: Object.fromEntries([...Object.entries(touch.clickIds), ...newer]) };
}

/** The same value seen again keeps the time it was first seen. */
function isNewer(id: ClickId, known: ClickId | undefined): boolean {
  if (known === undefined) return true;
  return id.value === known.value ? id.seenAtMs < known.seenAtMs : id.seenAtMs > known.seenAtMs;
}

function ownClickId({ clickIds }: Touch, name: string): ClickId | undefined {
  return Object.hasOwn(clickIds, name) ? clickIds[name] : undefined;
}
