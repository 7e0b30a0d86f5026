import type { ConsentSource } from '../../contract/consent-source.ts';
import type { Statement } from '../../model/consent.ts';
import type { Draft, Hit } from '../../model/hit.ts';
import { queryValue } from '../shared/query.ts';

/** Google Consent Mode as it travels with a hit: `gcd`, `gcs`, `npa` and `dma_cps`. */
export const source: ConsentSource = {
  name: 'consent-mode',
  kind: 'vendor',
  description:
    'Google Consent Mode in the hit. `gcd` tells a choice (update) from a page default; `gcs`, `npa` and `dma_cps` ' +
    'cannot, so each is read in its stricter sense: its denial counts as a choice, its grant as no more than a default. ' +
    'Beside a `gcd` they may only tighten. `dma_cps=-` denies ad_user_data; services that it names grant nothing.',
  cookies: [],
  read,
  examples: [
    {
      title: 'accepted everything after a default of denied',
      query: 'v=2&gcs=G111&gcd=13r3r3r3r5l1&npa=0',
      expect: {
        source: 'consent-mode',
        types: {
          ad_storage: { state: 'granted', weight: 'choice' },
          analytics_storage: { state: 'granted', weight: 'choice' },
          ad_user_data: { state: 'granted', weight: 'choice' },
          ad_personalization: { state: 'granted', weight: 'choice' },
        },
      },
    },
    {
      title: 'denied by the page default, the visitor has not chosen yet',
      signals: { gcs: 'G100', gcd: '13p3p3p3p5l1', npa: '1' },
      expect: {
        source: 'consent-mode',
        types: {
          ad_storage: { state: 'denied', weight: 'default' },
          analytics_storage: { state: 'denied', weight: 'default' },
          ad_user_data: { state: 'denied', weight: 'default' },
          ad_personalization: { state: 'denied', weight: 'default' },
        },
      },
    },
    {
      title: 'gcs alone: a denial is taken as a choice, a grant is not',
      signals: { gcs: 'G101' },
      expect: {
        source: 'consent-mode',
        types: {
          ad_storage: { state: 'denied', weight: 'choice' },
          analytics_storage: { state: 'granted', weight: 'default' },
        },
      },
    },
    {
      title: 'no core platform service of Google may have the data',
      query: 'gcs=G111&dma=1&dma_cps=-',
      expect: {
        source: 'consent-mode',
        types: {
          ad_storage: { state: 'granted', weight: 'default' },
          analytics_storage: { state: 'granted', weight: 'default' },
          ad_user_data: { state: 'denied', weight: 'choice' },
        },
      },
    },
    {
      title: 'Consent Mode was never set up on the page',
      signals: { gcs: 'G1--', gcd: '13l3l3l3l1l1', npa: '0' },
      expect: { source: 'consent-mode', types: {} },
    },
    {
      title: 'a visitor in Colorado whose browser sends Global Privacy Control',
      signals: { gcd: '13l3l3l3ldl1' },
      expect: { source: 'consent-mode', types: {}, optOut: true },
    },
    {
      title: 'a gcd cut short on its way',
      signals: { gcd: '13r3r' },
      expect: { source: 'consent-mode', types: {}, problem: 'gcd is not a Consent Mode string' },
    },
    { title: 'a hit without Consent Mode', query: 'v=2&en=page_view', expect: null },
  ],
};

type Types = Statement['types'];

const grantedByChoice = { state: 'granted', weight: 'choice' } as const;
const grantedByDefault = { state: 'granted', weight: 'default' } as const;
const deniedByChoice = { state: 'denied', weight: 'choice' } as const;
const deniedByDefault = { state: 'denied', weight: 'default' } as const;

function read(hit: Pick<Hit, 'query'>, draft: Pick<Draft, 'signals'>): Statement | null {
  const gcs = draft.signals?.['gcs'] ?? queryValue(hit.query, 'gcs=');
  const gcd = draft.signals?.['gcd'] ?? queryValue(hit.query, 'gcd=');
  const npa = draft.signals?.['npa'] ?? queryValue(hit.query, 'npa=');
  const services = draft.signals?.['dma_cps'] ?? queryValue(hit.query, 'dma_cps=');
  if (gcs === '' && gcd === '' && npa === '' && services === '') return null;
  const decoded = gcd === '' ? null : decodeGcd(gcd);
  const digits = gcs === '' ? null : parseGcs(gcs);
  const types: Types = decoded?.types ?? {};
  if (digits !== null) denyZeros(types, digits);
  if (digits !== null && gcd === '') noteOnes(types, digits);
  if (npa === '1') deny(types, 'ad_personalization', deniedByChoice);
  if (services === '-') deny(types, 'ad_user_data', deniedByChoice);
  const problem = [
    gcd !== '' && decoded === null && 'gcd is not a Consent Mode string',
    gcs !== '' && digits === null && 'gcs is not a Consent Mode string',
    npa !== '' && npa !== '0' && npa !== '1' && 'npa is neither 0 nor 1',
    services !== '' && !areServices(services) && 'dma_cps names no core platform services',
  ]
    .filter((text) => text !== false)
    .join('; ');
  return {
    source: source.name,
    types,
    ...(decoded?.hasGpc && { optOut: true }),
    ...(problem !== '' && { problem }),
  };
}

