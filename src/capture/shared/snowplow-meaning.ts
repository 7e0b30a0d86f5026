import type { Commerce, Contact } from '../../model/event.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { type OpenObject, readNumber, readText, withoutKeys } from './fields.ts';
import type { Parameters } from './parameters.ts';
import { readBuyer, readCartEvent, readTransaction, readTransactionItem } from './snowplow-commerce.ts';
import type { Described } from './snowplow-schemas.ts';

/** What an event is by its own parameters. */
export interface SnowplowMeaning {
  readonly name: string;
  readonly commerce?: Commerce;
  readonly user?: Contact;
  readonly properties?: JsonObject;
  /** The schema of a self-describing event. */
  readonly schema?: string;
  readonly used: readonly string[];
}

/** What an event is by its type; null: its type is not one of the protocol's, or its own data cannot be read. */
export function readSnowplowMeaning(
  parameters: Parameters,
  described: Described | undefined,
  action: string | undefined,
): SnowplowMeaning | null {
  switch (parameters.get('e')) {
    case 'pv':
      return { name: 'page_view', used: [] };
    case 'pp':
      return pingOf(parameters);
    case 'se':
      return structOf(parameters);
    case 'tr':
      return transactionOf(parameters);
    case 'ti':
      return itemOf(parameters);
    case 'ue':
      return described === undefined ? null : selfDescribed(described, action);
    default:
      return null;
  }
}

/** How far the page was scrolled. A ping says that the visitor was there, but not for how long: its interval is not sent. */
function pingOf(parameters: Parameters): SnowplowMeaning {
  const keys = ['pp_mix', 'pp_max', 'pp_miy', 'pp_may'] as const;
  const properties: OpenObject = {};
  for (const key of keys) {
    const offset = readNumber(parameters.get(key));
    if (offset !== undefined) properties[key] = offset;
  }
  return { name: 'page_ping', properties, used: Object.keys(properties) };
}

/** Category, action, label, property and value; the action is what happened. */
function structOf(parameters: Parameters): SnowplowMeaning {
  const properties: OpenObject = {};
  for (const [key, name] of [
    ['se_ca', 'category'],
    ['se_la', 'label'],
    ['se_pr', 'property'],
  ] as const) {
    const text = readText(parameters.get(key));
    if (text !== undefined) properties[name] = text;
  }
  const value = readNumber(parameters.get('se_va'));
  if (value !== undefined) properties['value'] = value;
  return {
    name: readText(parameters.get('se_ac')) ?? '',
    properties,
    used: ['se_ca', 'se_ac', 'se_la', 'se_pr', ...(value === undefined ? [] : ['se_va'])],
  };
}

function transactionOf(parameters: Parameters): SnowplowMeaning {
  const user = readBuyer(parameters);
  const affiliation = readText(parameters.get('tr_af'));
  return {
    name: 'purchase',
    commerce: readTransaction(parameters),
    ...(user && { user }),
    ...(affiliation !== undefined && { properties: { affiliation } }),
    used: ['tr_id', 'tr_af', 'tr_tt', 'tr_tx', 'tr_sh', 'tr_cu', 'tr_ci', 'tr_st', 'tr_co'],
  };
}

function itemOf(parameters: Parameters): SnowplowMeaning {
  return {
    name: 'transaction_item',
    commerce: readTransactionItem(parameters),
    used: ['ti_id', 'ti_sk', 'ti_nm', 'ti_na', 'ti_ca', 'ti_pr', 'ti_qu', 'ti_cu'],
  };
}

/** Snowplow's own events that GA4 has a name for. */
const ownNames: ReadonlyMap<string, string> = new Map([
  ['link_click', 'click'],
  ['submit_form', 'form_submit'],
  ['site_search', 'view_search_results'],
]);

function selfDescribed(described: Described, action: string | undefined): SnowplowMeaning {
  const { vendor, name, data, schema } = described;
  const used = ['ue_pr', 'ue_px'];
  if (action !== undefined) {
    const { type: _type, name: list, ...rest } = data;
    const properties = typeof list === 'string' ? { item_list_name: list, ...rest } : rest;
    return { name: action, properties, schema, used };
  }
  if (vendor !== 'com.snowplowanalytics.snowplow') return { name, properties: copyOf(data), schema, used };
  if (name === 'add_to_cart' || name === 'remove_from_cart') {
    return { name, commerce: readCartEvent(described), schema, used };
  }
  const properties = isForm(name) ? withoutInput(data) : copyOf(data);
  if (name === 'link_click') rename(properties, 'targetUrl', 'link_url');
  if (name === 'site_search' && Array.isArray(data['terms'])) {
    properties['search_term'] = data['terms'].filter((term) => typeof term === 'string').join(' ');
    delete properties['terms'];
  }
  return { name: ownNames.get(name) ?? name, properties, schema, used };
}

function copyOf(data: JsonObject): OpenObject {
  return withoutKeys(data, new Set());
}

function rename(properties: OpenObject, from: string, to: string): void {
  const value = properties[from];
  if (value === undefined) return;
  delete properties[from];
  properties[to] = value;
}

function isForm(name: string): boolean {
  return name === 'submit_form' || name === 'change_form' || name === 'focus_form';
}

/** A form's fields without what was typed into them, which is contact data more often than not. */
function withoutInput(data: JsonObject): OpenObject {
  const { value: _typed, elements, ...rest } = data;
  if (!Array.isArray(elements)) return copyOf(rest);
  return {
    ...copyOf(rest),
    elements: elements.filter(isJsonObject).map(({ value: _input, ...field }) => field),
  };
}
