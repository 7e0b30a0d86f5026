import type { Item } from '../../model/event.ts';
import { type OpenObject, put } from './fields.ts';
import { ga4ItemNames, readItem } from './items.ts';

/** The two-letter keys of `pr1`..`pr200` that stand for a GA4 item parameter. Seen in gtag.js hits, 2026-11-23. */
const parameters: ReadonlyMap<string, string> = new Map([
  ['id', 'item_id'],
  ['nm', 'item_name'],
  ['br', 'item_brand'],
  ['ca', 'item_category'],
  ['c2', 'item_category2'],
  ['c3', 'item_category3'],
  ['c4', 'item_category4'],
  ['c5', 'item_category5'],
  ['va', 'item_variant'],
  ['pr', 'price'],
  ['qt', 'quantity'],
  ['cp', 'coupon'],
  ['ds', 'discount'],
  ['lp', 'index'],
  ['af', 'affiliation'],
  ['ln', 'item_list_name'],
  ['li', 'item_list_id'],
  ['lo', 'location_id'],
  ['pi', 'promotion_id'],
  ['pn', 'promotion_name'],
  ['cn', 'creative_name'],
  ['cs', 'creative_slot'],
]);

const maxItems = 200;

/** The item's number of a parameter such as `pr12`; undefined where the parameter is no item. */
export function itemNumber(parameter: string): number | undefined {
  if (!parameter.startsWith('pr') || parameter.length > 5) return undefined;
  const number = Number(parameter.slice(2));
  return Number.isInteger(number) && number >= 1 && number <= maxItems ? number : undefined;
}

/**
 * Reads one item: fields divided by `~`, a literal `~` doubled, each field two letters and a value. A parameter of the
 * site's own comes as a pair, `k0name~v0value`.
 */
export function readGa4Item(raw: string): Item {
  const named: OpenObject = {};
  const ownNames = new Map<string, string>();
  for (const field of fieldsOf(raw)) {
    const key = field.slice(0, 2);
    const value = field.slice(2);
    const ownName = key.startsWith('v') ? ownNames.get(key.slice(1)) : undefined;
    if (ownName !== undefined) put(named, ownName, value);
    else if (/^k\d$/.test(key)) ownNames.set(key.slice(1), value);
    else put(named, parameters.get(key) ?? key, value);
  }
  return readItem(named, ga4ItemNames);
}

function fieldsOf(raw: string): string[] {
  return raw
    .replaceAll('~~', '\0')
    .split('~')
    .map((field) => field.replaceAll('\0', '~'))
    .filter((field) => field.length > 2);
}
