import type { ConsentNeeds } from '../contract/permit.ts';
import { destinations } from '../destinations/index.ts';
import type { ConsentType } from '../model/consent.ts';
import type { DestinationConfig } from './schema.ts';

/** The platform's own needs and those that the configuration adds: only ever stricter. */
export function needsOf(entry: Pick<DestinationConfig, 'type' | 'needs'>): ConsentNeeds {
  const own = destinations.find(({ name }) => name === entry.type)?.needs;
  const declared = entry.needs ?? { required: [], optional: [] };
  if (own === undefined || own === 'declared') return declared;
  const required = new Set<ConsentType>([...own.required, ...declared.required]);
  return { required: [...required], optional: own.optional.filter((type) => !required.has(type)) };
}
