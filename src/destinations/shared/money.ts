import type { Commerce } from '../../model/event.ts';

/** Value and currency together, as every platform wants them; undefined where one is missing or unusable. */
export function moneyOf(
  commerce: Commerce | undefined,
): { readonly value: number; readonly currency: string } | undefined {
  const { value, currency } = commerce ?? {};
  if (value === undefined || currency === undefined) return undefined;
  return Number.isFinite(value) && /^[A-Z]{3}$/.test(currency) ? { value, currency } : undefined;
}
