import type { Commerce, Page } from '../../model/event.ts';
import type { Draft, Reject } from '../../model/hit.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { splitContact } from './contact.ts';
import { digest } from './digest.ts';
import {
  consentText,
  hasKeys,
  type OpenObject,
  put,
  readCurrency,
  readNumber,
  readText,
  take,
  withoutKeys,
} from './fields.ts';
import { ga4ItemNames, readItem } from './items.ts';
import { findExcess } from './json-body.ts';
import { maxNameCharacters } from './limits.ts';

/** What the events of one request share, read once. Its properties are those of every event. */
export interface MpRequest
  extends Pick<
    Draft,
    | 'sentBy'
    | 'userId'
    | 'clientIds'
    | 'user'
    | 'signals'
    | 'screen'
    | 'language'
    | 'ip'
    | 'userAgent'
    | 'properties'
  > {
  readonly timestampMicros?: number;
}

/** Google, Measurement Protocol reference, 2026-11-24. */
const requestKeys: ReadonlySet<string> = new Set(
  (
    'events client_id app_instance_id user_id timestamp_micros user_properties user_data consent ' +
    'non_personalized_ads ip_override user_agent device validation_behavior api_secret'
  ).split(' '),
);

/** Reads what the events of a request share; `measurementId` names the stream they were meant for. */
export function readMpRequest(
  body: JsonObject,
  { sentBy, measurementId }: { readonly sentBy: Draft['sentBy']; readonly measurementId: string | undefined },
): MpRequest {
  const device: OpenObject = isJsonObject(body['device']) ? copyOf(body['device']) : {};
  const screen = take(device, 'screen_resolution', readText);
  const language = take(device, 'language', readText);
  const traits = splitContact(valuesOf(body['user_properties']));
  const user = readPerson(body['user_data']) ?? traits.contact;
  const signals = signalsOf(body);
  const userId = readText(body['user_id']);
  const timestampMicros = readNumber(body['timestamp_micros']);
  const clientIds = clientIdsOf(body);
  const rest = {
    ...(measurementId !== undefined && { measurement_id: measurementId }),
    ...withoutKeys(body, requestKeys),
    ...(hasKeys(device) && { device }),
  };
  return {
    sentBy,
    ...(userId !== undefined && { userId }),
    ...(clientIds && { clientIds }),
    ...(user && { user }),
    ...(signals && { signals }),
    ...(screen !== undefined && { screen }),
    ...(language !== undefined && { language }),
    ...(sentBy === 'server' && statedByServer(body)),
    ...(timestampMicros !== undefined && { timestampMicros }),
    properties: {
      ...(hasKeys(traits.rest) && { user_properties: traits.rest }),
      ...(hasKeys(rest) && { ga4: rest }),
    },
  };
}

