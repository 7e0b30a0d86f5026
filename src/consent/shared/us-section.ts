import { createRequire } from 'node:module';
import type * as Gpp from '@iabgpp/cmpapi';
import { isBase64Url } from './bits.ts';

/** What a US section of a GPP string says. */
export interface UsSection {
  /** Of sale, sharing or targeted advertising, or by Global Privacy Control. */
  readonly isOptedOut: boolean;
  /** The visitor is known to be a child, and the consent that this takes is missing. */
  readonly isChildWithoutConsent: boolean;
  /** The visitor did not agree to the processing of sensitive data. */
  readonly isSensitiveDenied: boolean;
}

/** US national and the states; everything between is known to the library (3.2.0, 2026-11-23). */
const firstUsSection = 7;
const lastUsSection = 27;

/** Whether a section's number is one of the US sections that can be read. */
export function isUsSection(id: number): boolean {
  return id >= firstUsSection && id <= lastUsSection;
}

/** Reads a US section, `core` or `core.subsection`. Null: damaged, or of a version whose layout is not known. */
export function readUsSection(id: number, text: string): UsSection | null {
  if (!isWellFormed(text)) return null;
  const fields = decode(id, text);
  if (fields === null) return null;
  const version = fields['MspaVersion'] ?? fields['Version'];
  if (!(version === 1 || (version === 2 && id === firstUsSection))) return null;
  return {
    isOptedOut:
      fields['Gpc'] === true ||
      hasRefusal(fields['SaleOptOut']) ||
      hasRefusal(fields['SharingOptOut']) ||
      hasRefusal(fields['TargetedAdvertisingOptOut']),
    isChildWithoutConsent: hasRefusal(fields['KnownChildSensitiveDataConsents']),
    isSensitiveDenied: hasRefusal(fields['SensitiveDataProcessing']),
  };
}

/** A core and at most two subsections. */
function isWellFormed(text: string): boolean {
  if (text.length > maxCharacters) return false;
  const parts = text.split('.', 4);
  return parts.length <= 3 && parts.every((part) => isBase64Url(part, 0, part.length));
}

/** The longest section that is defined takes 12 characters, and its subsection 2. */
const maxCharacters = 64;

/** One field or a list of fields of two bits: 0 not applicable, 1 opted out or no consent, 2 the opposite; 3 is nothing. */
function hasRefusal(field: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(field) ? field : [field];
  return values.some((value) => value === 1 || value === 3);
}

function decode(id: number, text: string): Readonly<Record<string, unknown>> | null {
  const Section = sections().get(id);
  if (Section === undefined) return null;
  try {
    return new Section(text).toObj();
  } catch {
    return null;
  }
}

interface SectionClass {
  readonly ID: number;
  new (text: string): { toObj(): Readonly<Record<string, unknown>> };
}

const load = createRequire(import.meta.url);
let loaded: ReadonlyMap<number, SectionClass> | undefined;

/** Loaded with the first US section: it takes 40 ms (measured 2026-11-24), which a gateway without GPP need not spend. */
function sections(): ReadonlyMap<number, SectionClass> {
  loaded ??= loadSections();
  return loaded;
}

function loadSections(): ReadonlyMap<number, SectionClass> {
  const gpp: typeof Gpp = load('@iabgpp/cmpapi');
  const first = [gpp.UsNat, gpp.UsCa, gpp.UsVa, gpp.UsCo, gpp.UsUt, gpp.UsCt, gpp.UsFl, gpp.UsMt, gpp.UsOr];
  const second = [gpp.UsTx, gpp.UsDe, gpp.UsIa, gpp.UsNe, gpp.UsNh, gpp.UsNj, gpp.UsTn, gpp.UsMn, gpp.UsMd];
  const newest = [gpp.UsIn, gpp.UsKy, gpp.UsRi];
  return new Map([...first, ...second, ...newest].map((Section) => [Section.ID, Section]));
}
