import { BlockList, isIP } from 'node:net';
import { Reader, type Response } from 'mmdb-lib';
import { z } from 'zod';
import { isJsonObject, type Json } from '../model/json.ts';
import { isCountryCode } from './countries.ts';
import { holdsAddress, parseNetwork } from './ip.ts';

const countrySchema = z
  .string()
  .refine(isCountryCode, 'Write an ISO 3166-1 country code in upper case, such as DE.');

const overrideSchema = z
  .strictObject({
    network: z
      .string()
      .refine((text) => parseNetwork(text) !== null, 'Write an address or a network, such as 10.20.0.0/16.')
      .describe('An address or network, such as `10.20.0.0/16` or `2001:db8::/32`. Required.'),
    country: countrySchema.describe('ISO 3166-1 country of the network, such as `DE`. Required.'),
    region: z
      .string()
      .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, 'Write an ISO 3166-2 subdivision, such as US-CA.')
      .exactOptional()
      .describe('ISO 3166-2 subdivision of the network, such as `US-CA`. Default: none.'),
  })
  .refine(({ country, region }) => region === undefined || region.startsWith(`${country}-`), {
    path: ['region'],
    message: 'The region must lie in the country.',
  });

/** The `geo` part of the configuration. */
export const geoConfigSchema = z.strictObject({
  database: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      'Path of a country or city database in MaxMind DB format, such as `/data/country.mmdb`. Default: none; the ' +
        'country is then unknown, and the strictest consent rules apply.',
    ),
  header: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'Write a header name in lower case, such as cf-ipcountry.')
    .exactOptional()
    .describe(
      'Header in which a trusted proxy states the country, such as `cf-ipcountry`; from anyone else it is ignored. ' +
        'Default: none.',
    ),
  overrides: z
    .array(overrideSchema)
    .max(1_000)
    .default([])
    .describe(
      'Places of networks that the database does not know or gets wrong, such as ' +
        '`[{ network: 10.20.0.0/16, country: DE }]`; the longest prefix wins. Default: `[]`.',
    ),
});

/** What the `geo` part says, defaults filled in. */
export type GeoConfig = z.infer<typeof geoConfigSchema>;

/** Where an address is, as far as it is known. */
export interface GeoPlace {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** ISO 3166-2, such as `US-CA`; never without `country`. */
  readonly region?: string;
}

/** Looks addresses up in memory. */
export interface Geo {
  /** Takes a normalised address; an empty place where nothing is known. Never throws. */
  lookup(ip: string): GeoPlace;
  /** What is wrong with the database, in words; look-ups then know the overrides only. */
  readonly problem?: string;
}

/** Makes a look-up from the bytes of a MaxMind DB file (null: none) and the operator's own networks, which win. */
export function createGeo(database: Uint8Array | null, overrides: GeoConfig['overrides']): Geo {
  const reader = database === null ? null : openDatabase(database);
  const networks = compileOverrides(overrides);
  return {
    lookup(ip) {
      const override = networks.find(({ list }) => holdsAddress(list, ip));
      if (override !== undefined) return override.place;
      return reader === null ? nowhere : readPlace(findRecord(reader, ip));
    },
    ...(database !== null && reader === null && { problem: 'The file is not a readable MaxMind DB.' }),
  };
}

/** The country that a proxy's header states, upper case; null where it states none (`XX`, `T1`, a list, nothing). */
export function readCountryHeader(value: string | undefined): string | null {
  if (value?.length !== 2) return null;
  const code = value.toUpperCase();
  return isCountryCode(code) ? code : null;
}

const nowhere: GeoPlace = {};

function openDatabase(bytes: Uint8Array): Reader<Response> | null {
  try {
    return new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return null;
  }
}

/** A damaged file makes the reader throw or return nonsense; neither may stop an event. */
function findRecord(reader: Reader<Response>, ip: string): unknown {
  const version = isIP(ip);
  // The reader walks what is no address, and IPv6 through a tree of IPv4 only, to the record of some other address.
  if (version === 0 || (version === 6 && reader.metadata.ipVersion === 4)) return null;
  try {
    return reader.get(ip);
  } catch {
    return null;
  }
}

/**
 * Reads the shapes in use: `country.iso_code` with `subdivisions` (MaxMind, DB-IP), `country_code` (ip-location-db),
 * `country` with `region_code` (IPinfo). The country where a block is registered is not where its user is.
 */
function readPlace(record: unknown): GeoPlace {
  if (!isJsonObject(record)) return nowhere;
  const { country: named, country_code: flat, subdivisions, region_code: flatRegion } = record;
  const country = firstCode([isJsonObject(named) ? named['iso_code'] : named, flat]);
  if (country === undefined) return nowhere;
  const subdivision = Array.isArray(subdivisions) ? subdivisions[0] : undefined;
  const code = isJsonObject(subdivision) ? subdivision['iso_code'] : flatRegion;
  const hasRegion = typeof code === 'string' && /^[A-Z0-9]{1,3}$/.test(code);
  return hasRegion ? { country, region: `${country}-${code}` } : { country };
}

function firstCode(candidates: readonly (Json | undefined)[]): string | undefined {
  for (const code of candidates) if (typeof code === 'string' && isCountryCode(code)) return code;
  return undefined;
}

interface Override {
  readonly list: BlockList;
  readonly place: GeoPlace;
}

/** Longest prefix first. Prefixes of both address families share the order, as no address is in both. */
function compileOverrides(overrides: GeoConfig['overrides']): readonly Override[] {
  const byPrefix = overrides.flatMap(({ network: text, country, region }) => {
    const network = parseNetwork(text);
    return network === null ? [] : [{ network, place: { country, ...(region !== undefined && { region }) } }];
  });
  byPrefix.sort((a, b) => b.network.prefixBits - a.network.prefixBits);
  return byPrefix.map(({ network, place }) => {
    const list = new BlockList();
    list.addSubnet(network.address, network.prefixBits, network.family);
    return { list, place };
  });
}
