import { Bits, isBase64Url } from './bits.ts';

/**
 * What a TC string of the Transparency and Consent Framework says, of the vendors that were asked for.
 * Sets of purposes are 24 bits as in the string: the highest is purpose 1 (`hasPurpose`).
 */
export interface TcString {
  /** UTC milliseconds; since TCF 2.2 the start of a day. */
  readonly createdAtMs: number;
  /** 4 is TCF 2.2, 5 is TCF 2.3. */
  readonly policyVersion: number;
  /** False: made for more sites than this one, which has no force any more. */
  readonly isServiceSpecific: boolean;
  readonly purposeConsents: number;
  /** Purposes whose legitimate interest the visitor was told of and did not object to. */
  readonly purposeInterests: number;
  /** Purposes that the visitor allowed to the site itself; 0 where the string has no such segment. */
  readonly publisherConsents: number;
  /** Whether the string lists the vendors that the visitor was shown, as TCF 2.3 requires. */
  readonly hasDisclosedVendors: boolean;
  /** In the order in which they were asked for. */
  readonly vendors: readonly TcVendor[];
}

/** What a TC string says of one vendor. */
export interface TcVendor {
  readonly id: number;
  readonly hasConsent: boolean;
  readonly hasInterest: boolean;
  readonly isDisclosed: boolean;
  /** Purposes that the publisher forbids this vendor. */
  readonly forbidden: number;
  /** Purposes that the publisher lets this vendor follow by consent only. */
  readonly byConsentOnly: number;
  /** Purposes that the publisher lets this vendor follow by legitimate interest only. */
  readonly byInterestOnly: number;
}

/** Whether a set of purposes has one of them, 1 to 24. */
export function hasPurpose(purposes: number, purpose: number): boolean {
  return (purposes & bitOf(purpose)) !== 0;
}

/** An honest string names some 1,500 vendors in less than half of this. */
const maxCharacters = 8_192;

/** The core, disclosed vendors, publisher TC, and two that are retired or still to come. */
const maxSegments = 5;

/**
 * Reads a TC string: the core, and of the other segments disclosed vendors and publisher TC, in any order (IAB Tech Lab,
 * "Consent string and vendor list formats v2", read 2026-11-23). Null: it is not a TC string of version 2, or is damaged.
 * Whether it is valid is another question (`faultOf`).
 */
export function readTcString(text: string, vendorIds: readonly number[]): TcString | null {
  if (text.length > maxCharacters) return null;
  const coreEnd = segmentEnd(text, 0);
  if (!isBase64Url(text, 0, coreEnd)) return null;
  const vendors = vendorIds.map(blankVendor);
  const core = readCore(new Bits(text, 0, coreEnd), vendors);
  if (core === null) return null;
  const rest: Rest = { publisherConsents: null, hasDisclosedVendors: false };
  let segments = 1;
  for (let end = coreEnd; end < text.length; ) {
    const start = end + 1;
    end = segmentEnd(text, start);
    segments += 1;
    if (segments > maxSegments || !isBase64Url(text, start, end)) return null;
    if (!readSegment(new Bits(text, start, end), rest, vendors)) return null;
  }
  return {
    ...core,
    publisherConsents: rest.publisherConsents ?? 0,
    hasDisclosedVendors: rest.hasDisclosedVendors,
    vendors,
  };
}

type Core = Pick<
  TcString,
  'createdAtMs' | 'policyVersion' | 'isServiceSpecific' | 'purposeConsents' | 'purposeInterests'
>;
type OpenVendor = { -readonly [K in keyof TcVendor]: TcVendor[K] };
type VendorSet = 'hasConsent' | 'hasInterest' | 'isDisclosed';

interface Rest {
  publisherConsents: number | null;
  hasDisclosedVendors: boolean;
}

function segmentEnd(text: string, start: number): number {
  const dot = text.indexOf('.', start);
  return dot < 0 ? text.length : dot;
}

function blankVendor(id: number): OpenVendor {
  return {
    id,
    hasConsent: false,
    hasInterest: false,
    isDisclosed: false,
    forbidden: 0,
    byConsentOnly: 0,
    byInterestOnly: 0,
  };
}

