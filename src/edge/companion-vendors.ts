import type { CompanionPlatform } from '../campaign/companion-cookies.ts';
import { type CompanionPolicy, type CompanionsConfig, companionConsent } from '../campaign/companions.ts';
import { forVendor, type VendorIds } from '../contract/vendor.ts';
import { type Consent, isGranted } from '../model/consent.ts';

/** Platforms with companion cookies that are in IAB Europe's Global Vendor List (versions 178 and 45, read 2026-11-23). */
const platformVendors: Partial<Record<CompanionPlatform, VendorIds>> = {
  google: { tcf: 755 },
  microsoft: { tcf: 1126 },
  linkedin: { tcf: 804 },
};

/** The vendors of the platforms whose cookies a site lets the gateway look after. */
export function companionVendorsOf(config: CompanionsConfig): readonly VendorIds[] {
  return Object.entries(platformVendors).flatMap(([platform, vendor]) =>
    platform in config ? [vendor] : [],
  );
}

/** Whose cookies may be looked after, and whose have to go. What is in neither is left alone. */
export interface PlatformsByConsent {
  readonly permitted: CompanionPolicy;
  readonly refused: CompanionPolicy;
}

/**
 * Sorts the cookies by what a TC string allows their platforms. A consent that stands for named vendors only permits no
 * other platform's cookies; they go where the string itself refuses the platform its storage.
 */
export function sortByVendor(policy: CompanionPolicy, consent: Consent): PlatformsByConsent {
  if (forVendor(consent, undefined) === consent) return { permitted: policy, refused: [] };
  const vendorOf = ({ cookie }: CompanionPolicy[number]): VendorIds | undefined =>
    platformVendors[cookie.platform];
  return {
    permitted: policy.filter((entry) => {
      const narrowed = forVendor(consent, vendorOf(entry));
      return companionConsent.every((type) => isGranted(narrowed, type));
    }),
    refused: policy.filter(
      (entry) => consent.vendors?.[`tcf:${vendorOf(entry)?.tcf}`]?.includes('ad_storage') === false,
    ),
  };
}
