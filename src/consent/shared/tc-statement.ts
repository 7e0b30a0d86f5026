import { consentTypes, type Statement } from '../../model/consent.ts';
import { type TcReading, withoutForce } from './tc-consent.ts';
import { isFromTheFuture, tcFaults } from './tc-validity.ts';
import { bothAllow } from './vendor-answers.ts';

/** What several TC strings of one hit say together: the strictest. `nowMs`, UTC, tells strings from the future. */
export function strictestOf(readings: readonly TcReading[], nowMs: number | undefined): TcReading {
  const [first, ...others] = readings;
  if (first === undefined) return silent;
  const inTime = atTime(first, nowMs);
  return others.length === 0
    ? inTime
    : others.map((reading) => atTime(reading, nowMs)).reduce(stricter, inTime);
}

const silent: TcReading = { types: {} };
const denied = { state: 'denied', weight: 'choice' } as const;

function atTime(reading: TcReading, nowMs: number | undefined): TcReading {
  const { createdAtMs } = reading;
  if (createdAtMs === undefined || nowMs === undefined || !isFromTheFuture(createdAtMs, nowMs))
    return reading;
  return withoutForce(reading, tcFaults.future);
}

/** Denied where one denies, granted where both grant. */
function stricter(a: TcReading, b: TcReading): TcReading {
  const types: Statement['types'] = {};
  for (const type of consentTypes) {
    const [stated, other] = [a.types[type], b.types[type]];
    if (stated?.state === 'denied' || other?.state === 'denied') types[type] = denied;
    else if (stated?.state === 'granted' && other?.state === 'granted') types[type] = stated;
  }
  const vendors = bothAllow(a.vendors, b.vendors);
  const problem = a.problem ?? b.problem;
  return { types, ...(vendors && { vendors }), ...(problem !== undefined && { problem }) };
}
