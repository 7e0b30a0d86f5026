import type { Statement } from '../../model/consent.ts';

/** What vendors may act by, as a statement says it. */
export type VendorAnswers = NonNullable<Statement['vendors']>;

/** What both allow: of a vendor that both name, the types in both; of any other, what the one that names it says. */
export function bothAllow(a: VendorAnswers | undefined, b: VendorAnswers | undefined): typeof a {
  if (a === undefined || b === undefined) return a ?? b;
  const merged: Record<string, VendorAnswers[string]> = { ...a };
  for (const [vendor, types] of Object.entries(b)) {
    const others = a[vendor];
    merged[vendor] = others === undefined ? types : others.filter((type) => types.includes(type));
  }
  return merged;
}
