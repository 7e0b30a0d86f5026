import type { Parameter } from './parameter-kinds.ts';

/** Where in an address a parameter stood; `nested`: in an address that is itself a parameter's value. */
export type Place = 'query' | 'path' | 'fragment' | 'nested';

/** What had to be mended before a parameter could be read; a closed list, the text is what a person reads. */
export const repairs = {
  escaped_ampersand: 'An `&` was left escaped as `&amp;`.',
  question_mark: 'A second `?` stood where an `&` belongs.',
  encoded_twice: 'The parameters were percent-encoded as a whole.',
  value_encoded_twice: 'The value was percent-encoded twice.',
  in_path: 'The parameters stood in the path, behind an encoded `?` or a lone `&`.',
  letter_case: 'The name was written in another case, which most tools do not read.',
  broken_escape: 'A percent escape was broken.',
  repeated: 'The parameter was there more than once, with different values.',
  too_long: 'The value was longer than 2,048 characters.',
} as const;

/** One of the closed list of repairs. */
export type Repair = keyof typeof repairs;

/** One tracked parameter of an address, as it stood and as it was read. */
export interface FoundParameter {
  /** Canonical, such as `utm_source`. */
  readonly name: string;
  readonly kind: Parameter['kind'];
  /** The value as it stood, at most 256 characters. */
  readonly raw: string;
  /** The value as it counts; empty where it was refused. */
  readonly value: string;
  readonly from: Place;
  /** Absent: it could be read as it stood. */
  readonly repaired?: Repair;
}
