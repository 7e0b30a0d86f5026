import { correctClientTime } from '../model/client-time.ts';
import { refusedBits, type Withdrawal } from '../model/withdrawal.ts';
import { keyFromClientIds } from '../visitor/identity.ts';
import type { Context, ResolveTools } from './context.ts';
import type { Identity } from './identify.ts';
import { choiceOf } from './withdrawal-book.ts';

/**
 * The choice of one draft. The visitor cookie is read once more for a refusal, because nothing else says whose events have
 * to be purged.
 */
export function withdrawalOf(context: Context, identity: Identity, tools: ResolveTools): Withdrawal | null {
  const { consent, site } = context;
  const { withdrawals } = tools;
  if (identity.decision.reason === 'visitor_new') {
    const types = refusedBits(consent);
    if (types !== 0 && identity.visitor !== undefined) withdrawals.note(identity.visitor.key, types);
    return null;
  }
  const visitorKey = identity.visitor?.key ?? formerVisitor(context, tools);
  return choiceOf(site.name, { visitorKey, consent, atMs: choiceTimeOf(context) }, withdrawals);
}

function formerVisitor({ consent, draft, hit, site }: Context, tools: ResolveTools): string | undefined {
  if (refusedBits(consent) === 0) return undefined;
  if (draft.sentBy === 'server') return keyFromClientIds(site.name, draft.clientIds ?? {});
  return tools.readVisitor(hit.cookies[site.cookieName])?.id;
}

/** The same clock as the events': see `sequenceOf`. */
function choiceTimeOf({ hit, draft }: Context): number {
  const { atMs } = correctClientTime({
    receivedAtMs: hit.receivedAtMs,
    sentBy: draft.sentBy,
    ...(draft.occurredAtMs !== undefined && { occurredAtMs: draft.occurredAtMs }),
    ...(draft.sentAtMs !== undefined && { sentAtMs: draft.sentAtMs }),
  });
  return Math.min(atMs, hit.receivedAtMs);
}

/** The choices of one hit's drafts: of one visitor's the latest, with everything that any of them takes back. */
export function addChoice(choices: Map<string, Withdrawal>, choice: Withdrawal): void {
  const before = choices.get(choice.visitorKey);
  const types = choice.types | (before?.types ?? 0);
  const atMs = Math.max(choice.atMs, before?.atMs ?? 0);
  choices.set(choice.visitorKey, { ...choice, types, atMs });
}
