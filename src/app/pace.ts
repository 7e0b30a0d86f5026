/** How many lines a pipeline batch may take, so that it ends in time. */
export interface Pace {
  limit(): number;
  /** What the last batch cost. */
  learn(lines: number, tookMs: number): void;
}

/** Learns the cost of a line from the batches so far and sizes the next one for `batchMs`. */
export function createPace(bounds: {
  readonly batchMs: number;
  readonly minLines: number;
  readonly maxLines: number;
}): Pace {
  let lineMs = bounds.batchMs / bounds.minLines;
  return {
    limit: () => Math.round(Math.min(bounds.maxLines, Math.max(bounds.minLines, bounds.batchMs / lineMs))),
    learn(lines, tookMs) {
      if (lines === 0) return;
      // A checkpoint now and then takes long and says nothing of the next batch.
      const sampleMs = Math.min(tookMs / lines, lineMs * 2);
      lineMs = lineMs * 0.8 + sampleMs * 0.2;
    },
  };
}