/** Of a browser the request itself tells both more truly. */
function statedByServer(body: JsonObject): Pick<Draft, 'ip' | 'userAgent'> {
  const ip = readText(body['ip_override']);
  const userAgent = readText(body['user_agent']);
  return { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
}

function clientIdsOf(body: JsonObject): Draft['clientIds'] {
  const clientId = readText(body['client_id']);
  const instanceId = readText(body['app_instance_id']);
  if (clientId === undefined && instanceId === undefined) return undefined;
  return {
    ...(clientId !== undefined && { ga: clientId }),
    ...(instanceId !== undefined && { firebase: instanceId }),
  };
}

/** `{ plan: { value: 'gold' } }` as `{ plan: 'gold' }`. */
function valuesOf(properties: Json | undefined): OpenObject {
  const values: OpenObject = {};
  if (!isJsonObject(properties)) return values;
  for (const [key, property] of Object.entries(properties)) {
    const value = isJsonObject(property) ? property['value'] : property;
    if (value !== undefined) put(values, key, value);
  }
  return values;
}

function readPerson(data: Json | undefined): Draft['user'] {
  return isJsonObject(data) ? splitContact(data).contact : undefined;
}

/** `GRANTED` and `DENIED` in the spelling of Consent Mode; anything else is passed on, to be seen as unreadable. */
function signalsOf(body: JsonObject): Draft['signals'] {
  const { consent, non_personalized_ads: isNonPersonal } = body;
  const stated = isJsonObject(consent)
    ? Object.fromEntries(Object.entries(consent).map(([type, state]) => [type, lowerCase(state)]))
    : consent;
  const hasConsent = stated !== undefined && stated !== null;
  if (!hasConsent && isNonPersonal !== true) return undefined;
  return {
    ...(hasConsent && { consent: consentText(stated) }),
    ...(isNonPersonal === true && { npa: '1' }),
  };
}

function lowerCase(value: Json): Json {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** One event of a request as a draft. */
export function readMpEvent(event: Json, request: MpRequest, index: number): Draft | Reject {
  const at = `events[${index}]`;
  if (!isJsonObject(event)) return { reason: 'refused_invalid', at, message: 'an event is an object' };
  const excess = findExcess(event, at);
  if (excess) return excess;
  const name = readText(event['name']);
  if (name === undefined || name.length > maxNameCharacters) {
    const message = `an event needs a name of 1 to ${maxNameCharacters} characters`;
    return { reason: 'refused_invalid', at: `${at}.name`, message };
  }
  const params: OpenObject = isJsonObject(event['params']) ? copyOf(event['params']) : {};
  const { timestampMicros, properties, ...shared } = request;
  const campaign = name === 'campaign_details' ? takeCampaign(params) : undefined;
  const user = takePerson(params);
  const known = takeKnown(params);
  takeSession(params);
  return {
    ...shared,
    name,
    ...timeOf(event, request, index),
    ...known,
    ...(campaign && { campaign }),
    ...(user && { user }),
    properties: { ...withoutKeys(event, eventKeys), ...params, ...properties },
  };
}

/** A time that the sender states tells an event from every other, and is the same when the request is sent again. */
function timeOf(
  event: JsonObject,
  { timestampMicros, clientIds, userId }: MpRequest,
  index: number,
): Pick<Draft, 'id' | 'occurredAtMs'> {
  const micros = readNumber(event['timestamp_micros']) ?? timestampMicros;
  if (micros === undefined) return {};
  const who = JSON.stringify(clientIds ?? userId ?? '');
  return {
    id: digest([who, micros, index, JSON.stringify(event)]),
    occurredAtMs: Math.trunc(micros / 1000),
  };
}

function takePerson(params: OpenObject): Draft['user'] {
  const person = readPerson(params['user_data']);
  delete params['user_data'];
  return person;
}

function takeKnown(params: OpenObject): Pick<Draft, 'page' | 'commerce' | 'engagementMs'> {
  const page = takePage(params);
  const commerce = takeCommerce(params);
  const engagementMs = take(params, 'engagement_time_msec', readNumber);
  return {
    ...(page && { page }),
    ...(commerce && { commerce }),
    ...(engagementMs !== undefined && engagementMs >= 0 && { engagementMs: Math.trunc(engagementMs) }),
  };
}

const eventKeys: ReadonlySet<string> = new Set(['name', 'params', 'timestamp_micros']);

function copyOf(object: JsonObject): OpenObject {
  return withoutKeys(object, new Set());
}

function takePage(params: OpenObject): Page | undefined {
  const url = take(params, 'page_location', readText);
  const referrer = take(params, 'page_referrer', readText);
  const title = take(params, 'page_title', readText);
  const page: Page = {
    ...(url !== undefined && { url }),
    ...(referrer !== undefined && { referrer }),
    ...(title !== undefined && { title }),
  };
  return Object.keys(page).length > 0 ? page : undefined;
}

/** The session under the names that gtag.js gives it in its own reports. */
function takeSession(params: OpenObject): void {
  for (const key of ['session_id', 'session_number'] as const) {
    const value = params[key];
    if (value === undefined) continue;
    delete params[key];
    params[`ga_${key}`] = readNumber(value) ?? value;
  }
}

/** Parameters of `campaign_details`, by utm name without `utm_`. */
function takeCampaign(params: OpenObject): Draft['campaign'] {
  const campaign: Record<string, string> = {};
  for (const [key, name] of [
    ['campaign', 'campaign'],
    ['source', 'source'],
    ['medium', 'medium'],
    ['term', 'term'],
    ['content', 'content'],
    ['campaign_id', 'id'],
  ] as const) {
    const text = take(params, key, readText);
    if (text !== undefined) campaign[name] = text;
  }
  return hasKeys(campaign) ? campaign : undefined;
}

function takeCommerce(params: OpenObject): Commerce | undefined {
  const value = take(params, 'value', readNumber);
  const currency = take(params, 'currency', readCurrency);
  const transactionId = take(params, 'transaction_id', readText);
  const coupon = take(params, 'coupon', readText);
  const tax = take(params, 'tax', readNumber);
  const shipping = take(params, 'shipping', readNumber);
  const { items } = params;
  const hasItems = isItems(items);
  if (hasItems) delete params['items'];
  const commerce: Commerce = {
    ...(value !== undefined && { value }),
    ...(currency !== undefined && { currency }),
    ...(transactionId !== undefined && { transactionId }),
    ...(hasItems && { items: items.map((item) => readItem(item, ga4ItemNames)) }),
    ...(coupon !== undefined && { coupon }),
    ...(tax !== undefined && { tax }),
    ...(shipping !== undefined && { shipping }),
  };
  return Object.keys(commerce).length > 0 ? commerce : undefined;
}

function isItems(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}
