import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { findExcess, readJson } from './json-body.ts';
import type { Parameters } from './parameters.ts';

/** One self-describing piece of data: its schema's vendor, name and model, and what it says. */
export interface Described {
  readonly vendor: string;
  readonly name: string;
  /** The first number of the schema's version. */
  readonly model: string;
  /** The whole schema URI. */
  readonly schema: string;
  readonly data: JsonObject;
}

const maxEntities = 200;
const schemaUri = /^iglu:([\w.-]{1,128})\/([\w.-]{1,128})\/[\w.-]{1,64}\/(\d{1,4})-\d{1,4}-\d{1,4}$/;

/** Data with a schema; undefined: something else. */
export function readDescribed(value: Json | undefined): Described | undefined {
  if (!isJsonObject(value)) return undefined;
  const { schema, data } = value;
  if (typeof schema !== 'string' || !isJsonObject(data)) return undefined;
  const [, vendor, name, model] = schemaUri.exec(schema) ?? [];
  if (vendor === undefined || name === undefined || model === undefined) return undefined;
  return { vendor, name, model, schema, data };
}

/** The event itself, `ue_pr` or, in base64, `ue_px`; undefined where neither is readable. */
export function readSelfDescribing(parameters: Parameters): Described | undefined {
  const outer = readEncoded(parameters, 'ue_pr', 'ue_px');
  return isJsonObject(outer) ? readDescribed(outer['data']) : undefined;
}

/** The entities beside an event, `co` or, in base64, `cx`; null: there are some, and they cannot be read. */
export function readEntities(parameters: Parameters): readonly Described[] | null {
  if (!parameters.has('co') && !parameters.has('cx')) return [];
  const outer = readEncoded(parameters, 'co', 'cx');
  const data = isJsonObject(outer) ? outer['data'] : undefined;
  if (!Array.isArray(data) || data.length > maxEntities) return null;
  const entities = data.map(readDescribed);
  return entities.every((entity) => entity !== undefined) ? entities : null;
}

/** JSON as text, or in base64 of either alphabet, with or without padding; undefined: absent or neither. */
function readEncoded(parameters: Parameters, plain: string, encoded: string): Json | undefined {
  const base64 = parameters.get(encoded);
  // In a form or a query a `+` may have become a space, which base64 has no other use for.
  const text =
    parameters.get(plain) ?? (base64 && Buffer.from(base64.replaceAll(' ', '+'), 'base64').toString());
  if (text === undefined) return undefined;
  const json = readJson(text)?.json;
  return json === undefined || findExcess(json, plain) !== null ? undefined : json;
}

/** The column that Snowplow's own warehouse loaders give the entities of a schema: `contexts_com_acme_user_1`. */
export function columnOf({ vendor, name, model }: Described): string {
  return `contexts_${snake(vendor)}_${snake(name)}_${model}`;
}

function snake(text: string): string {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toLowerCase();
}
