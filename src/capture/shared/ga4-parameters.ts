import type { Commerce, Contact } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { hasKeys, type OpenObject, put, readCurrency, readNumber, readText, take } from './fields.ts';
import { itemNumber, readGa4Item } from './ga4-item.ts';
import { maxRawCharacters } from './limits.ts';
import type { Parameters } from './parameters.ts';

/** What the parameters of one GA4 event say, apart from its name, page and ids. */
export interface Ga4Fields {
  readonly commerce?: Commerce;
  readonly user?: Contact;
  /** By utm name without `utm_`. */
  readonly campaign?: Readonly<Record<string, string>>;
  readonly signals?: Readonly<Record<string, string>>;
  /** Event parameters; the rest under `user_properties` and, raw, under `ga4`. */
  readonly properties: JsonObject;
}

/** Sorts the parameters of one event; what has no meaning here is kept raw, so that it can be forwarded. */
export function readGa4Fields(parameters: Parameters): Ga4Fields {
  const sorted: Sorted = {
    event: {},
    user: {},
    raw: {},
    items: [],
    campaign: {},
    signals: {},
    session: {},
  };
  for (const [name, value] of parameters) sort(sorted, name, value);
  const contact = readUserData(parameters.get('em'));
  // The value itself may be contact data in the clear, so that only the fact is kept.
  if (parameters.has('em') && contact === undefined) sorted.raw['em'] = 'unreadable';
  const commerce = takeCommerce(sorted, parameters.get('cu'));
  return {
    ...(commerce && { commerce }),
    ...(contact && { user: contact }),
    ...(hasKeys(sorted.campaign) && { campaign: sorted.campaign }),
    ...(hasKeys(sorted.signals) && { signals: sorted.signals }),
    properties: {
      ...sorted.event,
      ...sorted.session,
      ...(hasKeys(sorted.user) && { user_properties: sorted.user }),
      ...(hasKeys(sorted.raw) && { ga4: sorted.raw }),
    },
  };
}

interface Sorted {
  readonly event: OpenObject;
  readonly user: OpenObject;
  readonly raw: OpenObject;
  readonly items: { readonly number: number; readonly text: string }[];
  readonly campaign: Record<string, string>;
  readonly signals: Record<string, string>;
  readonly session: OpenObject;
}

/** Google Analytics help 11242841, "Collect campaign data with custom URLs", 2026-11-23. */
const campaignNames: ReadonlyMap<string, string> = new Map([
  ['cs', 'source'],
  ['cm', 'medium'],
  ['cn', 'campaign'],
  ['cc', 'content'],
  ['ck', 'term'],
  ['ci', 'id'],
  ['csp', 'source_platform'],
  ['ccf', 'creative_format'],
  ['cmt', 'marketing_tactic'],
]);

const sessionNames: ReadonlyMap<string, string> = new Map([
  ['sid', 'ga_session_id'],
  ['sct', 'ga_session_number'],
  ['seg', 'session_engaged'],
]);

const signalNames = new Set([
  'gcs',
  'gcd',
  'npa',
  'dma',
  'dma_cps',
  'gdpr',
  'gdpr_consent',
  'addtl_consent',
  'us_privacy',
  'gpp',
  'gpp_sid',
]);

/** Read elsewhere, or contact data and addresses, which properties are not for. */
const notKept = new Set('v en cid uid dl dr dt ul sr cu _et em eme _uip'.split(' '));

function sort(sorted: Sorted, name: string, value: string): void {
  const dot = name.indexOf('.');
  const ownName = name.slice(dot + 1);
  switch (name.slice(0, Math.max(dot, 0))) {
    case 'ep':
      put(sorted.event, ownName, value);
      break;
    case 'epn':
      put(sorted.event, ownName, readNumber(value) ?? value);
      break;
    case 'up':
      put(sorted.user, ownName, value);
      break;
    case 'upn':
      put(sorted.user, ownName, readNumber(value) ?? value);
      break;
    default:
      if (!notKept.has(name)) sortGooglesOwn(sorted, name, value);
  }
}

function sortGooglesOwn(sorted: Sorted, name: string, value: string): void {
  const item = itemNumber(name);
  const session = sessionNames.get(name);
  const campaign = campaignNames.get(name);
  if (item !== undefined) sorted.items.push({ number: item, text: value });
  else if (session !== undefined) put(sorted.session, session, readNumber(value) ?? value);
  else if (campaign !== undefined && value !== '') sorted.campaign[campaign] = value;
  else if (signalNames.has(name)) sorted.signals[name] = value;
  else put(sorted.raw, name, value.slice(0, maxRawCharacters));
}

function takeCommerce({ event, items }: Sorted, cu: string | undefined): Commerce | undefined {
  const value = take(event, 'value', readNumber);
  const currency = readCurrency(cu) ?? take(event, 'currency', readCurrency);
  const transactionId = take(event, 'transaction_id', readText);
  const coupon = take(event, 'coupon', readText);
  const tax = take(event, 'tax', readNumber);
  const shipping = take(event, 'shipping', readNumber);
  const inOrder = items.toSorted((a, b) => a.number - b.number);
  const commerce: Commerce = {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    ...(inOrder.length > 0 && { items: inOrder.map((item) => readGa4Item(item.text)) }),
    ...(coupon !== undefined && { coupon }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
  return Object.keys(commerce).length > 0 ? commerce : undefined;
}

/**
 * User-provided data: `tv.1~em.<hash>~pn.<hash>`, SHA-256 in base64url. Seen in gtag.js hits, 2026-11-23. Turned into
 * hex, the form in which every platform knows a value as hashed already. Undefined: none that is well formed.
 */
function readUserData(em: string | undefined): Contact | undefined {
  const [version, ...fields] = em?.split('~') ?? [];
  if (version !== 'tv.1') return undefined;
  const emails: string[] = [];
  const phones: string[] = [];
  for (const field of fields) {
    const hashed = readHash(field.slice(3));
    if (hashed === undefined) continue;
    if (field.startsWith('em.')) emails.push(hashed);
    if (field.startsWith('pn.')) phones.push(hashed);
  }
  if (emails.length === 0 && phones.length === 0) return undefined;
  return { ...(emails.length > 0 && { emails }), ...(phones.length > 0 && { phones }) };
}

function readHash(text: string): string | undefined {
  if (/^[\da-f]{64}$/i.test(text)) return text.toLowerCase();
  return /^[\w-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url').toString('hex') : undefined;
}
