import type { BoundDestination } from '../contract/destination.ts';
import type { StoragePolicy } from '../contract/storable.ts';
import type { Decision } from '../model/decision.ts';
import type { Event } from '../model/event.ts';
import type { CompiledRules, Route } from '../rules/match.ts';
import type { SessionDefinition } from '../session/definition.ts';
import type { Batch, HeldEvent, Queued } from '../store/ports.ts';

/** One valid configuration as the pipeline uses it. A reload swaps the whole between two batches. */
export interface PipelineGeneration {
  readonly rules: CompiledRules;
  readonly destinations: ReadonlyMap<string, BoundDestination>;
  readonly whenUndecided: ReadonlyMap<string, 'hold' | 'drop' | 'reduced'>;
  readonly holdMs: number;
  readonly definition: SessionDefinition;
  readonly policy: StoragePolicy;
}

/** What stages may ask the store. */
export type StoreReads = Pick<Batch, 'readState' | 'hasEvent' | 'heldFor' | 'readWithdrawn'>;

/** An event on its way through the stages. Stages fill it in; nothing is written before the last one has run. */
export interface Step {
  readonly offset: number;
  readonly generation: PipelineGeneration;
  readonly store: StoreReads;
  /** UTC milliseconds. */
  readonly nowMs: number;
  /** A released event goes only where it was held for; absent: wherever the rules send it. */
  readonly only?: ReadonlySet<string>;
  /** A released event that had its visitor all along is in its session already and must not count twice. */
  readonly isPlaced: boolean;
  event: Event;
  routes: readonly Route[];
  readonly decisions: Decision[];
  /** State to write, by key. */
  readonly states: Map<string, string>;
  readonly queued: Queued[];
  readonly holds: { readonly key: string; readonly held: HeldEvent }[];
  /** Held events of the same page life, in the order they happened. */
  readonly waiting: HeldEvent[];
}

/** An event at the start of the stages. */
export function createStep(
  start: Pick<Step, 'offset' | 'event' | 'generation' | 'store' | 'nowMs' | 'isPlaced'> &
    Pick<Partial<Step>, 'only'>,
): Step {
  return { ...start, routes: [], decisions: [], states: new Map(), queued: [], holds: [], waiting: [] };
}

/** The store could not be read. No event is to blame: the batch is rolled back and tried again. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** The reads of a batch, whose failures can be told from an event's. */
export function readsOf(batch: Batch): StoreReads {
  const told =
    <Args extends readonly unknown[], Value>(read: (...args: Args) => Value) =>
    (...args: Args): Value => {
      try {
        return read(...args);
      } catch (cause) {
        throw new StoreFailure('the store could not be read', { cause });
      }
    };
  return {
    readState: told(batch.readState),
    hasEvent: told(batch.hasEvent),
    heldFor: told(batch.heldFor),
    readWithdrawn: told(batch.readWithdrawn),
  };
}

/** The key under which an undecided page life's events wait; undefined: the event names no page life. */
export function holdKeyOf(event: Event): string | undefined {
  const loadId = event.page?.loadId;
  return loadId === undefined ? undefined : `${event.site}/${loadId}`;
}
