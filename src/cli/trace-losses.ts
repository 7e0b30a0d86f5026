import type { Hop, Loss } from '../app/trace.ts';

/** The parameters that one hop lost for one cause. */
export interface LossGroup {
  /** The first of them, standing for all. */
  readonly loss: Loss;
  readonly parameters: readonly string[];
  /** The facts behind it, in one line. */
  readonly seen: string;
}

/** Groups losses by hop, cause and kind, in the order of the hops. */
export function groupLosses(losses: readonly Loss[]): readonly LossGroup[] {
  const groups = Map.groupBy(losses, ({ hop, cause, kind, isRestored }) =>
    [hop, cause, kind, isRestored].join(' '),
  );
  return [...groups.values()].flatMap((members) => {
    const [loss] = members;
    if (loss === undefined) return [];
    return [{ loss, parameters: members.map(({ parameter }) => parameter), seen: describeEvidence(members) }];
  });
}

/** What wrote an address that was read before it was followed. */
const writers: Readonly<Partial<Record<Hop['via'], string>>> = {
  location: 'Location',
  refresh: 'Refresh',
  meta: 'meta refresh',
  hsts: 'HSTS',
};

/** Members of a group come from one answer, so that the first one's facts are those of all, but for the values. */
function describeEvidence(members: readonly Loss[]): string {
  const [first] = members;
  if (first === undefined) return '';
  const { status, via, location, cached, passed, locale } = first.evidence;
  const { consentPage, roundTrip, consentCookie, isFromServiceWorker } = first.evidence;
  return [
    ...(status === null ? [] : [`status ${status}`]),
    ...(location === undefined ? [] : [`${location} ${writers[via] ?? 'address'}`]),
    ...(locale === undefined ? [] : [`gained ${locale}`]),
    ...(isFromServiceWorker === true ? ['answered by the service worker'] : []),
    ...(consentPage === undefined ? [] : [`leads over ${consentPage}`]),
    ...(roundTrip === undefined ? [] : [`leads out and back (${roundTrip})`]),
    ...(consentCookie === undefined ? [] : [`after ${consentCookie} was set`]),
    ...[cached, passed].filter((fact) => fact !== undefined),
    ...members.flatMap(({ evidence: { before, after } }) =>
      after === undefined ? [] : [`${before} became ${after}`],
    ),
  ].join(', ');
}
