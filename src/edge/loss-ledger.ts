import type { LossCount } from '../model/loss.ts';

/** What one count is about. */
export type LossKey = Omit<LossCount, 'n' | 'firstAtMs' | 'lastAtMs'>;

/** Adds up losses in memory, until they are drained into the store. */
export interface LossLedger {
  add(key: LossKey, atMs: number): void;
  /** Everything counted since the last drain. */
  drain(): readonly LossCount[];
  /** Takes counts back that could not be stored. */
  restore(counts: readonly LossCount[]): void;
}

/** Different hops, culprits and releases that are kept apart on one day; anybody can make up addresses. */
export interface LedgerBounds {
  readonly maxKeysPerDay: number;
}

const other = '(other)';

/** An empty ledger. */
export function createLossLedger({ maxKeysPerDay }: LedgerBounds = { maxKeysPerDay: 20_000 }): LossLedger {
  let counts = new Map<string, LossCount>();
  let day = '';
  let keysOfDay = new Set<string>();
  const admit = (key: LossKey): readonly [string, LossKey] => {
    if (key.day > day) [day, keysOfDay] = [key.day, new Set()];
    const text = textOf(key);
    if (keysOfDay.has(text)) return [text, key];
    if (keysOfDay.size < maxKeysPerDay) {
      keysOfDay.add(text);
      return [text, key];
    }
    const coarse = { ...key, hop: other, culprit: '', release: '' };
    return [textOf(coarse), coarse];
  };
  const merge = (text: string, count: LossCount): void => {
    const found = counts.get(text);
    if (found === undefined) return void counts.set(text, count);
    counts.set(text, {
      ...found,
      n: found.n + count.n,
      firstAtMs: Math.min(found.firstAtMs, count.firstAtMs),
      lastAtMs: Math.max(found.lastAtMs, count.lastAtMs),
    });
  };
  return {
    add(key, atMs) {
      const [text, admitted] = admit(key);
      merge(text, { ...admitted, n: 1, firstAtMs: atMs, lastAtMs: atMs });
    },
    drain() {
      const drained = [...counts.values()];
      counts = new Map();
      return drained;
    },
    restore(returned) {
      for (const count of returned) merge(textOf(count), count);
    },
  };
}

function textOf(key: LossKey): string {
  const { day, site, release, parameter, outcome, hop, cause, culprit } = key;
  return JSON.stringify([day, site, release, parameter, outcome, hop, cause, culprit]);
}
