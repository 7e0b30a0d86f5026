import type { ConsentNeeds, ReducedAt } from '../contract/permit.ts';
import { destinations } from '../destinations/index.ts';
import type { ConsentType } from '../model/consent.ts';
import type { DestinationConfig } from './schema.ts';

/** The platform's own needs and those that the configuration adds: only ever stricter. */
export function needsOf(entry: Entry): ConsentNeeds {
  const destination = destinations.find(({ name }) => name === entry.type);
  const own = destination?.needs;
  const declared = entry.needs ?? { required: [], optional: [] };
  const atRefusal = refusalNeeds(entry, destination?.restrictedIn);
  if (own === undefined || own === 'declared') return { ...declared, ...atRefusal };
  const required = new Set<ConsentType>([...own.required, ...declared.required]);
  return {
    ...own,
    required: [...required],
    optional: own.optional.filter((type) => !required.has(type)),
    ...atRefusal,
  };
}

type Entry = Pick<DestinationConfig, 'type' | 'needs'> & {
  readonly whenUndecided?: unknown;
  readonly whenDenied?: unknown;
  readonly restricted?: unknown;
};

/** What the operator has chosen for the case that consent is missing. */
function refusalNeeds(
  { whenUndecided, whenDenied, restricted }: Entry,
  restrictedIn: readonly string[] | undefined,
): Pick<ConsentNeeds, 'reducedAt' | 'restrictedIn'> {
  const reducedAt: ReducedAt[] = [];
  if (whenUndecided === 'reduced') reducedAt.push('consent_undecided');
  if (whenDenied === 'reduced') reducedAt.push('consent_denied');
  return {
    ...(reducedAt.length > 0 && { reducedAt }),
    ...(restricted === 'on' && restrictedIn !== undefined && { restrictedIn }),
  };
}
