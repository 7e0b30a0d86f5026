import type { JourneySite } from '../campaign/journey.ts';
import type { LossConfig } from '../campaign/loss-config.ts';
import type { ParameterRegistry } from '../campaign/parameters.ts';
import { createRoutePatterns } from '../campaign/route-pattern.ts';
import type { HeaderMap } from './headers.ts';

/** What following losses needs to know of one site, compiled once. */
export interface LossSite extends JourneySite {
  /** The site's day at a time, such as `2026-11-24`. */
  readonly dayOf: (atMs: number) => string;
  /** The release that an answer comes from; empty: unknown. */
  readonly releaseOf: (headers: HeaderMap) => string;
}

/** Compiles it; null where losses are not followed. */
export function compileLossSite(
  config: LossConfig,
  site: {
    readonly timezone: string;
    readonly parameters: ParameterRegistry;
    readonly isOwnHost: (host: string) => boolean;
  },
): LossSite | null {
  if (!config.enabled) return null;
  const routes = createRoutePatterns();
  return {
    parameters: site.parameters,
    isOwnHost: site.isOwnHost,
    patternOf: routes.patternOf,
    dayOf: compileDay(site.timezone),
    releaseOf: compileRelease(config),
  };
}

const quarterMs = 900_000;

/** Asks the calendar once a quarter of an hour: every time zone begins its days at one (IANA tz database 2026a). */
function compileDay(timezone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  let known = { quarter: Number.NaN, day: '' };
  return (atMs) => {
    const quarter = Math.floor(atMs / quarterMs);
    if (quarter !== known.quarter) known = { quarter, day: format.format(quarter * quarterMs) };
    return known.day;
  };
}

const maxReleaseChars = 64;

function compileRelease({ release = '', releaseHeader }: LossConfig): (headers: HeaderMap) => string {
  if (releaseHeader === undefined) return () => release;
  return (headers) => {
    const stated = headers[releaseHeader];
    return typeof stated === 'string' && /^[\x20-\x7e]+$/.test(stated)
      ? stated.slice(0, maxReleaseChars)
      : release;
  };
}
