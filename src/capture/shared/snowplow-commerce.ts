import type { Commerce, Contact, Item } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { splitContact } from './contact.ts';
import { hasKeys, type OpenObject, put, readCurrency, readNumber, readText, take } from './fields.ts';
import { type ItemNames, readItem } from './items.ts';
import type { Parameters } from './parameters.ts';
import type { Described } from './snowplow-schemas.ts';

const vendor = 'com.snowplowanalytics.snowplow.ecommerce';

/** Actions of Snowplow's ecommerce plugin in GA4's names. Iglu Central, snowplow_ecommerce_action 1-0-2, 2026-11-24. */
const actions: ReadonlyMap<string, string> = new Map([
  ['add_to_cart', 'add_to_cart'],
  ['remove_from_cart', 'remove_from_cart'],
  ['product_view', 'view_item'],
  ['list_click', 'select_item'],
  ['list_view', 'view_item_list'],
  ['promo_click', 'select_promotion'],
  ['promo_view', 'view_promotion'],
  // What a step is for is the site's own business, so that none is GA4's begin_checkout.
  ['checkout_step', 'checkout_step'],
  ['transaction', 'purchase'],
  ['refund', 'refund'],
  ['trns_error', 'transaction_error'],
]);

/** Iglu Central, product 1-0-0; the older `add_to_cart` and `remove_from_cart` events name theirs otherwise, 2026-11-24. */
const itemNames: ItemNames = {
  id: ['id', 'sku'],
  name: ['name'],
  brand: ['brand'],
  category: ['category'],
  variant: ['variant'],
  coupon: [],
  price: ['price', 'unitPrice'],
  quantity: ['quantity'],
  discount: [],
  index: ['position'],
};

/** What an event and the entities beside it say of a shop. */
export interface SnowplowCommerce {
  /** GA4's name of the event; absent: it is no event of a shop's. */
  readonly name?: string;
  readonly commerce?: Commerce;
  readonly user?: Contact;
  readonly userId?: string;
  readonly properties: JsonObject;
  /** The entities that were not read. */
  readonly rest: readonly Described[];
}

/** Reads the ecommerce plugin's entities into our fields; those of other vendors are handed back. */
export function readSnowplowCommerce(
  event: Described | undefined,
  entities: readonly Described[],
): SnowplowCommerce {
  const name = actionOf(event);
  const own = entities.filter((entity) => entity.vendor === vendor);
  const read: Reading = { commerce: {}, properties: {}, people: {} };
  const items = own.filter((entity) => entity.name === 'product').map(({ data }) => productOf(data, read));
  for (const entity of own) if (entity.name !== 'product') readEntity(read, entity);
  const commerce: Commerce = { ...read.commerce, ...(items.length > 0 && { items }) };
  const { contact } = splitContact(read.people);
  const userId = readText(read.people['id']);
  return {
    ...(name !== undefined && { name }),
    ...(Object.keys(commerce).length > 0 && { commerce }),
    ...(contact && { user: contact }),
    ...(userId !== undefined && { userId }),
    properties: read.properties,
    rest: entities.filter((entity) => entity.vendor !== vendor),
  };
}

function actionOf(event: Described | undefined): string | undefined {
  if (event?.vendor !== vendor || event.name !== 'snowplow_ecommerce_action') return undefined;
  return actions.get(readText(event.data['type']) ?? '');
}

interface Reading {
  commerce: Commerce;
  /** What has no field of its own. */
  readonly properties: OpenObject;
  /** What is contact data. */
  readonly people: OpenObject;
}

/** A product; its currency is the event's, for an event has one. */
function productOf(data: JsonObject, read: Reading): Item {
  const { currency, ...product } = data;
  const code = readCurrency(currency);
  if (code !== undefined && read.commerce.currency === undefined)
    read.commerce = { ...read.commerce, currency: code };
  const isOther = currency !== undefined && code !== read.commerce.currency;
  return readItem(isOther ? { ...product, currency } : product, itemNames);
}

function readEntity(read: Reading, { name, data }: Described): void {
  const rest: OpenObject = {};
  for (const [key, value] of Object.entries(data)) if (value !== null) put(rest, key, value);
  if (name === 'promotion') keepPromotion(read, rest);
  else if (name === 'checkout_step') keep(read, name, withoutAddress(read, rest));
  else if (name === 'user') keep(read, 'ecommerce_user', withoutUser(read, rest));
  else if (name === 'transaction' || name === 'refund') keep(read, name, withoutAmounts(read, rest));
  else keep(read, name === 'cart' ? name : `ecommerce_${name}`, rest);
}

