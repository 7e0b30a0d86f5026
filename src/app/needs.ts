import type { ConsentNeeds, ReducedAt } from '../contract/permit.ts';
import type { VendorIds } from '../contract/vendor.ts';
import { destinations } from '../destinations/index.ts';
import type { ConsentType } from '../model/consent.ts';
import type { DestinationConfig } from './schema.ts';

/** What of a destination's configuration says whose consent it takes, and what happens without. */
type Entry = Pick<DestinationConfig, 'type' | 'vendor'> &
  Partial<Pick<DestinationConfig, 'needs'>> & {
    readonly whenUndecided?: unknown;
    readonly whenDenied?: unknown;
    readonly restricted?: unknown;
  };

/** The platform's own needs and those that the configuration adds: only ever stricter. */
export function needsOf(entry: Entry): ConsentNeeds {
  const destination = destinations.find(({ name }) => name === entry.type);
  const own = destination?.needs;
  const declared = entry.needs ?? { required: [], optional: [] };
  const isKnown = own !== undefined && own !== 'declared';
  // A number that is known of the platform is not another's to change.
  const vendor = { ...entry.vendor, ...(isKnown && own.vendor) };
  const others = {
    ...(Object.keys(vendor).length > 0 && { vendor }),
    ...refusalNeeds(entry, destination?.restrictedIn),
  };
  if (!isKnown) return { ...declared, ...others };
  const required = new Set<ConsentType>([...own.required, ...declared.required]);
  return {
    required: [...required],
    optional: own.optional.filter((type) => !required.has(type)),
    ...others,
  };
}

/** The vendors of the destinations that rules may send to, whom consent strings are read for. */
export function vendorsOf(
  configured: Readonly<Record<string, Entry & Pick<DestinationConfig, 'enabled'>>>,
): readonly VendorIds[] {
  return Object.values(configured).flatMap((entry) => (entry.enabled ? (needsOf(entry).vendor ?? []) : []));
}

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
