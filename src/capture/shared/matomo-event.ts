import type { Commerce, Item, Page } from '../../model/event.ts';
import type { Draft, Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { digest } from './digest.ts';
import { hasKeys, type OpenObject, put, readNumber, readText, readTimeMs } from './fields.ts';
import { findExcess, readJson } from './json-body.ts';
import { maxNameCharacters } from './limits.ts';
import type { Parameters } from './parameters.ts';

/** What a request says by its parameters: its name, its order, and what of them has found its place. */
interface Meaning {
  readonly name: string;
  readonly commerce?: Commerce;
  readonly properties?: JsonObject;
  readonly used: readonly string[];
}

/** One request of Matomo's tracking API as a draft (developer.matomo.org, tracking API, 2026-11-23). */
export function readMatomoEvent(parameters: Parameters, sentBy: Draft['sentBy']): Draft | Reject {
  const meaning = meaningOf(parameters);
  if (meaning.name.length > maxNameCharacters) {
    return { reason: 'refused_invalid', at: 'e_a', message: `longer than ${maxNameCharacters} characters` };
  }
  const page = pageOf(parameters);
  const userId = readText(parameters.get('uid'));
  const visitorId = readText(parameters.get('cid') ?? parameters.get('_id'));
  const id = idOf(parameters, visitorId);
  const screen = readText(parameters.get('res'));
  const language = readText(parameters.get('lang'));
  return {
    name: meaning.name,
    ...(id !== undefined && { id }),
    sentBy,
    ...(page && { page }),
    ...(userId !== undefined && { userId }),
    ...(visitorId !== undefined && { clientIds: { matomo: visitorId } }),
    ...(meaning.commerce && { commerce: meaning.commerce }),
    ...(screen !== undefined && { screen }),
    ...(language !== undefined && { language }),
    ...(sentBy === 'server' && statedByServer(parameters)),
    properties: { ...meaning.properties, ...restOf(parameters, new Set(meaning.used)) },
  };
}

/** The first that applies, in the order in which Matomo asks. */
function meaningOf(parameters: Parameters): Meaning {
  const has = (key: string): boolean => (parameters.get(key) ?? '') !== '';
  if (parameters.get('ping') === '1') return { name: 'page_ping', used: ['ping'] };
  if (has('ec_id')) return purchaseOf(parameters);
  if (parameters.get('idgoal') === '0') return { ...purchaseOf(parameters), name: 'cart_update' };
  if (has('idgoal')) return goalOf(parameters);
  if (has('e_c') && has('e_a')) return eventOf(parameters);
  if (has('search')) return searchOf(parameters);
  if (has('download')) return linkOf(parameters, 'file_download', 'download');
  if (has('link')) return linkOf(parameters, 'click', 'link');
  if (has('c_n')) return contentOf(parameters);
  const name = parameters.get('ca') === '1' ? 'custom_action' : 'page_view';
  const items = viewedItem(parameters);
  return { name, ...(items && { commerce: { items } }), used: ['ca', ...(items ? viewedKeys : [])] };
}

function purchaseOf(parameters: Parameters): Meaning {
  const transactionId = readText(parameters.get('ec_id'));
  const value = readNumber(parameters.get('revenue'));
  const tax = readNumber(parameters.get('ec_tx'));
  const shipping = readNumber(parameters.get('ec_sh'));
  const items = orderedItems(parameters.get('ec_items'));
  return {
    name: 'purchase',
    commerce: {
      ...(value !== undefined && { value }),
      ...(transactionId !== undefined && { transactionId }),
      ...(items !== null && { items }),
      ...(tax !== undefined && { tax }),
      ...(shipping !== undefined && { shipping }),
    },
    used: ['idgoal', 'ec_id', 'revenue', 'ec_tx', 'ec_sh', ...(items === null ? [] : ['ec_items'])],
  };
}

/** `[[sku, name, category or categories, price, quantity], …]`; null where it is absent or something else. */
function orderedItems(text: string | undefined): readonly Item[] | null {
  const json = text === undefined ? undefined : readJson(text)?.json;
  if (!Array.isArray(json) || findExcess(json, 'ec_items') !== null) return null;
  return json.flatMap((row) => (Array.isArray(row) ? [itemOf(row)] : []));
}

function itemOf([sku, title, categories, cost, count]: readonly Json[]): Item {
  const [first, ...more] = [categories ?? []].flat().flatMap((one) => readText(one) ?? []);
  const id = readText(sku);
  const name = readText(title);
  const price = readNumber(cost);
  const quantity = readNumber(count);
  return {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(first !== undefined && { category: first }),
    ...(price !== undefined && { price }),
    ...(quantity !== undefined && { quantity }),
    ...(more.length > 0 && { extra: { categories: more } }),
  };
}

const viewedKeys = ['_pks', '_pkn', '_pkc', '_pkp'] as const;

/** The product that a page view shows. */
function viewedItem(parameters: Parameters): readonly Item[] | null {
  const [sku, name, category, price] = viewedKeys.map((key) => parameters.get(key) ?? null);
  if (sku === null && name === null) return null;
  const categories = readJson(category ?? '')?.json;
  return [
    itemOf([
      sku ?? null,
      name ?? null,
      Array.isArray(categories) ? categories : (category ?? null),
      price ?? null,
    ]),
  ];
}

function goalOf(parameters: Parameters): Meaning {
  const value = readNumber(parameters.get('revenue'));
  return {
    name: 'goal',
    ...(value !== undefined && { commerce: { value } }),
    properties: { goal_id: parameters.get('idgoal') ?? null },
    used: ['idgoal', ...(value === undefined ? [] : ['revenue'])],
  };
}

/** Category, action, name and value; the action is what happened. */
function eventOf(parameters: Parameters): Meaning {
  const label = readText(parameters.get('e_n'));
  const value = readNumber(parameters.get('e_v'));
  return {
    name: parameters.get('e_a') ?? '',
    properties: {
      category: parameters.get('e_c') ?? null,
      ...(label !== undefined && { label }),
      ...(value !== undefined && { value }),
    },
    used: ['e_c', 'e_a', 'e_n', ...(value === undefined ? [] : ['e_v']), 'ca'],
  };
}

function searchOf(parameters: Parameters): Meaning {
  const category = readText(parameters.get('search_cat'));
  const count = readNumber(parameters.get('search_count'));
  return {
    name: 'view_search_results',
    properties: {
      search_term: parameters.get('search') ?? null,
      ...(category !== undefined && { search_category: category }),
      ...(count !== undefined && { search_results: count }),
    },
    used: ['search', 'search_cat', ...(count === undefined ? [] : ['search_count'])],
  };
}

function linkOf(parameters: Parameters, name: string, key: 'download' | 'link'): Meaning {
  return { name, properties: { link_url: parameters.get(key) ?? null }, used: ['link', 'download'] };
}

function contentOf(parameters: Parameters): Meaning {
  const target = readText(parameters.get('c_t'));
  const piece = readText(parameters.get('c_p'));
  return {
    name: parameters.has('c_i') ? 'content_interaction' : 'content_impression',
    properties: {
      content_name: parameters.get('c_n') ?? null,
      ...(piece !== undefined && { content_piece: piece }),
      ...(target !== undefined && { content_target: target }),
    },
    used: ['c_n', 'c_p', 'c_t'],
  };
}

function pageOf(parameters: Parameters): Page | undefined {
  const url = readText(parameters.get('url'));
  const referrer = readText(parameters.get('urlref'));
  const title = readText(parameters.get('action_name'));
  const view = parameters.get('pv_id');
  const visitorId = parameters.get('_id');
  const page: Page = {
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
    ...(title !== undefined && { title }),
    ...(view !== undefined && visitorId !== undefined && { loadId: digest([visitorId, view]) }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

/** The tracker sends no event id; `r` is drawn for each request, and is the same when one is sent again. */
function idOf(parameters: Parameters, visitorId: string | undefined): string | undefined {
  const random = parameters.get('r') ?? parameters.get('rand');
  const view = parameters.get('pv_id');
  if (random === undefined || view === undefined) return undefined;
  return digest([parameters.get('idsite') ?? '', visitorId ?? '', view, random]);
}

/** What Matomo believes only with a token: of a request by a server, here. */
function statedByServer(parameters: Parameters): Pick<Draft, 'occurredAtMs' | 'userAgent' | 'ip'> {
  const stated = parameters.get('cdt') ?? '';
  const occurredAtMs = /^\d{9,11}$/.test(stated) ? Number(stated) * 1000 : readTimeMs(stated);
  const userAgent = readText(parameters.get('ua'));
  const ip = readText(parameters.get('cip'));
  return {
    ...(occurredAtMs !== undefined && { occurredAtMs }),
    ...(userAgent !== undefined && { userAgent }),
    ...(ip !== undefined && { ip }),
  };
}

/** Read elsewhere, meant for the transport, or a secret. */
const known: ReadonlySet<string> = new Set([
  ...[
    'rec',
    'r',
    'rand',
    'h',
    'm',
    's',
    'send_image',
    'apiv',
    'cookie',
    'cs',
    'token_auth',
    'queuedtracking',
  ],
  ...['url', 'urlref', 'action_name', 'pv_id', '_id', 'cid', 'uid', 'res', 'lang', 'cdt', 'ua', 'cip'],
]);

/** Custom dimensions as they are named; the rest beside them under the tool's name. */
function restOf(parameters: Parameters, used: ReadonlySet<string>): JsonObject {
  const dimensions: OpenObject = {};
  const rest: OpenObject = {};
  for (const [key, value] of parameters) {
    if (known.has(key) || used.has(key) || value === '') continue;
    if (/^dimension\d{1,3}$/.test(key)) put(dimensions, key, value);
    else put(rest, key, isVariables(key) ? variablesOf(value) : value);
  }
  return { ...dimensions, ...(hasKeys(rest) && { matomo: rest }) };
}

function isVariables(key: string): boolean {
  return key === 'cvar' || key === '_cvar' || key === 'uadata';
}

/** JSON that the tracker writes as text; what cannot be read stays text. */
function variablesOf(text: string): Json {
  const json = readJson(text)?.json;
  return isJsonObject(json) && findExcess(json, 'cvar') === null ? json : text;
}
