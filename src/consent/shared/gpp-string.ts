import { readGppSections } from './gpp-header.ts';
import { readTcConsent, type TcInterest, type TcReading, withoutAdvertising } from './tc-consent.ts';
import { readUsPrivacy } from './us-privacy.ts';
import { isUsSection, readUsSection } from './us-section.ts';

/** What a GPP string says in the words of Consent Mode: its EU section, if any, as a TC string, and its US sections. */
export interface GppReading extends TcReading {
  readonly isOptedOut: boolean;
  readonly isSensitiveDenied: boolean;
  /** Which sections are not known. */
  readonly note?: string;
}

/** Reads a GPP string, the EU section as any TC string. Of several US sections the strictest counts. */
export function readGpp(text: string, interest: TcInterest): GppReading {
  const sections = readGppSections(text);
  if (sections === null) return unreadable;
  const found: Found = { tc: null, isOptedOut: false, isChild: false, isSensitiveDenied: false };
  const unknown: number[] = [];
  for (const { id, text: section } of sections) {
    if (id === 2) found.tc = readTcConsent(section, interest);
    else if (id === 6 || isUsSection(id)) {
      if (!readUs(id, section, found)) return unreadable;
    } else unknown.push(id);
  }
  const { types, ...tc }: TcReading = found.tc ?? { types: {} };
  return {
    ...tc,
    // Advertising to a known child takes a consent of its own; COPPA and the state laws, 2026-11-23.
    types: found.isChild ? { ...types, ...withoutAdvertising } : types,
    isOptedOut: found.isOptedOut || found.isChild,
    isSensitiveDenied: found.isSensitiveDenied,
    ...(unknown.length > 0 && { note: noteOf(unknown) }),
  };
}

interface Found {
  tc: TcReading | null;
  isOptedOut: boolean;
  isChild: boolean;
  isSensitiveDenied: boolean;
}

const unreadable: GppReading = {
  types: {},
  isOptedOut: false,
  isSensitiveDenied: false,
  problem: 'the GPP string cannot be read',
};

/** Adds what a US section says; false: it cannot be read, so that the opt-out may have been in it. */
function readUs(id: number, text: string, found: Found): boolean {
  if (id === 6) {
    const says = readUsPrivacy(text);
    if (says === 'opted_out') found.isOptedOut = true;
    return says !== null;
  }
  const section = readUsSection(id, text);
  if (section === null) return false;
  if (section.isOptedOut) found.isOptedOut = true;
  if (section.isChildWithoutConsent) found.isChild = true;
  if (section.isSensitiveDenied) found.isSensitiveDenied = true;
  return true;
}

function noteOf(ids: readonly number[]): string {
  return ids.length === 1
    ? `section ${ids[0]} of the GPP string is not known`
    : `sections ${ids.join(', ')} of the GPP string are not known`;
}
