import type { ConsentType, Statement } from '../../model/consent.ts';

// The consent types that the usual four categories of consent managers stand for.

/** Strictly necessary; granted in any case. */
export const necessary: readonly ConsentType[] = ['security_storage'];

/** Preferences, functional, comfort. */
export const functional: readonly ConsentType[] = ['functionality_storage', 'personalization_storage'];

/** Statistics, performance, measurement. */
export const analytics: readonly ConsentType[] = ['analytics_storage'];

/** Marketing, targeting, advertising. */
export const marketing: readonly ConsentType[] = ['ad_storage', 'ad_user_data', 'ad_personalization'];

/** The choices of an example: what the visitor accepted and what they refused. */
export function chosen(
  accepted: readonly ConsentType[],
  refused: readonly ConsentType[],
): Statement['types'] {
  const types: Statement['types'] = {};
  for (const type of accepted) types[type] = { state: 'granted', weight: 'choice' };
  for (const type of refused) types[type] = { state: 'denied', weight: 'choice' };
  return types;
}
