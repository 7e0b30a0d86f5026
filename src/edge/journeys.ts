import { isLive, type Journey, mayBeOf } from '../campaign/journey.ts';

/** The journeys under way, in memory only, by what tells one browser from another. */
export interface Journeys {
  readonly isEmpty: () => boolean;
  /** The journey of the browser behind a key; `visitor` tells apart those who share it. */
  find(key: string, visitor: string | undefined, nowMs: number): Journey | undefined;
  /** Puts a journey in the place of what it was before. */
  replace(key: string, before: Journey | undefined, after: Journey): void;
  /** Forgets the journeys whose time is over. */
  sweep(nowMs: number): void;
}

/** Journeys kept under one key: a few people may share an address and a browser version. */
const maxSharing = 4;

/** No journeys. The oldest go first where there are too many. */
export function createJourneys({ maxKeys }: { readonly maxKeys: number }): Journeys {
  const byKey = new Map<string, readonly Journey[]>();
  return {
    isEmpty: () => byKey.size === 0,
    find(key, visitor, nowMs) {
      const journeys = byKey.get(key)?.filter((journey) => isLive(journey, nowMs)) ?? [];
      return (
        journeys.find((journey) => visitor !== undefined && journey.visitor === visitor) ??
        journeys.find((journey) => mayBeOf(journey, visitor))
      );
    },
    replace(key, before, after) {
      const others = (byKey.get(key) ?? []).filter((journey) => journey !== before);
      // Deleted first, so that it moves to the end: the oldest come first, where evicting looks.
      byKey.delete(key);
      byKey.set(key, [after, ...others].slice(0, maxSharing));
      for (const oldest of byKey.keys()) {
        if (byKey.size <= maxKeys) break;
        byKey.delete(oldest);
      }
    },
    sweep(nowMs) {
      for (const [key, journeys] of byKey) {
        if (!journeys.some((journey) => isLive(journey, nowMs))) byKey.delete(key);
      }
    },
  };
}
