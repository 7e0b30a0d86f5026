import type { Client, Commerce, Event, Item, Page, Visitor } from '../model/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Touch } from '../model/touch.ts';
import { mask, maskText, mayHoldContact } from './contact-text.ts';
import { asksForContact, asksForName, isContactValue, maskAddress } from './mask-address.ts';

/**
 * The event with the contact data masked that stands where no field is made for it: in its name, addresses, title, touches,
 * items and properties. The contact data itself, in `user`, is not looked at. The very same event where there is none.
 */
export function maskContacts(event: Event): Event {
  const { name, page, campaign, client, commerce, properties } = event;
  const touch = campaign.touch && maskTouch(campaign.touch);
  const session = campaign.session && maskTouch(campaign.session);
  const first = campaign.first && maskTouch(campaign.first);
  const masked = {
    name: maskText(name),
    ...(page && { page: maskPage(page) }),
    client: maskClient(client),
    ...(commerce && { commerce: maskCommerce(commerce) }),
    properties: maskObject(properties),
  };
  const isCampaignSame = touch === campaign.touch && session === campaign.session && first === campaign.first;
  const isSame =
    isCampaignSame &&
    masked.name === name &&
    masked.page === page &&
    masked.client === client &&
    masked.commerce === commerce &&
    masked.properties === properties;
  if (isSame) return event;
  const touches = { ...(touch && { touch }), ...(session && { session }), ...(first && { first }) };
  return { ...event, ...masked, campaign: isCampaignSame ? campaign : touches };
}

/** The visitor without ids that are an e-mail address, a phone or a card number: those hang on ad_user_data too. */
export function withoutContactIds(visitor: Visitor): Visitor {
  const { userId, clientIds, ...rest } = visitor;
  const isNamed = userId !== undefined && mayHoldContact(userId) && maskText(userId) !== userId;
  const tools = Object.entries(clientIds);
  // Their numbers are the tools' own; only an address can be told from an id.
  const kept = tools.filter(([, id]) => !id.includes('@') || maskText(id) === id);
  if (!isNamed && kept.length === tools.length) return visitor;
  return {
    ...rest,
    ...(!isNamed && userId !== undefined && { userId }),
    clientIds: kept.length === tools.length ? clientIds : Object.fromEntries(kept),
  };
}

function maskPage(page: Page): Page {
  const { url, referrer, title } = page;
  const cleanUrl = url === undefined ? undefined : maskAddress(url);
  const cleanReferrer = referrer === undefined ? undefined : maskAddress(referrer);
  const cleanTitle = title === undefined ? undefined : maskText(title);
  if (cleanUrl === url && cleanReferrer === referrer && cleanTitle === title) return page;
  return {
    ...page,
    ...(cleanUrl !== undefined && { url: cleanUrl }),
    ...(cleanReferrer !== undefined && { referrer: cleanReferrer }),
    ...(cleanTitle !== undefined && { title: cleanTitle }),
  };
}

/** Click ids are the platforms' own and may look like anything. */
function maskTouch(touch: Touch): Touch {
  let masked: Touch = touch;
  for (const field of labels) {
    const text = touch[field];
    if (text === undefined) continue;
    const clean = field === 'referrer' || field === 'landingPage' ? maskAddress(text) : maskText(text);
    if (clean !== text) masked = { ...masked, [field]: clean };
  }
  const { parameters } = touch;
  const clean = parameters === undefined ? undefined : maskTexts(parameters);
  return clean === parameters || clean === undefined ? masked : { ...masked, parameters: clean };
}

const labels = [
  'source',
  'medium',
  'campaign',
  'content',
  'term',
  'id',
  'sourcePlatform',
  'creativeFormat',
  'marketingTactic',
  'referrer',
  'landingPage',
] as const;

/** A user agent is full of numbers; a sign is in nobody's but a bot's, or in a forged one. */
function maskClient(client: Client): Client {
  const { userAgent } = client;
  if (userAgent?.includes('@') !== true) return client;
  const clean = maskText(userAgent);
  return clean === userAgent ? client : { ...client, userAgent: clean };
}

/** Order and article numbers are numbers: there only an address can be told from an id. */
function maskCommerce(commerce: Commerce): Commerce {
  const { transactionId, coupon, items } = commerce;
  const order = transactionId === undefined ? undefined : maskSigned(transactionId);
  const code = coupon === undefined ? undefined : maskText(coupon);
  const goods = items === undefined ? undefined : maskList(items, maskItem);
  if (order === transactionId && code === coupon && goods === items) return commerce;
  return {
    ...commerce,
    ...(order !== undefined && { transactionId: order }),
    ...(code !== undefined && { coupon: code }),
    ...(goods !== undefined && { items: goods }),
  };
}

function maskItem(item: Item): Item {
  let masked: Item = item;
  for (const field of ['name', 'brand', 'category', 'variant', 'coupon'] as const) {
    const text = item[field];
    const clean = text === undefined ? undefined : maskText(text);
    if (clean !== undefined && clean !== text) masked = { ...masked, [field]: clean };
  }
  const { id, extra } = item;
  const sku = id === undefined ? undefined : maskSigned(id);
  if (sku !== undefined && sku !== id) masked = { ...masked, id: sku };
  const rest = extra === undefined ? undefined : maskObject(extra);
  return rest === undefined || rest === extra ? masked : { ...masked, extra: rest };
}

function maskSigned(id: string): string {
  return id.includes('@') || id.includes('%') ? maskText(id) : id;
}

function maskTexts(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const clean = Object.entries(texts).map(([key, text]) => [key, maskText(text)] as const);
  return clean.every(([key, text]) => texts[key] === text) ? texts : Object.fromEntries(clean);
}

/** Keys are looked at too: a key may be an address, and its name may say that its value is somebody's. */
function maskObject(given: JsonObject): JsonObject {
  let isSame = true;
  const entries: (readonly [string, Json])[] = [];
  for (const key of Object.keys(given)) {
    const value = given[key] ?? null;
    const cleanKey = maskText(key);
    const clean = maskValue(value, key);
    if (cleanKey !== key || clean !== value) isSame = false;
    entries.push([cleanKey, clean]);
  }
  return isSame ? given : Object.fromEntries(entries);
}

function maskValue(value: Json, key: string): Json {
  if (typeof value === 'string') return maskNamed(value, key);
  if (typeof value === 'number') return maskNumber(value, key);
  if (value === null || typeof value === 'boolean') return value;
  if (isJsonObject(value)) return maskObject(value);
  return maskList(value, (entry) => maskValue(entry, key));
}

function maskNamed(text: string, key: string): string {
  if (text === '') return text;
  if (asksForName(key) || (asksForContact(key) && isContactValue(text))) return mask;
  return maskAddress(text);
}

/** Shorter ones are times, prices and ids; a card number has fourteen digits and more. */
function maskNumber(value: number, key: string): Json {
  const isLong = value >= 1e13 || (value >= 1e7 && asksForContact(key));
  return isLong && maskNamed(String(value), key) !== String(value) ? mask : value;
}

function maskList<Entry>(list: readonly Entry[], clean: (entry: Entry) => Entry): readonly Entry[] {
  let isSame = true;
  const masked = list.map((entry) => {
    const cleaned = clean(entry);
    if (cleaned !== entry) isSame = false;
    return cleaned;
  });
  return isSame ? list : masked;
}
