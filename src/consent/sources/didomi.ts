import type { JsonObject } from '../../model/json.ts';
import { firstReading, own, ownObject, parseJsonObject } from '../shared/cookie-text.ts';
import { type ConsentRecord, undecided } from '../shared/record.ts';
import { type RecordPlace, recordSource } from '../shared/record-source.ts';

/** Didomi. Format as in public samples and the vendor's SDK, 2026-11-23. */
export const source = recordSource({
  name: 'didomi',
  description:
    "Didomi's cookie, `didomi_token` unless the site names it otherwise: base64 of JSON whose `purposes` lists what is " +
    'enabled and what is disabled; without `purposes` nobody has chosen. Purposes differ by site, so nothing is ' +
    'granted before `consent.categories.didomi` names them, such as `{ measure_content_performance: ' +
    '[analytics_storage] }`.',
  cookie: 'didomi_token',
  categories: {},
  decode,
  examples: [
    {
      title: 'a token without a choice',
      // {"version":2}
      cookies: { didomi_token: 'eyJ2ZXJzaW9uIjoyfQ==' },
      expect: { source: 'didomi', types: {} },
    },
    {
      title: "a choice, before the site's purposes are mapped",
      // {"purposes":{"enabled":["cookies"]}}
      cookies: { didomi_token: 'eyJwdXJwb3NlcyI6eyJlbmFibGVkIjpbImNvb2tpZXMiXX19' },
      expect: {
        source: 'didomi',
        types: {},
        problem: "none of the record's categories is in consent.categories.didomi",
      },
    },
    {
      title: 'a token that is not base64',
      cookies: { didomi_token: '%%%' },
      expect: { source: 'didomi', types: {}, problem: 'the cookie is not base64 of a JSON object' },
    },
    { title: 'no Didomi cookie', cookies: {}, expect: null },
  ],
});

function decode({ value }: RecordPlace): ConsentRecord | null {
  if (value === '') return null;
  const token = firstReading(value, tokenOf);
  if (token === null) return { problem: 'the cookie is not base64 of a JSON object' };
  if (own(token, 'purposes') === undefined) return undecided;
  const purposes = ownObject(token, 'purposes');
  const enabled = purposes === null ? null : namesIn(purposes, 'enabled');
  const disabled = purposes === null ? null : namesIn(purposes, 'disabled');
  if (enabled === null || disabled === null)
    return { problem: 'purposes of the token are not lists of names' };
  if (enabled.length + disabled.length === 0) return undecided;
  const choices = new Map(enabled.map((name) => [name, true]));
  for (const name of disabled) choices.set(name, false);
  return { choices };
}

function tokenOf(text: string): JsonObject | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  return parseJsonObject(Buffer.from(text, 'base64').toString('utf8'));
}

function namesIn(purposes: JsonObject, key: string): readonly string[] | null {
  const names = own(purposes, key) ?? [];
  if (!Array.isArray(names)) return null;
  const texts = names.filter((name) => typeof name === 'string');
  return texts.length === names.length ? texts : null;
}
