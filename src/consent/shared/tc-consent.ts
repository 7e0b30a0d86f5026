import { type ConsentType, consentTypes, type Statement } from '../../model/consent.ts';
import { hasPurpose, readTcString, type TcString, type TcVendor } from './tc-string.ts';
import { faultOf, tcFaults } from './tc-validity.ts';

/** What a TC string says in the words of Consent Mode. */
export interface TcReading {
  readonly types: Statement['types'];
  /** Absent: the string could not be read. */
  readonly vendors?: NonNullable<Statement['vendors']>;
  readonly problem?: string;
  /** UTC milliseconds; absent: the string could not be read. */
  readonly createdAtMs?: number;
}

/** What of a TC string is asked for. */
export interface TcInterest {
  /** The vendors of the destinations, by their number in the Global Vendor List. */
  readonly vendorIds: readonly number[];
  /** The purposes that the visitor has to allow to the site itself for analytics_storage; empty: it is never granted. */
  readonly analyticsPurposes: readonly number[];
}

/**
 * Reads a TC string for the vendors of this site's destinations. Pure, and apart from "created in the future" final.
 *
 * What the visitor refused to everyone is a denial. What a vendor may do is a grant, and only for the vendors that may
 * (`Statement.vendors`): an agreement to purposes never stands in for a vendor that the visitor was not shown.
 *
 * | type | purposes |
 * | --- | --- |
 * | ad_storage | 1 by consent |
 * | ad_user_data | 1 by consent and 7 |
 * | ad_personalization | 1, 3 and 4 by consent |
 * | analytics_storage | as in Google's tags never granted by these purposes, and denied where 1 is |
 *
 * What the visitor allows to the site itself (publisher TC) is another thing: it grants analytics_storage, to the site and
 * not to vendors, where the configuration says which purposes stand for it.
 */
export function readTcConsent(text: string, { vendorIds, analyticsPurposes }: TcInterest): TcReading {
  const tc = readTcString(text, vendorIds);
  if (tc === null) return unreadable;
  const types: Statement['types'] = {};
  for (const type of refusedToAll(tc)) types[type] = denied;
  if (isAllowedToSite(tc, analyticsPurposes)) types.analytics_storage = granted;
  const vendors: Record<string, readonly ConsentType[]> = {};
  for (const vendor of tc.vendors) {
    const allowed = allowedTypes(tc, vendor);
    vendors[`tcf:${vendor.id}`] = allowed;
    for (const type of allowed) if (type !== 'analytics_storage') types[type] ??= granted;
  }
  const reading = { types, vendors, createdAtMs: tc.createdAtMs };
  const fault = faultOf(tc);
  return fault === undefined ? reading : withoutForce(reading, tcFaults[fault]);
}

/** A string that was there and has no force: a denial of advertising, and of what it refuses itself; it grants nothing. */
export function withoutForce({ types, vendors = {}, createdAtMs }: TcReading, problem: string): TcReading {
  const answers = Object.entries(vendors).map(
    ([vendor, allowed]) => [vendor, allowed.filter((type) => type === 'analytics_storage')] as const,
  );
  return {
    types: { ...denialsOf(types), ...withoutAdvertising },
    vendors: Object.fromEntries(answers),
    problem,
    ...(createdAtMs !== undefined && { createdAtMs }),
  };
}

/** What is left of types that have no force: nothing but what was refused. */
export function denialsOf(stated: Statement['types']): Statement['types'] {
  const types: Statement['types'] = {};
  for (const type of consentTypes) if (stated[type]?.state === 'denied') types[type] = denied;
  return types;
}

const granted = { state: 'granted', weight: 'choice' } as const;
const denied = { state: 'denied', weight: 'choice' } as const;

/** Advertising denied, by choice. */
export const withoutAdvertising: Statement['types'] = {
  ad_storage: denied,
  ad_user_data: denied,
  ad_personalization: denied,
};

const unreadable: TcReading = { types: {}, problem: 'the TC string cannot be read' };

const none: readonly ConsentType[] = [];
const everyType: readonly ConsentType[] = [
  'ad_storage',
  'analytics_storage',
  'ad_user_data',
  'ad_personalization',
];

/** What no vendor may do, whoever it is: the visitor refused the purpose itself. */
function refusedToAll({ purposeConsents, purposeInterests }: TcString): readonly ConsentType[] {
  if (!hasPurpose(purposeConsents, 1)) return everyType;
  const refused: ConsentType[] = [];
  if (!hasPurpose(purposeConsents | purposeInterests, 7)) refused.push('ad_user_data');
  if (!hasPurpose(purposeConsents, 3) || !hasPurpose(purposeConsents, 4)) refused.push('ad_personalization');
  return refused;
}

/** Whether the visitor allows the site itself these purposes, and to store anything for them. */
function isAllowedToSite({ publisherConsents }: TcString, purposes: readonly number[]): boolean {
  return (
    purposes.length > 0 &&
    hasPurpose(publisherConsents, 1) &&
    purposes.every((purpose) => hasPurpose(publisherConsents, purpose))
  );
}

/** The types that a vendor may act by; all of them touch the device, so that none goes without purpose 1. */
function allowedTypes(tc: TcString, vendor: TcVendor): readonly ConsentType[] {
  const isShown = !tc.hasDisclosedVendors || vendor.isDisclosed;
  if (!isShown || !mayByConsent(tc, vendor, 1)) return none;
  const measures = mayMeasure(tc, vendor);
  const personalises = mayByConsent(tc, vendor, 3) && mayByConsent(tc, vendor, 4);
  if (measures && personalises) return everyType;
  const allowed: ConsentType[] = ['ad_storage', 'analytics_storage'];
  if (measures) allowed.push('ad_user_data');
  if (personalises) allowed.push('ad_personalization');
  return allowed;
}

/**
 * Vendors that declare purpose 7 (measure advertising) under legitimate interest: Google and LinkedIn in the Global
 * Vendor List, versions 178 and 45, read 2026-11-23. Any other is taken to need consent, the stricter of the two.
 */
const measuresByInterest: ReadonlySet<number> = new Set([755, 804]);

function mayMeasure(tc: TcString, vendor: TcVendor): boolean {
  const isByInterest = measuresByInterest.has(vendor.id) && !hasPurpose(vendor.byConsentOnly, 7);
  return isByInterest ? mayByInterest(tc, vendor, 7) : mayByConsent(tc, vendor, 7);
}

function mayByConsent(tc: TcString, vendor: TcVendor, purpose: number): boolean {
  return (
    vendor.hasConsent &&
    hasPurpose(tc.purposeConsents, purpose) &&
    !hasPurpose(vendor.forbidden | vendor.byInterestOnly, purpose)
  );
}

function mayByInterest(tc: TcString, vendor: TcVendor, purpose: number): boolean {
  return (
    vendor.hasInterest &&
    hasPurpose(tc.purposeInterests, purpose) &&
    !hasPurpose(vendor.forbidden | vendor.byConsentOnly, purpose)
  );
}
