import type { IncomingMessage } from 'node:http';
import { cacheHeaders } from '../campaign/cache-headers.ts';
import { insertPairs, repairRedirect, repairRefresh } from '../campaign/redirect.ts';
import type { RedirectPolicy } from '../campaign/redirect-policy.ts';
import type { Tally } from '../observe/tally.ts';
import type { Connection } from './connection.ts';
import { changeHeaders, type HeaderMap } from './headers.ts';

/** Remembers which redirects were repaired for whom, so that a repair never turns into a loop. */
export interface RepairGuard {
  /** False: this client was just given the same redirect more than once, so something takes the parameters off again. */
  mayRepair(key: string, nowMs: number): boolean;
}

/** Two repairs of one redirect for one client within `windowMs` are a reload; a third is a loop. */
export function createRepairGuard(bounds: {
  readonly windowMs: number;
  readonly maxEntries: number;
}): RepairGuard {
  const seen = new Map<string, { count: number; readonly untilMs: number }>();
  return {
    mayRepair(key, nowMs) {
      const found = seen.get(key);
      if (found !== undefined && found.untilMs > nowMs) {
        found.count += 1;
        return found.count <= 2;
      }
      seen.delete(key);
      seen.set(key, { count: 1, untilMs: nowMs + bounds.windowMs });
      for (const [oldest, { untilMs }] of seen) {
        if (untilMs > nowMs && seen.size <= bounds.maxEntries) break;
        seen.delete(oldest);
      }
      return true;
    },
  };
}

/** What keeping parameters needs from outside. */
export interface RedirectTools {
  readonly repairs: RepairGuard;
  readonly nowMs: () => number;
  readonly tally: Tally;
}

/**
 * Gives a redirect the campaign parameters back that it drops, in place, and keeps caches from handing one visitor's to
 * another. The rules are in campaign/redirect.ts; this only knows headers.
 */
export function keepParameters(
  req: Pick<IncomingMessage, 'url' | 'headers'>,
  from: {
    readonly policy: RedirectPolicy;
    readonly connection: Connection;
    /** Pairs to be kept like the request's own: parked for this visitor, or a hand-over; undefined: none. */
    readonly more?: string | undefined;
  },
  answer: { readonly status: number; readonly headers: HeaderMap },
  tools: RedirectTools,
): void {
  const { url = '/' } = req;
  if (!from.policy.isOn || (from.more === undefined && !url.includes('?'))) return;
  const { location, refresh } = answer.headers;
  if (location === undefined && refresh === undefined) return;
  const carrying = from.more === undefined ? url : insertPairs(url, from.more);
  const requestUrl = `${from.connection.protocol}://${req.headers.host ?? ''}${carrying}`;
  const header = typeof location === 'string' ? 'location' : 'refresh';
  const repaired = repair(answer, requestUrl, from.policy);
  if (repaired === null) return;
  if (!tools.repairs.mayRepair(`${from.connection.ip}|${requestUrl}|${repaired}`, tools.nowMs())) {
    tools.tally.add('redirect', 'loop_avoided');
    return;
  }
  answer.headers[header] = repaired;
  changeHeaders(answer.headers, cacheHeaders(answer.headers));
  tools.tally.add('redirect', 'parameters_kept');
}

function repair(
  { status, headers }: { readonly status: number; readonly headers: HeaderMap },
  requestUrl: string,
  policy: RedirectPolicy,
): string | null {
  const { location, refresh } = headers;
  if (typeof location === 'string') {
    const result = repairRedirect({ status, location, requestUrl }, policy);
    return result !== null && 'location' in result ? result.location : null;
  }
  if (typeof refresh !== 'string') return null;
  const result = repairRefresh(refresh, requestUrl, policy);
  return result !== null && 'refresh' in result ? result.refresh : null;
}
