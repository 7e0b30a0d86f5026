import { causeOfChange } from './hop-causes.ts';
import { compareValues, type ParameterValue, readHop } from './hop-reading.ts';
import {
  type HopOutcome,
  isLive,
  isSameAddress,
  type Journey,
  type JourneySite,
  type JourneyStep,
  type SeenView,
  withLosses,
} from './journey.ts';

/**
 * Adds the first page view of a page to its journey: parameters that its address has, or that the tracker states, have
 * survived; the others a script took off. A view that may be another page's says nothing, and is passed over. Pure.
 */
export function addView(
  journey: Journey | undefined,
  seen: SeenView,
  { nowMs, site }: { readonly nowMs: number; readonly site: JourneySite },
): JourneyStep {
  if (journey === undefined) return { outcomes: [] };
  const address = URL.parse(seen.url);
  const { stand } = journey;
  if (stand.at !== 'shown' || address === null || !isLive(journey, nowMs)) return { journey, outcomes: [] };
  const isOfNext = stand.left !== undefined && isSameAddress(stand.left, address);
  const isOfPage = isViewOf(stand, address, seen.referrer);
  if (!isOfPage && !isOfNext) return { journey, outcomes: [] };
  const outcomes = journey.isShared
    ? []
    : judgeView(journey, stand.page, { seen, address, site, by: isOfPage ? 'page' : 'next' });
  return {
    outcomes,
    journey: {
      ...journey,
      lastAtMs: nowMs,
      stand: { at: 'seen', page: stand.page },
      awaited: new Map(),
      losses: withLosses(journey.losses, outcomes, site),
    },
  };
}

interface View {
  readonly seen: SeenView;
  readonly address: URL;
  readonly site: JourneySite;
  /** It is the page's own view, or already the next page's. */
  readonly by: 'page' | 'next';
}

function judgeView(journey: Journey, page: URL, { seen, address, site, by }: View): readonly HopOutcome[] {
  const { values } = readHop(seen.url, site.parameters);
  const stated = new Set(seen.stated);
  return [...journey.awaited].map(([parameter, came]): HopOutcome => {
    const about = { parameter, from: page };
    if (stated.has(parameter)) return { ...about, outcome: 'survived' };
    const change = changeOf(came, values.get(parameter));
    if (change === undefined) return { ...about, outcome: 'survived' };
    const moved = address.pathname === page.pathname ? {} : { to: address };
    const cause = by === 'page' ? change : 'script_navigation_dropped_query';
    return { ...about, ...moved, outcome: 'lost', cause, culprit: culprits[by] };
  });
}

const culprits = {
  page: 'a script of the page',
  next: 'a script or meta refresh of the page',
} as const;

function changeOf(came: ParameterValue, now: ParameterValue | undefined) {
  if (now === undefined) return 'script_replaced_url';
  const difference = compareValues(came, now);
  return difference === 'same' ? undefined : causeOfChange(difference);
}

/**
 * Whether the view is of the page that was shown. `document.referrer` is the request's Referer, so that where both are
 * known they tell two pages of one address apart; without it the path has to be the same.
 */
function isViewOf(
  stand: { readonly page: URL; readonly referrer: string | undefined },
  address: URL,
  referrer: string | undefined,
): boolean {
  if (address.host !== stand.page.host) return false;
  const [before, now] = [hostOf(stand.referrer), hostOf(referrer)];
  if (now !== undefined && before !== now) return false;
  return address.pathname === stand.page.pathname || (now !== undefined && before === now);
}

function hostOf(referrer: string | undefined): string | undefined {
  return referrer === undefined || referrer === '' ? undefined : URL.parse(referrer)?.host;
}
