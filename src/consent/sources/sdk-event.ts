import type { ConsentSource } from '../../contract/consent-source.ts';
import { type ConsentType, consentTypes, type Statement } from '../../model/consent.ts';
import type { Draft, Hit } from '../../model/hit.ts';
import { isJsonObject, type Json } from '../../model/json.ts';

/** What an event itself states: from our SDK, or from a server that knows the visitor's choice. */
export const source: ConsentSource = {
  name: 'sdk-event',
  kind: 'api',
  description:
    'The event\'s own `consent` field, such as `{"ad_storage":"denied"}`, and the browser\'s Global Privacy Control ' +
    'as the SDK read it in the page (it survives where the header is lost). Server-sent events state consent this way.',
  cookies: [],
  read,
  examples: [
    {
      title: 'a server states that the visitor refused advertising',
      signals: { consent: '{"ad_storage":"denied","analytics_storage":"granted"}' },
      expect: {
        source: 'sdk-event',
        types: {
          ad_storage: { state: 'denied', weight: 'choice' },
          analytics_storage: { state: 'granted', weight: 'choice' },
        },
      },
    },
    {
      title: 'the page saw Global Privacy Control',
      signals: { gpc: '1' },
      expect: { source: 'sdk-event', types: {}, optOut: true },
    },
    {
      title: "gtag's own keys beside the types say nothing",
      signals: { consent: '{"ad_storage":"granted","region":["DE"],"wait_for_update":500}' },
      expect: { source: 'sdk-event', types: { ad_storage: { state: 'granted', weight: 'choice' } } },
    },
    {
      title: 'a misspelt type',
      signals: { consent: '{"ad_storag":"denied"}' },
      expect: {
        source: 'sdk-event',
        types: {},
        problem: 'consent names a type that Consent Mode does not have',
      },
    },
    {
      title: 'a value that is neither granted nor denied',
      signals: { consent: '{"ad_storage":true}' },
      expect: {
        source: 'sdk-event',
        types: {},
        problem: 'consent has a value other than granted and denied',
      },
    },
    {
      title: 'not JSON',
      signals: { consent: 'granted' },
      expect: { source: 'sdk-event', types: {}, problem: 'consent is not a JSON object' },
    },
    { title: 'an event that states nothing', signals: {}, expect: null },
  ],
};

/** Seven types take less than 300 characters; the rest is room for keys that are not ours. */
const maxLength = 2_000;

function read(_hit: Pick<Hit, 'query'>, draft: Pick<Draft, 'signals'>): Statement | null {
  const consent = draft.signals?.['consent'] ?? '';
  const isOptedOut = draft.signals?.['gpc'] === '1';
  if (consent === '' && !isOptedOut) return null;
  const { types, problem } = consent === '' ? { types: {} } : parse(consent);
  return {
    source: source.name,
    types,
    ...(isOptedOut && { optOut: true }),
    ...(problem !== undefined && { problem }),
  };
}

interface Parsed {
  readonly types: Statement['types'];
  readonly problem?: string;
}

function parse(text: string): Parsed {
  if (text.length > maxLength)
    return { types: {}, problem: `consent is longer than ${maxLength} characters` };
  const stated = parseJson(text);
  if (!isJsonObject(stated)) return { types: {}, problem: 'consent is not a JSON object' };
  const types: Statement['types'] = {};
  let problem: string | undefined;
  for (const [key, value] of Object.entries(stated)) {
    const isState = value === 'granted' || value === 'denied';
    if (isConsentType(key) && isState) types[key] = { state: value, weight: 'choice' };
    else if (isConsentType(key)) problem ??= 'consent has a value other than granted and denied';
    else if (isState) problem ??= 'consent names a type that Consent Mode does not have';
  }
  return { types, ...(problem !== undefined && { problem }) };
}

const knownTypes: ReadonlySet<string> = new Set(consentTypes);

function isConsentType(key: string): key is ConsentType {
  return knownTypes.has(key);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
