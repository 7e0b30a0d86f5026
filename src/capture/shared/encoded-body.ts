import type { Hit, Reject } from '../../model/hit.ts';
import type { Json } from '../../model/json.ts';
import { readJson, readTextBody } from './json-body.ts';
import { readParameters } from './parameters.ts';

/**
 * JSON as the browser SDKs of PostHog and Mixpanel wrap it: as it is, or base64 in a form's or a query's `data`, also in
 * the URL-safe alphabet. The content type says nothing of it.
 */
export function readEncodedBody({
  body,
  query,
}: Pick<Hit, 'body' | 'query'>): { readonly json: Json } | Reject {
  const read = readTextBody(body);
  if ('reason' in read) return read;
  const text = read.text.trim();
  if (text.startsWith('{') || text.startsWith('[')) return readJson(text) ?? malformed('not valid JSON');
  const form = text === '' ? readParameters(query, 'query') : readParameters(text, 'body');
  return 'reason' in form ? form : readData(form.get('data'));
}

function readData(data: string | undefined): { readonly json: Json } | Reject {
  if (data === undefined || data === '') return malformed('neither JSON nor a form with `data`');
  // A form's `+` is a space, which base64 has no other use for.
  const encoded = data.replaceAll(' ', '+');
  const text = /^[[{]/.test(data) ? data : Buffer.from(encoded, 'base64').toString();
  return readJson(text) ?? malformed('`data` is not JSON in base64');
}

function malformed(message: string): Reject {
  return { reason: 'refused_malformed', at: 'body', message };
}
