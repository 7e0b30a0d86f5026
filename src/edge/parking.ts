import { createHmac } from 'node:crypto';
import type { Trip } from '../campaign/round-trip.ts';
import { openTrip, sealTrip } from '../campaign/trip-handle.ts';

/** Who is away: the value that names the trip counts for this site and this client only. */
export interface Traveller {
  readonly site: string;
  /** Network address and user agent. */
  readonly client: string;
}

/**
 * Where parameters wait for a visitor who is away. The memory of this process and nothing else: a restart, or another
 * process behind the same address, knows of no trip.
 */
export interface Parking {
  /** True: nobody is away, as far as the memory knows. */
  isEmpty(): boolean;
  /** Keeps a trip under each of the ids. */
  park(ids: readonly string[], traveller: Traveller, trip: Trip): void;
  /** The trip under the first id that has one. */
  find(ids: readonly string[], traveller: Traveller, nowMs: number): Trip | null;
  /** The trip as a value for a cookie. */
  seal(trip: Trip, site: string): string;
  /** Reads a cookie's value; null where it is forged, changed or too old. */
  open(handle: string, site: string, nowMs: number): Trip | null;
}

/** An empty car park. `key`: 32 random bytes, which sign the handles and hide in memory whose trip is whose. */
export function createParking({
  key,
  maxEntries,
}: {
  readonly key: Uint8Array;
  readonly maxEntries: number;
}): Parking {
  const trips = new Map<string, Trip>();
  const digest = (id: string, { site, client }: Traveller): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([site, client, id]))
      .digest('base64url');
  return {
    isEmpty: () => trips.size === 0,
    park(ids, traveller, trip) {
      for (const id of ids) {
        const name = digest(id, traveller);
        // Deleted first, so that it moves to the end: the oldest come first, where they are dropped.
        trips.delete(name);
        trips.set(name, trip);
      }
      for (const [oldest] of trips) {
        if (trips.size <= maxEntries) break;
        trips.delete(oldest);
      }
    },
    find(ids, traveller, nowMs) {
      for (const [oldest, { untilMs }] of trips) {
        if (untilMs > nowMs) break;
        trips.delete(oldest);
      }
      for (const id of ids) {
        const trip = trips.get(digest(id, traveller));
        if (trip !== undefined && trip.untilMs > nowMs) return trip;
      }
      return null;
    },
    seal: (trip, site) => sealTrip(trip, { key, site }),
    open: (handle, site, nowMs) => openTrip(handle, { key, site }, nowMs),
  };
}
