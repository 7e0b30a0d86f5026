/** One thing to measure again and again: what it is called while it runs, and a run that returns its figures. */
export interface Lane<T> {
  readonly name: string;
  run(): Promise<T>;
}

/** Measures the lanes in turn, A B A B, so that a machine that slows down does so for all. One list for each lane. */
export async function interleave<T>(
  rounds: number,
  lanes: readonly Lane<T>[],
  onProgress: (text: string) => void,
): Promise<readonly (readonly T[])[]> {
  const results = lanes.map((): T[] => []);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, lane] of lanes.entries()) {
      onProgress(`${lane.name}, round ${round} of ${rounds}`);
      results[index]?.push(await lane.run());
    }
  }
  return results;
}

/** Two sides of paired rounds as one figure: both medians, and the median of each round's own ratio. */
export function compare(
  figures: readonly number[],
  baselines: readonly number[],
): { readonly value: number; readonly baseline: number; readonly ratio: number } {
  // What the machine did to one round it did to both sides of it, so the ratios differ less than the figures.
  const ratios = figures.map((figure, round) => figure / (baselines[round] ?? Number.NaN));
  return { value: median(figures), baseline: median(baselines), ratio: median(ratios) };
}

/** The middle one; of an even number the mean of the middle two. NaN for none. */
export function median(figures: readonly number[]): number {
  return quantile(Float64Array.from(figures).sort(), 0.5);
}

/** The figure below which a share of the sorted ones lies, linear between neighbours. NaN for none. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
