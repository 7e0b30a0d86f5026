const maxLength = 64;

/** The known name that is nearest to a misspelt one; undefined when none is near enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = plain(name);
  if (wanted.length === 0 || wanted.length > maxLength) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate), bestDistance);
    if (distance >= bestDistance || candidate === name) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Case and word separators are not spelling: `session_timeout` is `sessionTimeout`. */
function plain(name: string): string {
  return name.replaceAll(/[-_ .]/g, '').toLowerCase();
}

/** Damerau-Levenshtein (optimal string alignment); `limit` when it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || b.length > maxLength) return limit;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          (last[column] ?? limit) + 1,
          (current[column - 1] ?? limit) + 1,
          (last[column - 1] ?? limit) + (same ? 0 : 1),
          swapped ? (beforeLast[column - 2] ?? limit) + 1 : limit,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? limit;
}
