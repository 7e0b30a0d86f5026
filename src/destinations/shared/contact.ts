import { type ContactField, hash, type Platform } from '../../contract/hash.ts';
import type { Event } from '../../model/event.ts';

// Google documents three of each; no platform gains from more, and the tracker is not trusted to stop.
const maxValues = 3;

/** The hashes of all usable values of one field, without repetition; undefined where there are none. */
export function hashAll(
  platform: Platform,
  field: ContactField,
  values: readonly (string | undefined)[],
  country?: string,
): readonly string[] | undefined {
  const hashes = new Set<string>();
  for (const value of values.slice(0, 2 * maxValues)) {
    const hex = value === undefined ? undefined : hash(platform, field, value, country);
    if (hex !== undefined && hashes.size < maxValues) hashes.add(hex);
  }
  return hashes.size === 0 ? undefined : [...hashes];
}

/** The country that a phone number without a country code is read in: where the visitor lives, else where they are. */
export function phoneCountry(event: Event): string | undefined {
  const stated = event.user?.country?.trim();
  return stated !== undefined && /^[a-z]{2}$/i.test(stated) ? stated : event.client.country;
}
