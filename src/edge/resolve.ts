import { readTouch } from '../campaign/touch.ts';
import { redact, type Storable } from '../contract/storable.ts';
import { correctClientTime } from '../model/client-time.ts';
import type { Decision } from '../model/decision.ts';
import type { Client, Event } from '../model/event.ts';
import type { Draft } from '../model/hit.ts';
import type { Withdrawal } from '../model/withdrawal.ts';
import { openJar } from './companion-jar.ts';
import type { Context, ResolveTools } from './context.ts';
import { eventIdOf } from './event-id.ts';
import { expiredTrip, refusesAnalytics } from './expired-cookies.ts';
import { type Identity, identify } from './identify.ts';
import { evidenceOf, readHandover } from './link-arrival.ts';
import { consentOf } from './request-hit.ts';
import { touchAddress } from './trip-touch.ts';
import { addChoice, withdrawalOf } from './withdrawals.ts';

/** One hit's drafts, made into what may be stored, and the cookies to set with the reply. */
export interface Resolved {
  readonly storables: readonly Storable[];
  readonly setCookies: readonly string[];
  /** What the visitor takes back with this hit; it has to be written down before the answer. */
  readonly choices: readonly Withdrawal[];
}

/** Resolves every draft of a hit: consent, then visitor, campaign and client facts, then redaction. */
export function resolveHit(
  drafts: readonly Draft[],
  at: Pick<Context, 'hit' | 'site' | 'connection' | 'protocol'>,
  tools: ResolveTools,
): Resolved {
  const setCookies = new Set<string>();
  const companions = openJar(at);
  const choices = new Map<string, Withdrawal>();
  const storables = drafts.map((given) => {
    const { draft, handover } = readHandover(given, at);
    const consent = consentOf(at, draft);
    // By source alone: what is wrong with a string can be put in more words than there may be counters.
    for (const problem of consent.problems)
      tools.tally.add('consent', 'unreadable', problem.split(':', 1)[0]);
    const context: Context = { ...at, draft, consent, ...(handover !== undefined && { handover }) };
    const identity = companions.add(context, identify(context, tools));
    if (identity.setCookie !== undefined) setCookies.add(identity.setCookie);
    const choice = withdrawalOf(context, identity, tools);
    if (choice !== null) addChoice(choices, choice);
    if (refusesAnalytics(consent)) for (const expired of expiredTrip(at)) setCookies.add(expired);
    return toStorable(context, identity, tools);
  });
  return {
    storables,
    setCookies: [...setCookies, ...companions.setCookies()],
    choices: [...choices.values()],
  };
}

function toStorable(context: Context, identity: Identity, tools: ResolveTools): Storable {
  const { hit, draft, consent, site } = context;
  const time = correctClientTime({
    receivedAtMs: hit.receivedAtMs,
    sentBy: draft.sentBy,
    ...(draft.occurredAtMs !== undefined && { occurredAtMs: draft.occurredAtMs }),
    ...(draft.sentAtMs !== undefined && { sentAtMs: draft.sentAtMs }),
  });
  const campaign = touchOf(context, touchAddress(context, tools.parking), time.atMs);
  const event: Event = {
    id: eventIdOf(context, tools),
    name: draft.name,
    site: site.name,
    protocol: context.protocol,
    sentBy: draft.sentBy,
    occurredAtMs: time.atMs,
    receivedAtMs: hit.receivedAtMs,
    ...(draft.page !== undefined && { page: draft.page }),
    ...(identity.visitor !== undefined && { visitor: identity.visitor }),
    campaign: campaign.touch === undefined ? {} : { touch: campaign.touch },
    consent,
    client: clientOf(context, tools),
    ...(draft.commerce !== undefined && { commerce: draft.commerce }),
    ...(draft.user !== undefined && { user: draft.user }),
    ...(draft.engagementMs !== undefined && { engagementMs: plausibleMs(draft.engagementMs) }),
    properties: draft.properties,
  };
  const received: Decision = {
    stop: 'capture',
    reason: 'received',
    ...(time.corrected !== 'none' && { facts: { clock: time.corrected } }),
  };
  const losses = tools.losses.sawPageView(context) ?? [];
  const decisions = [received, identity.decision, campaign.decision].concat(losses);
  if (identity.refusedLink !== undefined) decisions.splice(1, 0, identity.refusedLink);
  return redact(event, decisions, site.storagePolicy);
}

const dayMs = 86_400_000;

/** Nobody looks at one page for longer than a day; a tracker that says so has a broken clock. */
function plausibleMs(engagementMs: number): number {
  return Math.min(dayMs, Math.max(0, Math.trunc(engagementMs)));
}

function touchOf(context: Context, parkedUrl: string | undefined, atMs: number) {
  const { draft, handover, site } = context;
  const { url, referrer } =
    handover === undefined
      ? { url: parkedUrl, referrer: draft.page?.referrer }
      : evidenceOf(draft, handover, { site });
  const reading = readTouch(
    {
      name: draft.name,
      atMs,
      ...(url !== undefined && { url }),
      ...(referrer !== undefined && { referrer }),
      ...(draft.campaign !== undefined && { stated: draft.campaign }),
    },
    site.touchContext,
  );
  const wasParked = handover === undefined && url !== draft.page?.url;
  const facts = wasParked
    ? { ...reading.facts, restored: 'parked while the visitor was away' }
    : reading.facts;
  const decision: Decision = {
    stop: 'campaign',
    reason: reading.touch === undefined ? 'touch_none' : 'touch_read',
    ...(facts !== undefined && { facts }),
  };
  return { ...(reading.touch !== undefined && { touch: reading.touch }), decision };
}

function clientOf({ draft, hit, connection }: Context, tools: ResolveTools): Client {
  const described = tools.describeClient(draft, hit.headers);
  const isServer = draft.sentBy === 'server';
  const ip = isServer ? draft.ip : connection.ip;
  // A server-sent event comes from the server's place, which says nothing of the visitor's.
  const { country, region } = isServer ? {} : connection;
  return {
    ...described,
    ...(country !== undefined && { country }),
    ...(region !== undefined && { region }),
    ...(ip !== undefined && ip !== null && { ip }),
  };
}
