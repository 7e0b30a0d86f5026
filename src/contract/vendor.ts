import type { Answer, Consent, ConsentType } from '../model/consent.ts';

/** A platform in the consent frameworks. */
export interface VendorIds {
  /** In IAB Europe's Global Vendor List. */
  readonly tcf?: number;
  /** In Google's list of ad technology providers (Additional Consent). */
  readonly google?: number;
}

/**
 * The consent as one vendor may use it. Never grants anything.
 *
 * What a TC or AC string refuses the vendor is denied, even where the visitor has not decided on the type: there is nothing
 * left to wait for. What is granted to named vendors only (`vendorsOnly`) is denied to one that is not named. Without such
 * a string: the consent itself, the same object.
 */
export function forVendor(consent: Consent, vendor: VendorIds | undefined): Consent {
  const { vendors, types } = consent;
  if (vendors === undefined && !hasVendorsOnly(types)) return consent;
  const answers = answersOf(vendors, vendor);
  const use = (type: ConsentType): Answer => narrow(types[type], type, answers);
  const userData = use('ad_user_data');
  const personalization = use('ad_personalization');
  return {
    ...consent,
    types: {
      ...types,
      ad_storage: use('ad_storage'),
      analytics_storage: use('analytics_storage'),
      ad_user_data: userData,
      // As when consent is resolved: nobody can be advertised to personally without their data.
      ad_personalization: personalization.granted && !userData.granted ? userData : personalization,
    },
  };
}

/** Which vendor a consent framework refuses what: for the decision record. Empty: no framework had a say. */
export function vendorFacts(
  missing: readonly ConsentType[],
  before: Consent,
  after: Consent,
): { readonly vendor?: string } {
  const refused = missing.find((type) => before.types[type] !== after.types[type]);
  return refused === undefined ? {} : { vendor: after.types[refused].by };
}

/** What one framework's string says of the vendor. */
interface VendorAnswer {
  readonly key: string;
  readonly allowed: readonly ConsentType[];
}

function answersOf(vendors: Consent['vendors'], vendor: VendorIds | undefined): readonly VendorAnswer[] {
  const answers: VendorAnswer[] = [];
  for (const framework of ['tcf', 'google'] as const) {
    const key = `${framework}:${vendor?.[framework]}`;
    const allowed = vendors?.[key];
    if (allowed !== undefined) answers.push({ key, allowed });
  }
  return answers;
}

function hasVendorsOnly(types: Consent['types']): boolean {
  return (
    types.ad_storage.vendorsOnly === true ||
    types.analytics_storage.vendorsOnly === true ||
    types.ad_user_data.vendorsOnly === true ||
    types.ad_personalization.vendorsOnly === true
  );
}

function narrow(answer: Answer, type: ConsentType, answers: readonly VendorAnswer[]): Answer {
  if (!answer.granted && answer.basis === 'signal') return answer;
  const refuser = answers.find(({ allowed }) => !allowed.includes(type));
  if (refuser !== undefined) return { granted: false, basis: 'signal', by: refuser.key };
  const isUnnamed = answer.vendorsOnly === true && answers.length === 0;
  return isUnnamed ? { granted: false, basis: 'signal', by: notNamed } : answer;
}

/** Stands for the vendor in a decision record where no string names it. */
const notNamed = 'not named in the consent string';
