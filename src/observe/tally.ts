/** One counter: how often a stop ended in a reason, for a protocol or destination. */
export interface Count {
  readonly stop: string;
  readonly reason: string;
  /** The protocol, rule or destination it is about; empty: none. */
  readonly subject: string;
  readonly n: number;
}

/** Counts what happens, cheaply, on any thread; drained now and then into the metrics. */
export interface Tally {
  add(stop: string, reason: string, subject?: string, n?: number): void;
  /** Everything counted since the last drain. */
  drain(): readonly Count[];
}

/** An empty tally. */
export function createTally(): Tally {
  let counts = new Map<string, { stop: string; reason: string; subject: string; n: number }>();
  return {
    add(stop, reason, subject = '', n = 1) {
      const key = `${stop}|${reason}|${subject}`;
      const found = counts.get(key);
      if (found === undefined) counts.set(key, { stop, reason, subject, n });
      else found.n += n;
    },
    drain() {
      const drained = [...counts.values()];
      counts = new Map();
      return drained;
    },
  };
}
