import type { ConsentNeeds } from '../contract/permit.ts';
import type { VendorIds } from '../contract/vendor.ts';
import { destinations } from '../destinations/index.ts';
import type { ConsentType } from '../model/consent.ts';
import type { DestinationConfig } from './schema.ts';

/** What of a destination's configuration says whose consent it takes. */
type Entry = Pick<DestinationConfig, 'type' | 'vendor'> & Partial<Pick<DestinationConfig, 'needs'>>;

/** The platform's own needs and those that the configuration adds: only ever stricter. */
export function needsOf(entry: Entry): ConsentNeeds {
  const own = destinations.find(({ name }) => name === entry.type)?.needs;
  const declared = entry.needs ?? { required: [], optional: [] };
  const isKnown = own !== undefined && own !== 'declared';
  // A number that is known of the platform is not another's to change.
  const vendor = { ...entry.vendor, ...(isKnown && own.vendor) };
  const named = Object.keys(vendor).length > 0 && { vendor };
  if (!isKnown) return { ...declared, ...named };
  const required = new Set<ConsentType>([...own.required, ...declared.required]);
  return {
    required: [...required],
    optional: own.optional.filter((type) => !required.has(type)),
    ...named,
  };
}

/** The vendors of the destinations that rules may send to, whom consent strings are read for. */
export function vendorsOf(
  configured: Readonly<Record<string, Entry & Pick<DestinationConfig, 'enabled'>>>,
): readonly VendorIds[] {
  return Object.values(configured).flatMap((entry) => (entry.enabled ? (needsOf(entry).vendor ?? []) : []));
}
