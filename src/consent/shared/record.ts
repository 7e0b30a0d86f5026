import type { CategoryMap } from '../../contract/consent-source.ts';
import { type ConsentType, consentTypes, type Statement } from '../../model/consent.ts';
import type { Json } from '../../model/json.ts';

/** What a consent manager keeps of one visitor, in the manager's own categories. */
export interface ConsentRecord {
  /** The visitor's answer by category, service or purpose; absent: there is a record, and no choice in it yet. */
  readonly choices?: ReadonlyMap<string, boolean>;
  /** `denied`: the record lists what was accepted and nothing else. Absent: a category it does not list is undecided. */
  readonly unlisted?: 'denied';
  /** What it grants does not count: nobody chose it, or it has to be chosen anew. What it denies counts. */
  readonly isGrantVoid?: boolean;
  /** The visitor opted out of sale or sharing, besides the categories. */
  readonly optOut?: boolean;
  /** What of the record could not be read, in words, without its value. Its grants are then not believed. */
  readonly problem?: string;
}

/** There is a record, and nobody has chosen yet. */
export const undecided: ConsentRecord = {};

/** Answers of two words, such as `allow` and `deny`; null: one of them is neither. */
export function answersIn(
  entries: Iterable<readonly [string, Json]>,
  [yes, no]: readonly [Json, Json],
): ReadonlyMap<string, boolean> | null {
  const answers = new Map<string, boolean>();
  for (const [category, answer] of entries) {
    if (answer !== yes && answer !== no) return null;
    // Of two answers to one question the stricter counts.
    answers.set(category, answer === yes && answers.get(category) !== false);
  }
  return answers;
}

/** A category map turned round: the categories of each consent type. */
export interface CategoryIndex {
  readonly sides: readonly Side[];
  readonly known: ReadonlySet<string>;
}

interface Side {
  readonly type: ConsentType;
  /** `isOptional`: left out of account where the record does not mention it. */
  readonly categories: readonly { readonly name: string; readonly isOptional: boolean }[];
}

/** Turns a category map round, once, at config time. */
export function indexCategories(map: CategoryMap, optional: readonly string[]): CategoryIndex {
  const entries = Object.entries(map);
  const sides = consentTypes.map((type) => ({
    type,
    categories: entries
      .filter(([, types]) => types.includes(type))
      .map(([name]) => ({ name, isOptional: optional.includes(name) })),
  }));
  return {
    sides: sides.filter(({ categories }) => categories.length > 0),
    known: new Set(entries.map(([name]) => name)),
  };
}

/**
 * A record's choices in consent types. Where several categories stand for one type, one denial denies it, and it takes
 * all of them to grant it.
 */
export function stateTypes(record: ConsentRecord, { sides }: CategoryIndex): Statement['types'] {
  const types: Statement['types'] = {};
  for (const side of sides) {
    const state = stateOf(side, record);
    const isBelieved = record.problem === undefined && record.isGrantVoid !== true;
    if (state === 'denied' || (state === 'granted' && isBelieved))
      types[side.type] = { state, weight: 'choice' };
  }
  return types;
}

function stateOf({ categories }: Side, { choices, unlisted }: ConsentRecord): 'granted' | 'denied' | 'unset' {
  let isGranted = false;
  let isOpen = false;
  for (const { name, isOptional } of categories) {
    const answer = choices?.get(name) ?? (unlisted === 'denied' ? false : undefined);
    if (answer === false) return 'denied';
    if (answer === true) isGranted = true;
    else if (!isOptional) isOpen = true;
  }
  return isGranted && !isOpen ? 'granted' : 'unset';
}
