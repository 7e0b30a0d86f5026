import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import { type HopOutcome, hopOf, type Journey } from '../campaign/journey.ts';
import { addHop } from '../campaign/loss.ts';
import { addView } from '../campaign/loss-view.ts';
import type { ClientDescriber } from '../enrich/client.ts';
import { isGranted } from '../model/consent.ts';
import type { Decision } from '../model/decision.ts';
import type { RecordedLoss } from '../model/loss.ts';
import type { Logger } from '../observe/logger.ts';
import type { VisitorReader } from '../visitor/identity.ts';
import type { Context, PageViewWatch } from './context.ts';
import { createJourneys, type Journeys } from './journeys.ts';
import type { LossLedger } from './loss-ledger.ts';
import type { LossSite } from './loss-site.ts';
import {
  carriesTracked,
  isBot,
  isFromElsewhere,
  type NavigationAnswer,
  type NavigationPlace,
  navigationOf,
} from './seen-navigation.ts';
import type { EdgeSite } from './site.ts';

/** Follows tracked parameters from the landing to the first page view, in memory, and counts where they are lost. */
export interface LossObserver extends PageViewWatch {
  /** The answer to a navigation is about to leave; `wrote` is where it led before lost parameters were given back. */
  sawNavigation(req: IncomingMessage, from: NavigationPlace, answer: NavigationAnswer): void;
  /** Forgets the journeys whose time is over; to be called every few seconds, so that none outlives its two minutes. */
  forgetOld(): void;
}

/** What following needs from outside. */
export interface LossTools {
  readonly nowMs: () => number;
  /** Random, of this process; makes what browsers are told apart by meaningless outside of it. */
  readonly secret: string;
  readonly maxKeys: number;
  readonly ledger: LossLedger;
  readonly readVisitor: VisitorReader;
  readonly describeClient: ClientDescriber;
  readonly logger: Logger;
}

/** Longer addresses are judged by nobody: a journey is kept in memory. */
const maxUrlChars = 4_096;

/** Watches nothing until the first landing with tracked parameters; then one look-up for each page. */
export function createLossObserver(tools: LossTools): LossObserver {
  const watch: Watch = { tools, journeys: createJourneys({ maxKeys: tools.maxKeys }) };
  return {
    sawNavigation: (...seen) => guarded(tools, () => watchNavigation(watch, ...seen)),
    sawPageView: (context) => guarded(tools, () => watchPageView(watch, context)),
    forgetOld: () => watch.journeys.sweep(tools.nowMs()),
  };
}

interface Watch {
  readonly tools: LossTools;
  readonly journeys: Journeys;
}

function watchNavigation(
  { tools, journeys }: Watch,
  req: IncomingMessage,
  { site, connection }: NavigationPlace,
  answer: NavigationAnswer,
): void {
  const { losses } = site;
  const { url = '/' } = req;
  if (losses === null || url.length > maxUrlChars) return;
  const mayArrive = carriesTracked(url, losses.parameters) || isFromElsewhere(req);
  if (!mayArrive && journeys.isEmpty()) return;
  const nowMs = tools.nowMs();
  const key = keyOf(tools.secret, { site, ip: connection.ip, headers: req.headers });
  const visitor = visitorOf(req.headers.cookie, site, tools);
  const before = journeys.find(key, visitor, nowMs);
  if (!mayArrive && before === undefined) return;
  if (isBot(req, tools.describeClient)) return;
  const release = losses.releaseOf(answer.headers);
  const seen = navigationOf(req, { site, connection }, { ...answer, visitor, release });
  const { journey, outcomes } = addHop(before, seen, { nowMs, site: losses });
  if (journey !== undefined && journey !== before) journeys.replace(key, before, journey);
  count(outcomes, { site, losses, release, nowMs }, tools.ledger);
}

