import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaignConfigSchema, compileTouchContext } from '../../src/campaign/context.ts';
import { shippedParameters } from '../../src/campaign/parameters.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';
import {
  bearsCampaign,
  type Coming,
  carriedQuery,
  compileRoundTrips,
  departureByPath,
  departureByRedirect,
  idsOfReturn,
  isReturn,
  permittedQuery,
  type RoundTripPolicy,
  restoredAddress,
  type Trip,
} from '../../src/campaign/round-trip.ts';
import { roundTripsConfigSchema } from '../../src/campaign/round-trip-config.ts';
import { openTrip, sealTrip } from '../../src/campaign/trip-handle.ts';

const context = compileTouchContext(campaignConfigSchema.parse({}), ['shop.example', 'login.example']);

function policyOf(config: unknown = {}): RoundTripPolicy {
  const redirects = compileRedirectPolicy(redirectPolicyConfigSchema.parse({}), context.isOwnHost);
  const policy = compileRoundTrips(
    roundTripsConfigSchema.parse(config),
    redirects,
    context.isIgnoredReferrer,
  );
  if (policy === null) throw new Error('the policy is off');
  return policy;
}

const policy = policyOf({
  routes: [
    { leave: '/checkout/pay*', return: '/checkout/return*' },
    { leave: 'geo.example', return: '/welcome' },
    { leave: 'kiosk.example' },
  ],
});
const requestUrl = 'https://shop.example/login?utm_source=news';
const redirectUri = encodeURIComponent('https://shop.example/auth/callback');

describe('a departure', () => {
  it.each([
    [
      'an OAuth sign-in on any host',
      `https://sso.corp.example/authorize?client_id=1&redirect_uri=${redirectUri}&state=abcdefgh1234`,
      { host: 'sso.corp.example', back: '/auth/callback', ids: ['abcdefgh1234'] },
    ],
    [
      'an OAuth sign-in on a host of the journey',
      `https://login.example/authorize?client_id=1&redirect_uri=${redirectUri}`,
      { host: 'login.example', back: '/auth/callback', ids: [] },
    ],
    [
      'an OAuth sign-in whose parameters were pushed',
      'https://sso.corp.example/authorize?client_id=1&request_uri=urn%3Aietf%3Aparams%3A1',
      { host: 'sso.corp.example', ids: [] },
    ],
    [
      'a SAML sign-in',
      'https://idp.example/sso?SAMLRequest=fZI&RelayState=ss%3Amem%3A0123456789',
      { host: 'idp.example', ids: ['ss:mem:0123456789'] },
    ],
    [
      'a WS-Federation sign-in',
      'https://adfs.example/adfs/ls?wa=wsignin1.0&wtrealm=x',
      { host: 'adfs.example', ids: [] },
    ],
    [
      'a CAS sign-in',
      `https://cas.uni.example/login?service=${redirectUri}`,
      { host: 'cas.uni.example', back: '/auth/callback', ids: [] },
    ],
    [
      'Stripe Checkout',
      'https://checkout.stripe.com/c/pay/cs_live_a1B2c3D4e5F6g7#fid=x',
      { host: 'checkout.stripe.com', ids: ['cs_live_a1B2c3D4e5F6g7'] },
    ],
    [
      'PayPal',
      'https://www.paypal.com/checkoutnow?token=EC-60U79048BN7719609',
      { host: 'www.paypal.com', ids: ['EC-60U79048BN7719609'] },
    ],
    ['Klarna', 'https://pay.klarna.com/eu/hpp/payments/1', { host: 'pay.klarna.com', ids: [] }],
    [
      'a host that the site names',
      'https://geo.example/',
      { host: 'geo.example', back: '/welcome', ids: [] },
    ],
    ['a host without a return', 'https://eu.kiosk.example/', { host: 'eu.kiosk.example', ids: [] }],
  ])('is seen in a redirect to %s', (_title, location, expected) => {
    expect(departureByRedirect({ location, requestUrl }, policy)).toEqual(expected);
  });

  it.each([
    ['to a page of the site', '/account'],
    ['to another host of the journey', 'https://login.example/start'],
    ['to a host that nobody comes back from', 'https://partner.example/offer'],
    [
      'to a sign-in that leads back to somebody else',
      'https://x.example/a?client_id=1&redirect_uri=https%3A%2F%2Fevil.example%2F',
    ],
    ['to a page that only names a service', 'https://x.example/a?service=cleaning'],
    ['to an app', 'myapp://callback?client_id=1'],
    ['that no browser can read', 'https://'],
  ])('is not seen in a redirect %s', (_title, location) => {
    expect(departureByRedirect({ location, requestUrl }, policy)).toBeNull();
  });

  it('is seen in a page that the site names', () => {
    expect(departureByPath('/checkout/payment', policy)).toEqual({
      host: '',
      back: '/checkout/return*',
      ids: [],
    });
    expect(departureByPath('/checkout', policy)).toBeNull();
  });

  it('takes along what the request carries, else what the page carries that it comes from', () => {
    const page = 'https://shop.example/?gclid=A.b-%2B&page=2&UTM_Source=x';
    expect(carriedQuery('/login?utm_source=news&next=1', page, policy)).toBe('utm_source=news');
    expect(carriedQuery('/login?next=1', page, policy)).toBe('gclid=A.b-%2B&UTM_Source=x');
    expect(carriedQuery('/login', 'https://ads.example/?gclid=A', policy)).toBe('');
    expect(carriedQuery('/login', undefined, policy)).toBe('');
  });

  it('takes along no id without ad_storage, never a linker, and no more than a cookie holds', () => {
    const query = 'gclid=A&utm_source=x&_gl=1*abc&fbclid=B&mc_eid=C';
    expect(permittedQuery(query, 'granted', shippedParameters)).toBe(
      'gclid=A&utm_source=x&fbclid=B&mc_eid=C',
    );
    expect(permittedQuery(query, 'not_granted', shippedParameters)).toBe('utm_source=x');
    expect(permittedQuery(`utm_term=${'x'.repeat(1_200)}&utm_source=x`, 'granted', shippedParameters)).toBe(
      'utm_source=x',
    );
  });
});

