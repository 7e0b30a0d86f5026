import { culpritOf, productOf, withoutFigures } from './hop-evidence.ts';
import { compareValues, type ParameterValue, readHop } from './hop-reading.ts';
import { followParameters, type Hop, type Loss } from './hops.ts';
import type { HopOutcome, JourneySite, SeenNavigation, SentOn } from './journey.ts';

type Values = ReadonlyMap<string, ParameterValue>;

/** What an answer did with the parameters that came, and what goes on. */
export interface Answered {
  readonly outcomes: readonly HopOutcome[];
  /** What the next hop should have. */
  readonly awaited: Values;
  readonly added: readonly string[];
  /** Where the browser was sent; absent: nowhere. */
  readonly next?: URL;
}

/** Statuses with which firewalls and servers refuse what is in a request's address (RFC 9110 section 15.5, RFC 6585). */
const refusals: ReadonlySet<number> = new Set([400, 403, 406, 414, 431]);

/** Judges one answer on its own: a redirect by where it leads, a refusal by its status. Pure. */
export function judgeAnswer(seen: SeenNavigation, came: Values, site: JourneySite): Answered {
  const from = URL.parse(seen.url);
  if (from === null || came.size === 0) return { outcomes: [], awaited: came, added: [], ...nextOf(seen) };
  const { target } = seen;
  if (target !== undefined) return judgeRedirect({ ...seen, target, from }, came, site);
  if (!refusals.has(seen.status)) return { outcomes: [], awaited: came, added: [] };
  const culprit = refuserOf(seen);
  const outcomes = [...came.keys()].map(
    (parameter): HopOutcome => ({ parameter, outcome: 'lost', from, cause: 'request_refused', culprit }),
  );
  return { outcomes, awaited: new Map(), added: [] };
}

type Redirected = SeenNavigation & { readonly target: SentOn; readonly from: URL };

function judgeRedirect(seen: Redirected, came: Values, site: JourneySite): Answered {
  const { target, from } = seen;
  const written = URL.parse(target.written, seen.url);
  const sent = URL.parse(target.sent, seen.url);
  if (written === null || sent === null) return { outcomes: [], awaited: came, added: [] };
  const walk: readonly Hop[] = [
    { url: seen.url, via: 'start', status: seen.status, target: target.written, headers: seen.headers },
    { url: written.href, via: target.via, status: null, headers: {} },
  ];
  const losses = new Map(
    followParameters(walk, site.parameters).losses.map((loss) => [loss.parameter, loss]),
  );
  const arrives = readHop(sent.href, site.parameters).values;
  const awaited = new Map<string, ParameterValue>();
  const outcomes: HopOutcome[] = [];
  for (const [parameter, value] of came) {
    const loss = losses.get(parameter);
    const isWhole = isSame(value, arrives.get(parameter));
    if (isWhole) awaited.set(parameter, value);
    if (loss === undefined) outcomes.push({ parameter, outcome: 'passed', from, to: written });
    else outcomes.push(lossOutcome(loss, isWhole, { from, to: written }));
  }
  const added = outcomes.filter(({ outcome }) => outcome === 'repaired').map(({ parameter }) => parameter);
  return { outcomes, awaited, added, next: sent };
}

function lossOutcome(
  { parameter, cause, evidence }: Loss,
  isRepaired: boolean,
  way: { readonly from: URL; readonly to: URL },
): HopOutcome {
  const culprit = culpritOf(withoutFigures(evidence), cause === 'locale_redirect_dropped_query');
  return { parameter, outcome: isRepaired ? 'repaired' : 'lost', ...way, cause, culprit };
}

function isSame(before: ParameterValue, after: ParameterValue | undefined): boolean {
  return after?.place === 'query' && compareValues(before, after) === 'same';
}

function nextOf({ target, url }: SeenNavigation): { readonly next?: URL } {
  const next = target === undefined ? null : URL.parse(target.sent, url);
  return next === null ? {} : { next };
}

function refuserOf({ status, headers }: SeenNavigation): string {
  const { server, 'cf-mitigated': mitigated } = headers;
  if (mitigated !== undefined) return `Cloudflare's firewall (${status})`;
  return server === undefined
    ? `the server or firewall that answered ${status}`
    : `${productOf(server)}, which answered ${status}`;
}
