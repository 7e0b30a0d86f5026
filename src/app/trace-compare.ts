import type { Hop, Trace } from './trace.ts';

/** How a parameter came to the end of a walk. `unseen`: the walk never had it, or broke off while it still did. */
export type Arrival = 'whole' | 'changed' | 'lost' | 'unseen';

/** One parameter, walked directly and through the gateway. */
export interface ComparedParameter {
  readonly name: string;
  readonly direct: Arrival;
  readonly via: Arrival;
}

/** One address, walked directly and through the gateway. */
export interface Comparison {
  /** As asked for, without credentials. */
  readonly url: string;
  /** The gateway's origin. */
  readonly gateway: string;
  /** True where every parameter reached the page through the gateway. */
  readonly isIntact: boolean;
  readonly direct: Trace;
  readonly via: Trace;
  /** Numbers of the hops at which address, status or target differ, from 1. */
  readonly differingHops: readonly number[];
  readonly parameters: readonly ComparedParameter[];
}

/** Lays two walks of one address side by side. */
export function compareTraces(direct: Trace, via: Trace, gateway: string): Comparison {
  const names = new Set([...direct.parameters, ...via.parameters].map(({ name }) => name));
  const length = Math.max(direct.hops.length, via.hops.length);
  const numbers = Array.from({ length }, (_, index) => index + 1);
  return {
    url: direct.url,
    gateway,
    isIntact: via.isIntact,
    direct,
    via,
    differingHops: numbers.filter((number) => !isSameHop(direct.hops[number - 1], via.hops[number - 1])),
    parameters: [...names].map((name) => ({
      name,
      direct: arrivalOf(name, direct),
      via: arrivalOf(name, via),
    })),
  };
}

function isSameHop(a: Hop | undefined, b: Hop | undefined): boolean {
  return a?.url === b?.url && a?.status === b?.status && a?.target === b?.target && a?.via === b?.via;
}

function arrivalOf(name: string, { parameters, losses, failure }: Trace): Arrival {
  if (!parameters.some((parameter) => parameter.name === name)) return 'unseen';
  const own = losses.filter(({ parameter, isRestored }) => parameter === name && !isRestored);
  if (own.some(({ kind }) => kind === 'lost')) return 'lost';
  if (own.length > 0) return 'changed';
  return failure === undefined ? 'whole' : 'unseen';
}
