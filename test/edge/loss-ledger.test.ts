import { describe, expect, it } from 'vitest';
import { createLossLedger, type LossKey } from '../../src/edge/loss-ledger.ts';

function key(hop: string, day = '2026-11-24'): LossKey {
  const about = { day, site: 'shop', release: 'v1', parameter: 'gclid', outcome: 'lost' } as const;
  return { ...about, hop, cause: 'redirect_dropped_query', culprit: 'the server that answered' };
}

describe('the loss ledger', () => {
  it('adds up what is alike, and is empty once drained', () => {
    const ledger = createLossLedger();
    ledger.add(key('/a -> /b'), 2_000);
    ledger.add(key('/a -> /b'), 1_000);
    expect(ledger.drain()).toEqual([{ ...key('/a -> /b'), n: 2, firstAtMs: 1_000, lastAtMs: 2_000 }]);
    expect(ledger.drain()).toEqual([]);
  });

  it('puts hops together once there are too many on one day', () => {
    const ledger = createLossLedger({ maxKeysPerDay: 2 });
    for (const hop of ['/a', '/b', '/c', '/d', '/a']) ledger.add(key(hop), 1);
    ledger.add(key('/e', '2026-11-25'), 2);
    expect(ledger.drain().map(({ hop, n }) => [hop, n])).toEqual([
      ['/a', 2],
      ['/b', 1],
      ['(other)', 2],
      ['/e', 1],
    ]);
  });

  it('takes back what could not be stored', () => {
    const ledger = createLossLedger();
    ledger.add(key('/a'), 1_000);
    const drained = ledger.drain();
    ledger.add(key('/a'), 2_000);
    ledger.restore(drained);
    expect(ledger.drain()).toEqual([{ ...key('/a'), n: 2, firstAtMs: 1_000, lastAtMs: 2_000 }]);
  });
});