describe('a return', () => {
  const trip: Trip = { query: 'utm_source=x', host: 'sso.corp.example', back: '/auth/callback', untilMs: 1 };
  const away: Coming = { path: '/account', isFromOutside: false };
  it.each<readonly [string, Partial<Coming>, boolean]>([
    ['to the path that the departure named', { path: '/auth/callback' }, true],
    ['from the host that it left to', { referrerHost: 'sso.corp.example' }, true],
    ['from another host that visitors pass through', { referrerHost: 'www.paypal.com' }, true],
    ['from outside, by a browser that says no more', { isFromOutside: true }, true],
    ['from a page of the site', { referrerHost: 'shop.example' }, false],
    ['from a search', { referrerHost: 'www.google.com', isFromOutside: true }, false],
    ['typed in', {}, false],
  ])('%s is seen: %#', (_title, coming, expected) => {
    expect(isReturn({ ...away, ...coming }, trip, policy)).toBe(expected);
  });

  it('brings back the ids of its departure, and no value that many share', () => {
    const url = new URL('https://shop.example/cb?code=0123456789&State=abcdefgh1234&order=7&sid=%2B2345678');
    expect(idsOfReturn(url)).toEqual(['abcdefgh1234', '+2345678']);
  });

  it.each([
    ['has no query', '/de/', '/de/?utm_source=x&gclid=A+b'],
    [
      'is one that the site names',
      '/checkout/return?order=7',
      '/checkout/return?order=7&utm_source=x&gclid=A+b',
    ],
  ])('gets its address changed where it %s', (_title, url, expected) => {
    expect(restoredAddress(url, 'utm_source=x&gclid=A+b', policy)).toBe(expected);
  });

  it.each([
    ['has a query that somebody may have signed', '/thanks?order=7'],
    ['answers a sign-in', '/checkout/return?code=1&state=2'],
    ['is signed', '/checkout/return?amount=5&SHASIGN=ab'],
    ['is an API', '/api/return'],
    ['would be too long', `/checkout/return?x=${'x'.repeat(2_040)}`],
    ['could not be written into a header', '/checkout/return?x=\u0100'],
  ])('keeps its address where it %s', (_title, url) => {
    expect(restoredAddress(url, 'utm_source=x', policy)).toBeNull();
  });

  it.each([
    ['https://shop.example/?utm_source=x', true],
    ['https://shop.example/?%47CLID=x', true],
    ['https://shop.example/#/a?fbclid=x', true],
    ['https://shop.example/?_gl=1', false],
    ['https://shop.example/?code=1', false],
  ])('with %s has a campaign of its own: %s', (address, expected) => {
    expect(bearsCampaign(new URL(address), shippedParameters)).toBe(expected);
  });
});