/** `-`, or a letter for each of Google's core platform services that may have the data; Google's tags, 2026-11-23. */
function areServices(text: string): boolean {
  return text === '-' || (text.length <= 16 && /^[a-z]+$/.test(text));
}

interface GcsDigits {
  readonly ads: string;
  readonly analytics: string;
}

/** `G1`, then ad_storage, then analytics_storage: 1 granted, 0 denied, - neither. Null: not a gcs. */
function parseGcs(gcs: string): GcsDigits | null {
  const ads = gcs.charAt(2);
  const analytics = gcs.charAt(3);
  const isValid =
    gcs.length === 4 && gcs.startsWith('G1') && '01-'.includes(ads) && '01-'.includes(analytics);
  return isValid ? { ads, analytics } : null;
}

function denyZeros(types: Types, { ads, analytics }: GcsDigits): void {
  if (ads === '0') deny(types, 'ad_storage', deniedByChoice);
  if (analytics === '0') deny(types, 'analytics_storage', deniedByChoice);
}

function noteOnes(types: Types, { ads, analytics }: GcsDigits): void {
  if (ads === '1') types.ad_storage = grantedByDefault;
  if (analytics === '1') types.analytics_storage = grantedByDefault;
}

/** Tightens, and leaves a denial that is already there with its own weight. */
function deny(types: Types, type: SignalType, denial: typeof deniedByChoice | typeof deniedByDefault): void {
  if (types[type]?.state !== 'denied') types[type] = denial;
}

/** In the order of gcd. */
const signalTypes = ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'] as const;

type SignalType = (typeof signalTypes)[number];

/** Values of a two-bit field; 1 is "unset", 0 is not produced. */
const denied = 2;
const granted = 3;

/**
 * Decodes `gcd`: a version, two characters for each type, a tail, and in newer strings two characters of
 * container-scoped defaults. Each character is six bits. As read in the Google tag's own runtime, 2026-11-23; Google
 * documents the parameter only in part. Null: not a gcd. Characters after the twelfth are not known and ignored.
 */
function decodeGcd(gcd: string): { readonly types: Types; readonly hasGpc: boolean } | null {
  if (gcd.length < 10 || gcd.length === 11 || gcd[0] !== '1') return null;
  const length = Math.min(gcd.length, 12);
  for (let at = 1; at < length; at++) if (bitsAt(gcd, at) < 0) return null;
  const types: Types = {};
  const containerDefaults = readContainerDefaults(gcd);
  for (const [place, type] of signalTypes.entries()) {
    const implicit = bitsAt(gcd, 1 + 2 * place) & 3;
    const containerDefault = (containerDefaults >> (6 - 2 * place)) & 3;
    const stated = weigh(bitsAt(gcd, 2 + 2 * place), implicit, containerDefault);
    if (stated !== null) types[type] = stated;
  }
  const tail = bitsAt(gcd, 9);
  // `allow_ad_personalization_signals` false: the site's own setting, not the visitor's choice.
  if ((tail & 3) === granted) deny(types, 'ad_personalization', deniedByDefault);
  // The tag sets this bit where the browser has Global Privacy Control on and the visitor is in Colorado.
  return { types, hasGpc: (tail & 8) !== 0 };
}

/** Four two-bit defaults, in the order of gcd; 0: absent, or not in use. */
function readContainerDefaults(gcd: string): number {
  if (gcd.length < 12 || (bitsAt(gcd, 11) & 4) === 0) return 0;
  return (bitsAt(gcd, 10) << 2) | (bitsAt(gcd, 11) & 3);
}

/**
 * One type's fields as a statement. Google's tags take update, default, declare, implicit in this order, and treat
 * unset and implicitly granted as allowed; here neither says anything, and of two defaults the stricter counts.
 */
function weigh(
  fields: number,
  implicit: number,
  containerDefault: number,
): NonNullable<Types[SignalType]> | null {
  const update = fields & 3;
  const pageDefault = (fields >> 2) & 3;
  const declared = fields >> 4;
  if (update === granted) return grantedByChoice;
  if (update === denied) return deniedByChoice;
  if (pageDefault === denied || containerDefault === denied) return deniedByDefault;
  if (pageDefault === granted || containerDefault === granted) return grantedByDefault;
  if (declared === denied) return deniedByDefault;
  if (declared === granted) return grantedByDefault;
  return implicit === denied ? deniedByDefault : null;
}

/** Not the order of base64url: digits, lower case, upper case, then `-` and `_`. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_';

const bitsByCharCode = new Int8Array(128).fill(-1);
for (let value = 0; value < alphabet.length; value++) bitsByCharCode[alphabet.charCodeAt(value)] = value;

/** The six bits of a character; -1 where it is not of the alphabet. */
function bitsAt(gcd: string, at: number): number {
  return bitsByCharCode[gcd.charCodeAt(at)] ?? -1;
}
