import type { Event, Item } from '../../model/event.ts';
import type { Json } from '../../model/json.ts';
import { moneyOf } from './money.ts';
import { cut } from './payload.ts';

const maxItems = 200;

/** An item that has an id: what product catalogues are matched by. */
export type IdentifiedItem = Item & { readonly id: string };

/** The items that a catalogue can be matched by, of the first 200. */
export function identifiedItems({ commerce }: Event): readonly IdentifiedItem[] {
  return (commerce?.items ?? []).slice(0, maxItems).flatMap((item) => {
    const { id } = item;
    return id === undefined || id === '' ? [] : [{ ...item, id }];
  });
}

/** How many pieces: an item without a quantity is one. Undefined where that is not a sensible number. */
export function piecesOf(items: readonly Item[]): number | undefined {
  const pieces = items.reduce((sum, { quantity }) => sum + (quantity ?? 1), 0);
  return pieces > 0 && Number.isFinite(pieces) ? Math.round(pieces) : undefined;
}

/** Value and currency, never below nothing: ad platforms count revenue. */
export function revenueOf({ commerce }: Event): ReturnType<typeof moneyOf> {
  const money = moneyOf(commerce);
  return money !== undefined && money.value >= 0 && money.value < 1e12 ? money : undefined;
}

/** An amount as decimal text: two decimals, more only where it has them. */
export function decimal(amount: number): string {
  const text = amount.toFixed(2);
  return Number(text) === amount ? text : amount.toFixed(6).replace(/0+$/, '');
}

/** What was searched for, at most 500 characters. */
export function searchTermOf({ properties }: Event): string | undefined {
  return textOf(properties['search_term']);
}

/** A text of the properties, at most 500 characters; undefined where it is none. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value, 500) : undefined;
}
