import { type Consent, type ConsentType, isGranted } from '../model/consent.ts';

/** What an opt-out of sale and sharing denies; a flag for restricted processing can answer for nothing else. */
const optOutTypes: ReadonlySet<ConsentType> = new Set(['ad_user_data', 'ad_personalization']);

/** What of a destination's needs a flag for restricted processing may answer for. */
interface RestrictedNeeds {
  readonly required: readonly ConsentType[];
  readonly restrictedIn?: readonly string[];
}

/**
 * True where the flag for restricted processing (Meta's Limited Data Use and the like) may stand in for what is missing:
 * the visitor is in a US state that the platform lists, under an opt-out regime, and nothing is missing but what an
 * opt-out of sale and sharing denies, and nothing but the opt-out denies it. A refusal in a banner, a page default, an
 * unreadable signal or a place outside of these states never passes: the flags have no effect elsewhere, the EEA least of
 * all. Meta, Data Processing Options for US Users, 2026-11-24.
 */
export function mayRestrict(consent: Consent, { required, restrictedIn }: RestrictedNeeds): boolean {
  if (restrictedIn === undefined || consent.regime !== 'opt_out' || !consent.optedOut) return false;
  const { region } = consent;
  if (region === undefined || !region.startsWith('US-') || !restrictedIn.includes(region)) return false;
  return required.every((type) => isGranted(consent, type) || isOptedOut(consent, type));
}

function isOptedOut({ types }: Consent, type: ConsentType): boolean {
  const { basis, isOptOut } = types[type];
  return optOutTypes.has(type) && basis === 'signal' && isOptOut === true;
}