describe('round trips', () => {
  it('are off where they are switched off, and where redirects keep nothing', () => {
    const redirects = (config: unknown) =>
      compileRedirectPolicy(redirectPolicyConfigSchema.parse(config), context.isOwnHost);
    const off = roundTripsConfigSchema.parse({ enabled: false });
    expect(compileRoundTrips(off, redirects({}), () => false)).toBeNull();
    const on = roundTripsConfigSchema.parse({});
    expect(compileRoundTrips(on, redirects({ keepParameters: false }), () => false)).toBeNull();
  });

  it.each([
    { leave: 'https://pay.example' },
    { leave: 'pay' },
    { leave: '/a*b' },
    { leave: '/a', return: 'b' },
  ])('refuse the route %j', (route) => {
    expect(roundTripsConfigSchema.safeParse({ routes: [route] }).success).toBe(false);
  });

  it('take any address without failing', () => {
    const any = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true }));
    fc.assert(
      fc.property(any, any, (a, b) => {
        departureByRedirect({ location: a, requestUrl: b }, policy);
        carriedQuery(a, b, policy);
        restoredAddress(a, permittedQuery(b, 'granted', shippedParameters), policy);
      }),
    );
  });
});

describe('a handle', () => {
  const seal = { key: new Uint8Array(32).fill(7), site: 'shop' };
  const trip: Trip = { query: 'utm_source=\xe4&gclid=A', host: 'sso.example', back: '/cb', untilMs: 1_000 };

  it('opens to what was sealed', () => {
    expect(openTrip(sealTrip(trip, seal), seal, 999)).toEqual(trip);
    const { back: _, ...without } = trip;
    expect(openTrip(sealTrip(without, seal), seal, 999)).toEqual(without);
  });

  it('fits into a cookie at its longest', () => {
    const longest = {
      ...trip,
      query: 'x'.repeat(1_200),
      host: 'h'.repeat(253),
      back: `/${'p'.repeat(199)}`,
      untilMs: Number.MAX_SAFE_INTEGER,
    };
    expect(sealTrip(longest, seal).length).toBeLessThan(3_000);
  });

  it('is refused when it is too old, another site’s, or another process’s', () => {
    const handle = sealTrip(trip, seal);
    expect(openTrip(handle, seal, 1_000)).toBeNull();
    expect(openTrip(handle, { ...seal, site: 'other' }, 1)).toBeNull();
    expect(openTrip(handle, { ...seal, key: new Uint8Array(32).fill(8) }, 1)).toBeNull();
  });

  it('is refused when any character is another, or it is anything else', () => {
    const handle = sealTrip(trip, seal);
    fc.assert(
      fc.property(fc.nat(handle.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, character) => {
        fc.pre(handle[at] !== character);
        expect(openTrip(handle.slice(0, at) + character + handle.slice(at + 1), seal, 1)).toBeNull();
      }),
    );
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => openTrip(text, seal, 1) === null));
  });
});
