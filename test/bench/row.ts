/** One line of the result. Rows without a target are for information. */
export interface Row {
  readonly name: string;
  /** Null: not measured here, and the name says why. */
  readonly value: number | null;
  readonly unit: string;
  /** The same figure of what it is compared with, measured in the same run. */
  readonly baseline: number | null;
  /** The value over the baseline; where rounds were paired, the median of the rounds' own ratios. */
  readonly ratio: number | null;
  /** In words, such as `ratio >= 0.5`. */
  readonly target: string | null;
  readonly ok: boolean | null;
}

/** A figure, and what it is compared with. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly baseline?: number | null;
  readonly ratio?: number;
}

/** A row for information. */
export function inform({ name, value, unit, baseline = null, ratio }: Figure): Row {
  const quotient = value === null || baseline === null || baseline === 0 ? null : value / baseline;
  return {
    name,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(ratio ?? quotient),
    target: null,
    ok: null,
  };
}

/** A row that has to reach a bound. What could not be measured has not reached it. */
export function demand(figure: Figure, bound: Bound): Row {
  const row = inform(figure);
  const measured = row[bound.of];
  const ok = measured !== null && (bound.is === '>=' ? measured >= bound.limit : measured <= bound.limit);
  return { ...row, target: `${bound.of} ${bound.is} ${bound.limit}`, ok };
}

/** What a row is held to. */
export interface Bound {
  readonly of: 'value' | 'ratio';
  readonly is: '>=' | '<=';
  readonly limit: number;
}

/** Counts stay whole; of anything else, more than four figures would be noise. */
function round(figure: number | null): number | null {
  if (figure === null || !Number.isFinite(figure)) return null;
  return Number.isInteger(figure) ? figure : Number(figure.toPrecision(4));
}
