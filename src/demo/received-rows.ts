import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { Received } from './inbox.ts';

/** One event as the receiver's page lists it. Absent: the platform's payload does not say. */
export interface ReceivedRow {
  readonly name: string;
  /** The order's value with its currency, such as `EUR 42.50`. */
  readonly value?: string;
  readonly page?: string;
  /** Consent types the payload states as granted, and those it states as not granted. */
  readonly granted: readonly string[];
  readonly denied: readonly string[];
}

/** The events of one request, in its order; never throws, whatever was sent. */
export function rowsOf({ platform, body }: Received): readonly ReceivedRow[] {
  const root = objectOf(body);
  switch (platform) {
    case 'webhook':
      return [webhookRow(root)];
    case 'ga4':
      return objectsOf(root['events']).map((event) => ga4Row(event, objectOf(root['consent'])));
    case 'meta':
      return objectsOf(root['data']).map(metaRow);
  }
}

function webhookRow(root: JsonObject): ReceivedRow {
  const event = objectOf(root['data']);
  const commerce = objectOf(event['commerce']);
  const types = Object.entries(objectOf(objectOf(event['consent'])['types']));
  const isGranted = (answer: Json) => objectOf(answer)['granted'] === true;
  return {
    name: textOf(event['name']) ?? textOf(root['type']) ?? '(no name)',
    ...valueField(commerce['value'], commerce['currency']),
    ...pageField(objectOf(event['page'])['url']),
    granted: types.filter(([, answer]) => isGranted(answer)).map(([type]) => type),
    denied: types.filter(([, answer]) => !isGranted(answer)).map(([type]) => type),
  };
}

function ga4Row(event: JsonObject, consent: JsonObject): ReceivedRow {
  const params = objectOf(event['params']);
  const types = Object.entries(consent);
  return {
    name: textOf(event['name']) ?? '(no name)',
    ...valueField(params['value'], params['currency']),
    ...pageField(params['page_location']),
    granted: types.filter(([, answer]) => answer === 'GRANTED').map(([type]) => type),
    denied: types.filter(([, answer]) => answer !== 'GRANTED').map(([type]) => type),
  };
}

function metaRow(event: JsonObject): ReceivedRow {
  const custom = objectOf(event['custom_data']);
  return {
    name: textOf(event['event_name']) ?? '(no name)',
    ...valueField(custom['value'], custom['currency']),
    ...pageField(event['event_source_url']),
    granted: [],
    denied: event['opt_out'] === true ? ['opt_out'] : [],
  };
}

function valueField(value: Json | undefined, currency: Json | undefined): { readonly value?: string } {
  if (typeof value !== 'number') return {};
  return { value: `${textOf(currency) ?? ''} ${value.toFixed(2)}`.trim() };
}

function pageField(page: Json | undefined): { readonly page?: string } {
  return typeof page === 'string' ? { page } : {};
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
