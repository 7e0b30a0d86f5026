/** What a TC string of a test says; numbers of purposes and vendors as people write them. */
export interface TcSpec {
  readonly created: string;
  readonly policy: number;
  readonly isServiceSpecific: boolean;
  readonly purposes: readonly number[];
  readonly interests: readonly number[];
  readonly vendors: readonly number[];
  readonly vendorInterests: readonly number[];
  readonly restrictions: readonly {
    readonly purpose: number;
    readonly type: number;
    readonly vendors: readonly number[];
  }[];
  /** Undefined: no such segment. */
  readonly disclosed?: readonly number[] | undefined;
  /** Undefined: no such segment. */
  readonly publisher?: readonly number[] | undefined;
  /** How sets of vendors are written. */
  readonly form: 'bits' | 'ranges';
  readonly order: 'disclosed-first' | 'publisher-first';
}

/** A valid string of a visitor who agreed to everything; Google is vendor 755. */
export const accepted: TcSpec = {
  created: '2026-11-02',
  policy: 5,
  isServiceSpecific: true,
  purposes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  interests: [2, 7, 8, 9, 10, 11],
  vendors: [91, 755, 804],
  vendorInterests: [755, 804],
  restrictions: [],
  disclosed: [91, 755, 804],
  publisher: [],
  form: 'ranges',
  order: 'disclosed-first',
};

/** Writes a TC string by the specification, independently of what reads it. */
export function writeTcString(spec: TcSpec): string {
  const deciseconds = Date.parse(spec.created) / 100;
  const core = [
    bits(2, 6) + bits(deciseconds, 36) + bits(deciseconds, 36),
    bits(10, 12) + bits(1, 12) + bits(1, 6) + bits(4, 6) + bits(13, 6) + bits(178, 12),
    bits(spec.policy, 6) + bits(spec.isServiceSpecific ? 1 : 0, 1) + bits(0, 1) + bits(0, 12),
    set(spec.purposes, 24) + set(spec.interests, 24) + bits(0, 1) + bits(3, 6) + bits(4, 6),
    vendorSet(spec.vendors, spec.form) + vendorSet(spec.vendorInterests, spec.form),
    bits(spec.restrictions.length, 12),
    ...spec.restrictions.map(
      ({ purpose, type, vendors }) => bits(purpose, 6) + bits(type, 2) + ranges(vendors),
    ),
  ].join('');
  const disclosed =
    spec.disclosed === undefined ? [] : [base64(bits(1, 3) + vendorSet(spec.disclosed, spec.form))];
  const publisher =
    spec.publisher === undefined
      ? []
      : [base64(bits(3, 3) + set(spec.publisher, 24) + set([], 24) + bits(0, 6))];
  const segments =
    spec.order === 'disclosed-first' ? [...disclosed, ...publisher] : [...publisher, ...disclosed];
  return [base64(core), ...segments].join('.');
}

function bits(value: number, width: number): string {
  return value.toString(2).padStart(width, '0');
}

function set(numbers: readonly number[], width: number): string {
  return Array.from({ length: width }, (_, index) => (numbers.includes(index + 1) ? '1' : '0')).join('');
}

function vendorSet(ids: readonly number[], form: TcSpec['form']): string {
  const max = Math.max(0, ...ids);
  return bits(max, 16) + (form === 'bits' ? `0${set(ids, max)}` : `1${ranges(ids)}`);
}

/** Neighbouring ids become one range. */
function ranges(ids: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === id - 1) last[1] = id;
    else runs.push([id, id]);
  }
  const entries = runs.map(([first, last]) =>
    first === last ? `0${bits(first, 16)}` : `1${bits(first, 16)}${bits(last, 16)}`,
  );
  return bits(runs.length, 12) + entries.join('');
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function base64(text: string): string {
  const whole = text.padEnd(Math.ceil(text.length / 24) * 24, '0');
  return (whole.match(/.{6}/g) ?? []).map((six) => alphabet.charAt(Number.parseInt(six, 2))).join('');
}
