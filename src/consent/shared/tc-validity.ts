import type { TcString } from './tc-string.ts';

/** Why a TC string that can be read has no force; the texts are what a person reads, without the string's value. */
export const tcFaults = {
  shared: 'the TC string was made for more sites than this one',
  policy: 'the TC string follows a policy older than TCF 2.2',
  undisclosed: 'the TC string does not list the vendors that were shown, as TCF 2.3 requires',
  early: 'the TC string was created before there was a framework',
  future: 'the TC string was created in the future',
} as const;

export type TcFault = keyof typeof tcFaults;

const dayMs = 86_400_000;

/** The framework came into use with the GDPR. */
const frameworkSinceMs = Date.UTC(2018, 4, 25);
/** Strings created later must follow policy 4, TCF 2.2 (IAB Europe, in force since 2023-09-30). */
const policyFourSinceMs = Date.UTC(2023, 9, 1);
/** Strings created later must list disclosed vendors, TCF 2.3; earlier ones hold until they are replaced (2026-02-28). */
const disclosedSinceMs = Date.UTC(2026, 2, 1);

/** What makes a TC string invalid for good; undefined: nothing. No reader library checks any of it (2026-11-23). */
export function faultOf(tc: TcString): TcFault | undefined {
  if (!tc.isServiceSpecific) return 'shared';
  if (tc.createdAtMs < frameworkSinceMs) return 'early';
  if (tc.policyVersion < 4 && tc.createdAtMs >= policyFourSinceMs) return 'policy';
  if (!tc.hasDisclosedVendors && tc.createdAtMs >= disclosedSinceMs) return 'undisclosed';
  return undefined;
}

/** Whether a string was created later than a visitor's wrong clock explains. */
export function isFromTheFuture(createdAtMs: number, nowMs: number): boolean {
  return createdAtMs > nowMs + dayMs;
}
