import type { Session } from '../model/session.ts';
import type { ClickId, Touch } from '../model/touch.ts';
import type { CampaignRule, SessionDefinition } from './definition.ts';

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
 * Whether `incoming` is another campaign than the session's, by the parts that count: one of them differs, or it brings a
 * click id that the session has not seen. Direct never is; a session without a touch has nothing to differ from.
 */
export function isOtherCampaign(
  current: Touch | undefined,
  incoming: Touch | undefined,
  rule: CampaignRule,
): boolean {
  if (rule.change === 'continue' || current === undefined || incoming === undefined) return false;
  if (incoming.kind === 'direct' || (rule.change === 'campaign' && !isCampaign(incoming))) return false;
  if (current.kind === 'direct') return rule.directStart === 'splits';
  if (current.kind !== incoming.kind) return true;
  if (keyParts.some((part) => rule.key.has(part) && !isSameText(current[part], incoming[part], rule)))
    return true;
  if (!rule.key.has('clickId')) return false;
  return Object.entries(incoming.clickIds).some(
    ([name, { value }]) => ownClickId(current, name)?.value !== value,
  );
}

/**
 * What a session goes by under a definition: its own touch, the visitor's last one that is not direct where it has none
 * of its own and that one is recent enough, or the visitor's first.
 */
export function attributedTouch(
  { startedAtMs, touch }: Pick<Session, 'startedAtMs' | 'touch'>,
  known: { readonly firstTouch?: Touch; readonly lastTouch?: Touch },
  { attribution, lookBackMs }: Pick<SessionDefinition, 'attribution' | 'lookBackMs'>,
): Touch | undefined {
  if (attribution === 'first') return known.firstTouch ?? touch;
  if (attribution === 'session' || (touch !== undefined && touch.kind !== 'direct')) return touch;
  const last = known.lastTouch;
  const isRecent = last !== undefined && last.atMs <= startedAtMs && startedAtMs - last.atMs <= lookBackMs;
  return isRecent ? last : touch;
}

/** Somebody pays for it or has tagged it, which a search engine's or another site's link is not. */
function isCampaign({ kind }: Touch): boolean {
  return kind === 'campaign' || kind === 'click_id';
}

const keyParts = ['source', 'medium', 'campaign', 'content', 'term', 'id'] as const;

function isSameText(a: string | undefined, b: string | undefined, { letterCase }: CampaignRule): boolean {
  return a === b || (letterCase === 'ignored' && a?.toLowerCase() === b?.toLowerCase());
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
