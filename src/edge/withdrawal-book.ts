import type { Consent } from '../model/consent.ts';
import { refusedBits, type TypeBits, type Withdrawal } from '../model/withdrawal.ts';

/** Knows which refusals have been written down, so that only news costs a write. */
export interface WithdrawalBook {
  /** True: the visitor refuses something that the book does not know of. */
  isNews(visitorKey: string, refused: TypeBits): boolean;
  /** A visitor who was made just now has nothing that could be taken back. */
  note(visitorKey: string, refused: TypeBits): void;
  /** Resolves once the choices are on disk and in force everywhere; rejects when that cannot be said. */
  write(choices: readonly Withdrawal[]): Promise<void>;
}

/**
 * A book of the last `maxEntries` visitors who refuse something. Whoever it has forgotten is written again, which changes
 * nothing. Choices that come while a write is under way share the next one, so that a crowd costs the disk little.
 */
export function createWithdrawalBook(
  save: (choices: readonly Withdrawal[]) => Promise<void>,
  { maxEntries }: { readonly maxEntries: number },
): WithdrawalBook {
  const known = new Map<string, TypeBits>();
  const note = (visitorKey: string, refused: TypeBits): void => {
    known.delete(visitorKey);
    known.set(visitorKey, refused);
    if (known.size <= maxEntries) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      return;
    }
  };
  const saveTogether = gather(save);
  return {
    isNews(visitorKey, refused) {
      if (known.size === 0) return refused !== 0;
      const before = known.get(visitorKey);
      // What was granted again can be refused again.
      if (before !== undefined && refused === 0) known.delete(visitorKey);
      if (before === undefined || (refused & ~before) !== 0) return refused !== 0;
      if (refused !== 0 && refused !== before) known.set(visitorKey, refused);
      return false;
    },
    note,
    async write(choices) {
      await saveTogether(choices);
      for (const { visitorKey, types } of choices) note(visitorKey, types);
    },
  };
}

type Save = (choices: readonly Withdrawal[]) => Promise<void>;

function gather(save: Save): Save {
  let underWay: Promise<void> | null = null;
  let next: { readonly choices: Withdrawal[]; readonly saved: Promise<void> } | null = null;
  const begin = (choices: readonly Withdrawal[]): Promise<void> => {
    const saved = save(choices).finally(() => {
      underWay = null;
    });
    underWay = saved;
    return saved;
  };
  return (choices) => {
    if (underWay === null) return begin(choices);
    if (next !== null) {
      next.choices.push(...choices);
      return next.saved;
    }
    const gathered = [...choices];
    const saved = underWay
      .catch(() => undefined)
      .then(() => {
        next = null;
        return begin(gathered);
      });
    next = { choices: gathered, saved };
    return saved;
  };
}

/** What a browser says, and who it is as far as anybody may know. */
export interface Seen {
  /** Absent: nobody is known, so there is nothing to take back. */
  readonly visitorKey: string | undefined;
  readonly consent: Consent;
  /** UTC milliseconds; see `sequenceOf`. */
  readonly atMs: number;
}

/** The choice that takes something back of what a visitor had allowed; null: it takes nothing back, or nothing new. */
export function choiceOf(
  site: string,
  { visitorKey, consent, atMs }: Seen,
  book: WithdrawalBook,
): Withdrawal | null {
  if (visitorKey === undefined) return null;
  const types = refusedBits(consent);
  return book.isNews(visitorKey, types) ? { site, visitorKey, types, atMs } : null;
}
