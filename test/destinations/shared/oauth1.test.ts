import { describe, expect, it } from 'vitest';
import { oauth1 } from '../../../src/destinations/shared/oauth1.ts';

const keys = {
  consumerKey: 'ck_test',
  consumerSecret: 'cs_secret',
  accessToken: 'at_test',
  accessTokenSecret: 'ts_secret',
};
const request = {
  method: 'POST',
  url: 'https://ads-api.x.com/12/measurement/conversions/o8z6j',
  nonce: 'nonce123',
  timestampSec: 1_700_000_000,
};

describe('an OAuth 1.0a signature', () => {
  it('is what RFC 5849 makes of the request, its JSON body left aside', () => {
    expect(oauth1(request, keys)).toEqual({
      header:
        'OAuth oauth_consumer_key="ck_test", oauth_nonce="nonce123", oauth_signature_method="HMAC-SHA1", ' +
        'oauth_timestamp="1700000000", oauth_token="at_test", oauth_version="1.0", ' +
        'oauth_signature="BM%2BLaC%2F9FiJDKVvpur7JDnC%2BKbw%3D"',
      signature: 'BM%2BLaC%2F9FiJDKVvpur7JDnC%2BKbw%3D',
    });
  });

  it.each([
    ['nonce', { ...request, nonce: 'nonce124' }, keys],
    ['time', { ...request, timestampSec: 1_700_000_001 }, keys],
    ['address', { ...request, url: `${request.url}x` }, keys],
    ['secret', request, { ...keys, accessTokenSecret: 'another' }],
  ])('is another with another %s', (_what, changed, withKeys) => {
    expect(oauth1(changed, withKeys).signature).not.toBe(oauth1(request, keys).signature);
  });

  it('escapes what RFC 3986 reserves, and never throws on half a surrogate pair', () => {
    const { header } = oauth1(request, { ...keys, accessToken: "a!b*c'd(e)\ud800" });
    expect(header).toContain('oauth_token="a%21b%2Ac%27d%28e%29%EF%BF%BD"');
  });
});
