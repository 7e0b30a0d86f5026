import type { Commerce } from '../../model/event.ts';

/** Value and currency together, as every platform wants them; undefined where one is missing or unusable. */
export function moneyOf(
  commerce: Commerce | undefined,
): { readonly value: number; readonly currency: string } | undefined {
  const { value, currency } = commerce ?? {};
  if (value === undefined || currency === undefined) return undefined;
  return Number.isFinite(value) && /^[A-Z]{3}$/.test(currency) ? { value, currency } : undefined;
}

/** An amount in major units as text with two to six decimals, `42.50`; undefined where it is no amount of money. */
export function decimalText(amount: number | undefined): string | undefined {
  if (amount === undefined || !(Math.abs(amount) < 1e12)) return undefined;
  return amount.toFixed(6).replace(/0{1,4}$/, '');
}
