import { attributedTouch } from '../session/attribution.ts';
import { isEngaged } from '../session/engaged.ts';
import { toInput } from '../session/input.ts';
import { parseVisitorState, transition } from '../session/transition.ts';
import type { Step } from './step.ts';

/** The state key of an event's visitor. */
export function visitorStateKey(site: string, visitorKey: string): string {
  return `visitor/${site}/${visitorKey}`;
}

/** Puts the event into its visitor's session and gives it the touches that session and visitor go by. */
export function sessionize(step: Step): 'go' {
  if (step.isPlaced) return 'go';
  const { event, generation } = step;
  const { visitor } = event;
  if (visitor === undefined) {
    step.decisions.push({ stop: 'session', reason: 'session_none', facts: { why: 'no visitor' } });
    return 'go';
  }
  const key = visitorStateKey(event.site, visitor.key);
  const before = parseVisitorState(step.states.get(key) ?? step.store.readState(key));
  const { state, session, reason, startReason, why } = transition(
    before,
    toInput(event, visitor.key, generation.definition),
    generation.definition,
  );
  step.states.set(key, JSON.stringify(state));
  const facts = {
    ...(startReason !== undefined && { because: startReason }),
    ...(why !== undefined && { why }),
  };
  step.decisions.push({ stop: 'session', reason, ...(Object.keys(facts).length > 0 && { facts }) });
  const first = state.firstTouch;
  const campaign = { ...event.campaign, ...(first !== undefined && { first }) };
  if (session === undefined) {
    step.event = { ...event, campaign };
    return 'go';
  }
  const touch = attributedTouch(session, state, generation.definition);
  step.event = {
    ...event,
    session: {
      id: session.id,
      number: session.number,
      startedAtMs: session.startedAtMs,
      isStart: reason === 'session_started',
      isEngaged: isEngaged(session, generation.definition),
      engagementMs: session.engagementMs,
    },
    campaign: { ...campaign, ...(touch !== undefined && { session: touch }) },
  };
  return 'go';
}