function watchPageView({ tools, journeys }: Watch, context: Context): Decision | undefined {
  const { draft, hit, site, connection } = context;
  const { losses } = site;
  const url = draft.page?.url;
  if (losses === null || journeys.isEmpty() || url === undefined) return undefined;
  if (draft.name !== 'page_view' || draft.sentBy === 'server' || url.length > maxUrlChars) return undefined;
  const nowMs = hit.receivedAtMs;
  const key = keyOf(tools.secret, { site, ip: connection.ip, headers: hit.headers });
  const before = journeys.find(key, tools.readVisitor(hit.cookies[site.cookieName])?.id, nowMs);
  const seen = {
    url,
    referrer: draft.page?.referrer,
    stated: Object.keys(draft.campaign ?? {}).map((name) => `utm_${name}`),
  };
  const { journey, outcomes } = addView(before, seen, { nowMs, site: losses });
  if (journey === undefined || journey === before) return undefined;
  journeys.replace(key, before, journey);
  count(outcomes, { site, losses, release: journey.release, nowMs }, tools.ledger);
  if (!isGranted(context.consent, 'analytics_storage')) return undefined;
  return decisionOf(journey, losses.dayOf(nowMs));
}

interface Browser {
  readonly site: EdgeSite;
  readonly ip: string | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What tells browsers apart, in a form that nobody can turn back into an address. */
function keyOf(secret: string, { site, ip, headers }: Browser): string {
  const marks = [secret, site.name, ip, headers['user-agent'], headers['accept-language']];
  return hash('sha256', marks.join('\n'), 'base64url');
}

function visitorOf(
  cookie: string | undefined,
  site: EdgeSite,
  { readVisitor }: LossTools,
): string | undefined {
  // Cheaper than taking the whole header apart, for the pages that come without our cookie.
  if (cookie === undefined || !cookie.includes(site.cookieName)) return undefined;
  return readVisitor(parseCookie(cookie)[site.cookieName])?.id;
}

/** Watching is never worth a page or an event. */
function guarded<Result>({ logger }: LossTools, watch: () => Result): Result | undefined {
  try {
    return watch();
  } catch (error) {
    logger.error({ error: String(error) }, 'following a visit failed; it goes on unwatched');
    return undefined;
  }
}

interface Counted {
  readonly site: EdgeSite;
  readonly losses: LossSite;
  readonly release: string;
  readonly nowMs: number;
}

function count(outcomes: readonly HopOutcome[], about: Counted, ledger: LossLedger): void {
  const { site, losses, release, nowMs } = about;
  for (const outcome of outcomes) {
    const { parameter, cause = '', culprit = '' } = outcome;
    const key = { day: losses.dayOf(nowMs), site: site.name, release, parameter, cause };
    ledger.add(
      {
        ...key,
        outcome: outcome.outcome,
        hop: hopOf(outcome, losses),
        culprit: culprit.slice(0, maxCulpritChars),
      },
      nowMs,
    );
  }
}

const maxCulpritChars = 160;

/** Names and patterns only; parameters that one hop lost for one reason stand together. */
function decisionOf({ losses, release, hops }: Journey, day: string): Decision | undefined {
  if (losses.length === 0) return undefined;
  const groups = Map.groupBy(losses, ({ hop, cause, outcome, culprit }) =>
    [hop, cause, outcome, culprit].join('\n'),
  );
  const recorded = [...groups.values()].flatMap((members): RecordedLoss[] => {
    const [first] = members;
    if (first === undefined || (first.outcome !== 'lost' && first.outcome !== 'repaired')) return [];
    const { hop, cause, culprit, outcome } = first;
    return [{ parameters: members.map(({ parameter }) => parameter), hop, cause, culprit, outcome }];
  });
  const isLost = recorded.some(({ outcome }) => outcome === 'lost');
  return {
    stop: 'campaign',
    reason: isLost ? 'parameters_lost' : 'parameters_repaired',
    facts: {
      day,
      ...(release !== '' && { release }),
      losses: recorded.map((loss) => ({ ...loss })),
      hops: hops.map((hop) => ({ ...hop })),
    },
  };
}
