import { type Consent, type ConsentType, consentTypes } from './consent.ts';

/** Consent types as bits, in the order of `consentTypes`: a set that costs no allocation and fits a column. */
export type TypeBits = number;

/** A choice that takes types back. What the visitor allowed up to `atMs` counts for nothing any more. */
export interface Withdrawal {
  readonly site: string;
  readonly visitorKey: string;
  readonly types: TypeBits;
  /** The choice's place among the visitor's choices, UTC milliseconds; see `sequenceOf`. */
  readonly atMs: number;
}

/** For each type, in the order of `consentTypes`, when it was last taken back; 0: never. */
export type Withdrawn = readonly number[];

const bits = new Map<ConsentType, TypeBits>(consentTypes.map((type, index) => [type, 1 << index]));

/** The set of these types. */
export function bitsOf(types: Iterable<ConsentType>): TypeBits {
  let set = 0;
  for (const type of types) set |= bits.get(type) ?? 0;
  return set;
}

/** The types of a set. */
export function typesOf(set: TypeBits): readonly ConsentType[] {
  return consentTypes.filter((_, index) => (set & (1 << index)) !== 0);
}

/** The types that the visitor has refused by a signal; what is merely undecided takes nothing back. */
export function refusedBits({ types }: Consent): TypeBits {
  let set = 0;
  for (let index = 0; index < consentTypes.length; index += 1) {
    const type = consentTypes[index];
    if (type === undefined) continue;
    const { granted, basis } = types[type];
    if (!granted && basis === 'signal') set |= 1 << index;
  }
  return set;
}

/** The types that are granted. */
export function grantedBits({ types }: Consent): TypeBits {
  return bitsOf(consentTypes.filter((type) => types[type].granted));
}

/**
 * An event's place among its visitor's choices: when it happened by the gateway's clock, and never later than it came.
 * The order in which messages arrive says little: a retry or a second tab may overtake.
 */
export function sequenceOf(event: { readonly occurredAtMs: number; readonly receivedAtMs: number }): number {
  return Math.min(event.occurredAtMs, event.receivedAtMs);
}

/** The types that were taken back at or after this moment. Of an equal moment the stricter choice counts. */
export function takenBackSince(withdrawn: Withdrawn, sequenceMs: number): TypeBits {
  let set = 0;
  for (const [index, atMs] of withdrawn.entries()) if (atMs > 0 && atMs >= sequenceMs) set |= 1 << index;
  return set;
}

/** The consent without these types, as if the visitor had refused them from the start. */
export function withoutTypes(consent: Consent, takenBack: TypeBits): Consent {
  const refused = { granted: false, basis: 'signal', by: withdrawalSource } as const;
  const types = { ...consent.types };
  for (const type of typesOf(takenBack)) if (types[type].granted) types[type] = refused;
  return { ...consent, types };
}

/** What an answer names as its source where a later withdrawal decided. */
export const withdrawalSource = 'withdrawal';
