import { z } from 'zod';
import type { VendorIds } from '../contract/vendor.ts';
import { type Regime, regimes } from '../model/consent.ts';
import { configureFrameworks, frameworkShape } from './frameworks.ts';
import { categoriesSchema, configureSources, cookieNameSchema, cookiesSchema } from './source-config.ts';
import { indexSources, type SourceIndex } from './source-index.ts';
import { consentSources } from './sources/index.ts';
import { defaultConsentCookie } from './sources/sdk-cookie.ts';

const regimeSchema = z.enum(regimes);
const sourceNames = consentSources.map((source) => source.name);

/** A country, a country's subdivision, or a group; common names that ISO 3166 does not have get a hint. */
const placeCodeSchema = z
  .string()
  .regex(
    /^(?:EEA|[A-Z]{2}(?:-[A-Z0-9]{1,3})?)$/,
    'Write EEA, a country such as GB, or a subdivision such as US-CA.',
  )
  .refine((code) => code !== 'UK', 'The United Kingdom is GB in ISO 3166.')
  .refine((code) => code !== 'EU', 'Write EEA: the EU, Iceland, Liechtenstein and Norway share the rule.');

/** The `consent` part of the configuration. */
export const consentConfigSchema = z.strictObject({
  regions: z
    .record(placeCodeSchema, regimeSchema)
    .default({})
    .describe(
      'Changes to the shipped table of regimes, by ISO 3166 country, subdivision or the group `EEA`, such as ' +
        '`{ CH: opt_out, US-WA: opt_in }`. A subdivision beats its country, a country beats a group; where a ' +
        'subdivision asks for opt_in and the visitor is only known by country, the whole country is opt_in. ' +
        'Default: `{}`; shipped are opt_out for US, opt_in for EEA, GB, CH and others.',
    ),
  otherwise: regimeSchema
    .default('opt_in')
    .describe('The regime of a country that no entry names, such as `opt_out`. Default: `opt_in`.'),
  unknown: regimeSchema
    .default('opt_in')
    .describe(
      "The regime where the visitor's country is not known, such as `opt_out` for a shop that serves one country " +
        'only. Default: `opt_in`, the strictest.',
    ),
  gpc: z
    .enum(['everywhere', 'us'])
    .default('everywhere')
    .describe(
      'Where an opt-out such as Global Privacy Control denies ad_user_data and ad_personalization, such as `us`: ' +
        'visitors in the United States and those whose country is not known. Default: `everywhere`.',
    ),
  sources: z
    .array(z.enum(sourceNames))
    .default(sourceNames)
    .describe(
      `The consent signals that are read, such as \`[sdk-cookie, gpc]\`. Default: all, \`[${sourceNames.join(', ')}]\`.`,
    ),
  categories: categoriesSchema,
  cookies: cookiesSchema,
  cookie: cookieNameSchema
    .default(defaultConsentCookie)
    .describe(
      `The cookie in which the browser SDK keeps the visitor's choice, such as \`shop_choice\`. Default: \`${defaultConsentCookie}\`.`,
    ),
  ...frameworkShape,
});

/** What a site's `consent` part says, defaults filled in. */
export type ConsentConfig = z.infer<typeof consentConfigSchema>;

/** What `resolveConsent` and `readStatements` need of the configuration, worked out once. */
export interface ConsentPolicy {
  /** The sources to read, in name order, by what they read. */
  readonly sources: SourceIndex;
  readonly gpc: ConsentConfig['gpc'];
  readonly regimeByCode: ReadonlyMap<string, Regime>;
  /** Countries with a subdivision that asks for opt_in, so that the country alone cannot rule it out. */
  readonly partlyOptIn: ReadonlySet<string>;
  readonly otherwise: Regime;
  readonly unknown: Regime;
}

/** Where the visitor is, as far as the connection tells: never from a field of the hit. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** ISO 3166-2, such as `US-CA`. */
  readonly region?: string;
  /** What another source of places says where it says something else; the stricter of the two counts. */
  readonly also?: Pick<Place, 'country' | 'region'>;
}

/** Works out the policy of one site from its configuration and the vendors of the destinations. */
export function compileConsentPolicy(
  config: ConsentConfig,
  vendors: readonly VendorIds[] = [],
): ConsentPolicy {
  const regimeByCode = new Map(Object.entries({ ...shippedRegimes(), ...expandGroup(config.regions) }));
  const optInSubdivisions = [...regimeByCode].filter(
    ([code, regime]) => code[2] === '-' && regime === 'opt_in',
  );
  const wanted = new Set(config.sources);
  return {
    sources: indexSources(
      configureFrameworks(
        configureSources(
          consentSources.filter((source) => wanted.has(source.name)),
          config,
        ),
        config,
        vendors,
      ),
    ),
    gpc: config.gpc,
    regimeByCode,
    partlyOptIn: new Set(optInSubdivisions.map(([code]) => code.slice(0, 2))),
    otherwise: config.otherwise,
    unknown: config.unknown,
  };
}

/** A regime and the code that chose it; without a code the place is not known. */
interface Chosen {
  readonly regime: Regime;
  readonly region?: string;
}

/** The regime of a place, and the code that chose it. Two sources that disagree: the stricter regime, and no place. */
export function chooseRegime({ also, ...place }: Place, policy: ConsentPolicy): Chosen {
  const chosen = regimeOf(place, policy);
  if (also === undefined) return chosen;
  const regimes = [chosen.regime, regimeOf(also, policy).regime];
  return { regime: regimes.includes('opt_in') ? 'opt_in' : 'opt_out' };
}

function regimeOf({ country, region }: Place, policy: ConsentPolicy): Chosen {
  if (country === undefined && region === undefined) return { regime: policy.unknown };
  if (country === undefined) return { regime: 'opt_in' };
  const byCountry = policy.regimeByCode.get(country) ?? policy.otherwise;
  if (region === undefined) {
    return { regime: policy.partlyOptIn.has(country) ? 'opt_in' : byCountry, region: country };
  }
  // Two facts that disagree are worth less than none: the strictest regime, whatever `unknown` says.
  if (!(region.startsWith(country) && region[2] === '-')) return { regime: 'opt_in' };
  const byRegion = policy.regimeByCode.get(region);
  if (byRegion !== undefined) return { regime: byRegion, region };
  // Some platforms' flags for restricted processing hold in some states only.
  return { regime: byCountry, region: country === 'US' ? region : country };
}

/**
 * The EU, Iceland, Liechtenstein and Norway, with the EU territories that ISO 3166 gives codes of their own: Åland and
 * the French overseas regions. ePrivacy Directive Art. 5(3) with the GDPR, 2026-11-23.
 */
const eea =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO AX GF GP MQ RE YT MF';

/**
 * Opt_in by name even where `otherwise` is opt_out. GB, CH and the Crown dependencies: consent required, in Switzerland
 * by Google's EU user consent policy. The rest: consent laws of their own whose default is left to the operator.
 */
const otherOptIn = 'GB CH GI JE GG IM CA-QC BR KR IN ZA TR JP TH';

function shippedRegimes(): Record<string, Regime> {
  const optIn = `${eea} ${otherOptIn}`.split(' ').map((code) => [code, 'opt_in'] as const);
  return { ...Object.fromEntries(optIn), US: 'opt_out' };
}

/** Writes `EEA` out; a country that has an entry of its own keeps it. */
function expandGroup(regions: ConsentConfig['regions']): Record<string, Regime> {
  const { EEA: group, ...codes } = regions;
  if (group === undefined) return codes;
  return { ...Object.fromEntries(eea.split(' ').map((code) => [code, group])), ...codes };
}
