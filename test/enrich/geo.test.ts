import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGeo, geoConfigSchema, readCountryHeader } from '../../src/enrich/geo.ts';
import { bitsOf, writeMmdb } from './mmdb.ts';

const overridesOf = (overrides: unknown) => geoConfigSchema.parse({ overrides }).overrides;

const records = [
  ['198.51.100.0', { country: { iso_code: 'DE', names: { en: 'Germany' } } }, { country: 'DE' }],
  [
    '198.51.101.0',
    { country: { iso_code: 'US' }, subdivisions: [{ iso_code: 'CA' }] },
    { country: 'US', region: 'US-CA' },
  ],
  ['198.51.102.0', { country_code: 'FR' }, { country: 'FR' }],
  ['198.51.103.0', { country: 'US', region_code: 'TX' }, { country: 'US', region: 'US-TX' }],
  [
    '198.51.104.0',
    { country: { iso_code: 'GB' }, subdivisions: [{ names: { en: 'England' } }] },
    { country: 'GB' },
  ],
  ['198.51.105.0', { country: { iso_code: 'XK' } }, { country: 'XK' }],
  ['198.51.106.0', { country: { iso_code: 'EU' } }, {}],
  ['198.51.107.0', { registered_country: { iso_code: 'NL' } }, {}],
  ['198.51.108.0', { country: 'Germany' }, {}],
  ['198.51.109.0', { country: { iso_code: 'CA' }, subdivisions: ['QC'] }, { country: 'CA' }],
  ['198.51.110.0', 'DE', {}],
] as const;

const database = (ipVersion: 4 | 6) =>
  writeMmdb(
    ipVersion,
    records.map(([address, record]) => [bitsOf(address, 24, ipVersion), record] as const),
  );

describe('the place of an address', () => {
  const geo = createGeo(database(6), []);

  it.each(records)('%s with the record %j', (address, _record, place) => {
    expect(geo.lookup(address.replace(/0$/, '77'))).toEqual(place);
    expect(geo.problem).toBeUndefined();
  });

  it.each(['203.0.113.1', '2001:db8::1', '', 'garbage', '198.51.100', '198.51.100.1, 198.51.100.2'])(
    'is unknown for %j',
    (ip) => {
      expect(geo.lookup(ip)).toEqual({});
    },
  );

  it('is unknown for an IPv6 address in a database of IPv4 only', () => {
    const only4 = createGeo(database(4), []);
    expect(only4.lookup('198.51.100.77')).toEqual({ country: 'DE' });
    // Its first 32 bits are those of 198.51.100.0.
    expect(only4.lookup('c633:6400::1')).toEqual({});
  });

  it('is unknown everywhere without a database', () => {
    const none = createGeo(null, []);
    expect(none.lookup('198.51.100.77')).toEqual({});
    expect(none.problem).toBeUndefined();
  });

  it('is unknown everywhere with a file that is no database, and says so', () => {
    const broken = createGeo(new TextEncoder().encode('<html>not found</html>'), []);
    expect(broken.problem).toBe('The file is not a readable MaxMind DB.');
    expect(broken.lookup('198.51.100.77')).toEqual({});
  });

  it('never throws on a damaged database', () => {
    const whole = database(6);
    const damage = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(damage, fc.nat({ max: whole.length }), (changes, length) => {
        const damaged = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) damaged[at] = value;
        const place = createGeo(damaged, []).lookup('198.51.101.77');
        expect(place.country ?? 'US').toMatch(/^[A-Z]{2}$/);
      }),
    );
  });
});

describe('overrides', () => {
  const overrides = overridesOf([
    { network: '198.51.0.0/16', country: 'AT' },
    { network: '198.51.100.64/26', country: 'US', region: 'US-WA' },
    { network: '10.0.0.0/8', country: 'CH' },
    { network: '2001:db8::/32', country: 'LI' },
    { network: '198.51.100.5', country: 'IE' },
  ]);
  const geo = createGeo(database(6), overrides);

  it.each([
    ['198.51.100.77', { country: 'US', region: 'US-WA' }],
    ['198.51.100.5', { country: 'IE' }],
    ['198.51.100.6', { country: 'AT' }],
    ['10.1.2.3', { country: 'CH' }],
    ['2001:db8::5', { country: 'LI' }],
    ['203.0.113.9', {}],
  ])('put %s where the longest prefix says', (ip, place) => {
    expect(geo.lookup(ip)).toEqual(place);
  });

  it('hold without any database', () => {
    expect(createGeo(null, overrides).lookup('10.1.2.3')).toEqual({ country: 'CH' });
  });
});

describe("a proxy's country header", () => {
  it.each([
    ['DE', 'DE'],
    ['de', 'DE'],
    ['XK', 'XK'],
    ['XX', null],
    ['T1', null],
    ['ZZ', null],
    ['EU', null],
    ['UK', null],
    ['', null],
    ['DE, FR', null],
    ['DEU', null],
    [undefined, null],
  ])('%j states %j', (value, country) => {
    expect(readCountryHeader(value)).toBe(country);
  });
});

describe('the geo configuration', () => {
  it.each([
    [
      { overrides: [{ network: '10.0.0.0/33', country: 'DE' }] },
      'Write an address or a network, such as 10.20.0.0/16.',
    ],
    [
      { overrides: [{ network: 'office', country: 'DE' }] },
      'Write an address or a network, such as 10.20.0.0/16.',
    ],
    [
      { overrides: [{ network: '10.0.0.0/8', country: 'UK' }] },
      'Write an ISO 3166-1 country code in upper case, such as DE.',
    ],
    [
      { overrides: [{ network: '10.0.0.0/8', country: 'US', region: 'DE-BE' }] },
      'The region must lie in the country.',
    ],
    [{ header: 'CF-IPCountry' }, 'Write a header name in lower case, such as cf-ipcountry.'],
  ])('refuses %j', (config, message) => {
    const issues = geoConfigSchema.safeParse(config).error?.issues ?? [];
    expect(issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('describes every key', () => {
    const undescribed = Object.entries(geoConfigSchema.shape).filter(([, field]) => !field.description);
    expect(undescribed).toEqual([]);
  });
});
