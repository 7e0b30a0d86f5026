/** Spellings of what is most likely one name, the most frequent first. */
export type Spellings = readonly (readonly [value: string, count: number])[];

const minEditedChars = 5;
const minEditedToken = 4;
const maxChars = 100;
/** Forms with one shortened form in common that each is compared with; more of them are a series, not misspellings. */
const maxCompared = 8;

/**
 * Groups values that differ only in letter case, in separators (`-`, `_`, space and the like), or in one letter of a
 * longer word. Digits, and words of fewer than four characters, are what tells campaigns apart (`week-41`, `summer-a`),
 * so a difference there is none. The work grows with the number of values, not with its square.
 */
export function nearDuplicates(counts: ReadonlyMap<string, number>): readonly Spellings[] {
  const byForm = Map.groupBy(counts, ([value]) => tokensOf(value).join(''));
  byForm.delete('');
  const groups = new Groups([...byForm.keys()]);
  for (const [a, b] of neighbours(byForm)) groups.join(a, b);
  return groups
    .all()
    .map((forms) => forms.flatMap((form) => byForm.get(form) ?? []))
    .filter((spellings) => spellings.length > 1)
    .map((spellings) => spellings.toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}

function tokensOf(value: string): readonly string[] {
  return value
    .slice(0, maxChars)
    .toLowerCase()
    .split(/[\s._+/|-]+/)
    .filter((token) => token !== '');
}

type ByForm = ReadonlyMap<string, readonly (readonly [value: string, count: number])[]>;

/** Pairs of forms one edit apart: two such forms are the same once one character is taken out of one or both. */
function* neighbours(byForm: ByForm): Generator<readonly [string, string]> {
  const shortened = new Map<string, string[]>();
  for (const form of byForm.keys()) {
    if (form.length < minEditedChars) continue;
    for (const key of new Set([form, ...withoutOne(form)])) {
      const others = shortened.get(key);
      if (others === undefined) shortened.set(key, [form]);
      else others.push(form);
    }
  }
  for (const forms of shortened.values()) {
    for (const [index, form] of forms.entries()) {
      for (const other of forms.slice(index + 1, index + 1 + maxCompared))
        if (isMisspelling(spellingOf(form, byForm), spellingOf(other, byForm))) yield [form, other];
    }
  }
}

function* withoutOne(form: string): Generator<string> {
  for (let at = 0; at < form.length; at += 1) yield form.slice(0, at) + form.slice(at + 1);
}

function spellingOf(form: string, byForm: ByForm): string {
  return byForm.get(form)?.[0]?.[0] ?? form;
}

/** Word by word the same, but for one letter in one longer word. */
function isMisspelling(a: string, b: string): boolean {
  const [from, to] = [tokensOf(a), tokensOf(b)];
  if (from.length !== to.length) return false;
  const differing = from.flatMap((token, index) =>
    token === to[index] ? [] : [[token, to[index] ?? ''] as const],
  );
  const [only] = differing;
  if (only === undefined || differing.length > 1) return false;
  const [left, right] = only;
  if (Math.min(left.length, right.length) < minEditedToken) return false;
  return isOneLetterApart(left, right);
}

function isOneLetterApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const rest = short.length === long.length ? short.slice(at + 1) : short.slice(at);
  if (rest !== long.slice(at + 1)) return false;
  const isDigit = /\d/.test(long[at] ?? '') || (short.length === long.length && /\d/.test(short[at] ?? ''));
  return !isDigit;
}

/** Sets that grow together. */
class Groups {
  readonly #parent: Map<string, string>;

  constructor(names: readonly string[]) {
    this.#parent = new Map(names.map((name) => [name, name]));
  }

  join(a: string, b: string): void {
    this.#parent.set(this.#rootOf(a), this.#rootOf(b));
  }

  all(): readonly (readonly string[])[] {
    return [...Map.groupBy(this.#parent.keys(), (name) => this.#rootOf(name)).values()];
  }

  #rootOf(name: string): string {
    let root = name;
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root))
      root = up;
    this.#parent.set(name, root);
    return root;
  }
}
