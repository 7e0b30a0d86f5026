import type { BoundDestination } from '../contract/destination.ts';
import { destinations } from '../destinations/index.ts';
import type { ThreadPlan } from './plan.ts';

/** The enabled destinations of a plan, bound to their settings. */
export function bindDestinations(plan: ThreadPlan): ReadonlyMap<string, BoundDestination> {
  const bound = new Map<string, BoundDestination>();
  for (const { key, type, isEnabled, settings, needs } of plan.destinations) {
    const destination = isEnabled ? destinations.find(({ name }) => name === type) : undefined;
    if (destination !== undefined) bound.set(key, destination.bind(key, settings, needs));
  }
  return bound;
}