function withoutUser(read: Reading, rest: OpenObject): OpenObject {
  for (const key of ['id', 'email']) {
    const value = rest[key];
    if (value !== undefined) put(read.people, key, value);
    delete rest[key];
  }
  return rest;
}

/** Iglu Central: transaction and refund 1-0-0, 2026-11-24. A cart's total is not the value of what happens to it. */
function withoutAmounts(read: Reading, rest: OpenObject): OpenObject {
  const value = take(rest, 'revenue', readNumber) ?? take(rest, 'refund_amount', readNumber);
  const currency = take(rest, 'currency', readCurrency);
  const transactionId = take(rest, 'transaction_id', readText);
  const coupon = take(rest, 'discount_code', readText);
  const tax = take(rest, 'tax', readNumber);
  const shipping = take(rest, 'shipping', readNumber);
  read.commerce = {
    ...read.commerce,
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    ...(coupon !== undefined && { coupon }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
  return rest;
}

/** GA4's names of what it has a name for; the rest under `promotion`. Iglu Central, promotion 1-0-0, 2026-11-24. */
function keepPromotion(read: Reading, rest: OpenObject): void {
  for (const [from, to] of [
    ['id', 'promotion_id'],
    ['name', 'promotion_name'],
    ['creative_id', 'creative_name'],
    ['slot', 'creative_slot'],
  ] as const) {
    const text = take(rest, from, readText);
    if (text !== undefined) put(read.properties, to, text);
  }
  keep(read, 'promotion', rest);
}

/** A step of the checkout without the buyer's address, which is contact data. */
function withoutAddress(read: Reading, rest: OpenObject): OpenObject {
  const postalCode = rest['billing_postcode'] ?? rest['shipping_postcode'];
  if (postalCode !== undefined) put(read.people, 'postal_code', postalCode);
  for (const key of ['billing', 'shipping']) {
    delete rest[`${key}_postcode`];
    delete rest[`${key}_full_address`];
  }
  const coupon = take(rest, 'coupon_code', readText);
  if (coupon !== undefined) read.commerce = { ...read.commerce, coupon };
  return rest;
}

/** Several entities of one kind become a list. */
function keep(read: Reading, name: string, rest: OpenObject): void {
  if (!hasKeys(rest)) return;
  const before = read.properties[name];
  put(read.properties, name, before === undefined ? rest : [before, rest].flat());
}

/** The older `add_to_cart` and `remove_from_cart` events, each of one product (Iglu Central, 1-0-0, 2026-11-24). */
export function readCartEvent({ data }: Described): Commerce {
  const { currency, ...product } = data;
  const code = readCurrency(currency);
  return {
    ...(code !== undefined && { currency: code }),
    items: [readItem(code === undefined ? data : product, itemNames)],
  };
}

/** The order of a `tr` event, without its items. */
export function readTransaction(parameters: Parameters): Commerce {
  const value = readNumber(parameters.get('tr_tt'));
  const currency = readCurrency(parameters.get('tr_cu'));
  const transactionId = readText(parameters.get('tr_id'));
  const tax = readNumber(parameters.get('tr_tx'));
  const shipping = readNumber(parameters.get('tr_sh'));
  return {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
}

/** Where the order of a `tr` event goes to. */
export function readBuyer(parameters: Parameters): Contact | undefined {
  const said: OpenObject = {};
  for (const [key, name] of [
    ['tr_ci', 'city'],
    ['tr_st', 'region'],
    ['tr_co', 'country'],
  ] as const) {
    const text = parameters.get(key);
    if (text !== undefined) said[name] = text;
  }
  return splitContact(said).contact;
}

/** One line of an order, a `ti` event. */
export function readTransactionItem(parameters: Parameters): Commerce {
  const currency = readCurrency(parameters.get('ti_cu'));
  const transactionId = readText(parameters.get('ti_id'));
  const item: OpenObject = {};
  for (const [key, name] of [
    ['ti_sk', 'id'],
    ['ti_nm', 'name'],
    // The protocol's older documentation names it so.
    ['ti_na', 'name'],
    ['ti_ca', 'category'],
    ['ti_pr', 'price'],
    ['ti_qu', 'quantity'],
  ] as const) {
    const text = parameters.get(key);
    if (text !== undefined) item[name] ??= text;
  }
  return {
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    items: [readItem(item, itemNames)],
  };
}