/** Purposes 1 and 3 to 6 know no legitimate interest (TCF 2.2, 2023); a string that claims one does not have it. */
const withoutInterest = bitOf(1) | bitOf(3) | bitOf(4) | bitOf(5) | bitOf(6);

function readCore(bits: Bits, vendors: OpenVendor[]): Core | null {
  if (bits.take(6) !== 2) return null;
  const createdAtMs = bits.take(36) * 100;
  // Last update, consent tool and its version, screen, language, version of the vendor list.
  bits.skip(36 + 12 + 12 + 6 + 12 + 12);
  const policyVersion = bits.take(6);
  const isServiceSpecific = bits.flag();
  // Non-standard texts, special features.
  bits.skip(1 + 12);
  const purposeConsents = bits.take(24);
  const purposeInterests = bits.take(24) & ~withoutInterest;
  // "Purpose one treatment" and the publisher's country: a site that asks for no consent to storage has none.
  bits.skip(1 + 12);
  const isWhole =
    readVendors(bits, vendors, 'hasConsent') &&
    readVendors(bits, vendors, 'hasInterest') &&
    readRestrictions(bits, vendors);
  if (!isWhole || bits.isOver) return null;
  return { createdAtMs, policyVersion, isServiceSpecific, purposeConsents, purposeInterests };
}

/** False: damaged, or a second segment of a kind that there can be but one of. */
function readSegment(bits: Bits, rest: Rest, vendors: OpenVendor[]): boolean {
  const type = bits.take(3);
  if (type === 1) {
    if (rest.hasDisclosedVendors) return false;
    rest.hasDisclosedVendors = true;
    return readVendors(bits, vendors, 'isDisclosed') && !bits.isOver;
  }
  if (type === 3) {
    if (rest.publisherConsents !== null) return false;
    rest.publisherConsents = bits.take(24);
    // Legitimate interests, then the site's own purposes, of which nothing is known here.
    bits.skip(24);
    const custom = bits.take(6);
    bits.skip(custom * 2);
    return !bits.isOver;
  }
  // Allowed vendors (2) is retired; a kind that is not known yet says nothing that could be read.
  return true;
}

/** A set of vendors, as a bit for each id or as ranges. False: damaged. */
function readVendors(bits: Bits, vendors: OpenVendor[], field: VendorSet): boolean {
  const maxId = bits.take(16);
  if (bits.flag()) {
    return readRanges(bits, maxId, (first, last) => {
      for (const vendor of vendors) if (vendor.id >= first && vendor.id <= last) vendor[field] = true;
    });
  }
  for (const vendor of vendors) {
    if (vendor.id <= maxId && bits.isSetAhead(vendor.id - 1)) vendor[field] = true;
  }
  return bits.skip(maxId);
}

/** How the framework numbers what a publisher may restrict a vendor to. */
const restrictionFields = ['forbidden', 'byConsentOnly', 'byInterestOnly'] as const;

const maxVendorId = 65_535;

function readRestrictions(bits: Bits, vendors: OpenVendor[]): boolean {
  for (let left = bits.take(12); left > 0; left--) {
    const purpose = bitOf(bits.take(6));
    const field = restrictionFields[bits.take(2)];
    // No purpose has such a number, or no restriction is of this kind: the string is damaged.
    if (purpose === 0 || field === undefined) return false;
    const isWhole = readRanges(bits, maxVendorId, (first, last) => {
      for (const vendor of vendors) {
        if (vendor.id >= first && vendor.id <= last) vendor[field] |= purpose;
      }
    });
    if (!isWhole) return false;
  }
  return !bits.isOver;
}

/** Ranges of vendors; false: damaged. Its work is bounded by the string's length: it ends where the string does. */
function readRanges(bits: Bits, maxId: number, each: (first: number, last: number) => void): boolean {
  for (let left = bits.take(12); left > 0; left--) {
    const isRange = bits.flag();
    const first = bits.take(16);
    const last = isRange ? bits.take(16) : first;
    if (bits.isOver || first === 0 || last < first || last > maxId) return false;
    each(first, last);
  }
  return !bits.isOver;
}

/** The bit of a purpose; 0 for a number that is none, so that it is in no set. */
function bitOf(purpose: number): number {
  return purpose >= 1 && purpose <= 24 ? 1 << (24 - purpose) : 0;
}
