import type { Event } from '../model/event.ts';
import { classOf } from '../session/classes.ts';
import type { SessionDefinition } from '../session/definition.ts';
import { isEngaged } from '../session/engaged.ts';
import { parseVisitorState, type SessionInput, transition } from '../session/transition.ts';
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
    campaign: { ...campaign, ...(session.touch !== undefined && { session: session.touch }) },
  };
  return 'go';
}

const views: ReadonlySet<string> = new Set(['page_view', 'screen_view']);

function toInput(event: Event, visitorKey: string, definition: SessionDefinition): SessionInput {
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
