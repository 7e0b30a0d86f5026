import { describe, expect, it } from 'vitest';
import { cacheHeaders } from '../../src/campaign/cache-headers.ts';
import { repairRedirect, repairRefresh } from '../../src/campaign/redirect.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';

const ownHosts = new Set(['shop.example', 'www.shop.example', 'checkout.example']);
const isOwnHost = (host: string) => ownHosts.has(host);
const policy = compileRedirectPolicy(redirectPolicyConfigSchema.parse({}), isOwnHost);
const requestUrl = 'https://shop.example/sale?utm_source=google&color=red&gclid=Cj0K_a-B';
const both = 'utm_source=google&gclid=Cj0K_a-B';

function locationOf(location: string, from = requestUrl): string {
  const repaired = repairRedirect({ status: 302, location, requestUrl: from }, policy);
  return repaired !== null && 'location' in repaired ? repaired.location : JSON.stringify(repaired);
}

describe('repairRedirect keeps parameters over', () => {
  it.each([
    [
      'an upgrade to https',
      'http://shop.example/sale?gclid=1',
      'https://shop.example/sale',
      'https://shop.example/sale?gclid=1',
    ],
    [
      'apex to www',
      requestUrl,
      'https://www.shop.example/sale?color=red',
      `https://www.shop.example/sale?color=red&${both}`,
    ],
    ['a trailing slash', requestUrl, '/sale/', `/sale/?${both}`],
    ['index.html', requestUrl, 'index.html', `index.html?${both}`],
    ['a vanity address', requestUrl, '/p/4711?ref=sale', `/p/4711?ref=sale&${both}`],
    ['a locale redirect', requestUrl, '/de/sale', `/de/sale?${both}`],
    ['a locale in the query of the same page', requestUrl, '/sale?lang=de', `/sale?lang=de&${both}`],
    [
      'a split test on a listed domain',
      requestUrl,
      'https://checkout.example/b',
      `https://checkout.example/b?${both}`,
    ],
    [
      'an address with a port',
      requestUrl,
      'https://shop.example:8443/x',
      `https://shop.example:8443/x?${both}`,
    ],
    ['a sign-in page of the site itself', requestUrl, '/login?next=%2Fsale', `/login?next=%2Fsale&${both}`],
    ["Google's linker", 'https://shop.example/?_gl=1*a*_ga*MQ..', '/de/', '/de/?_gl=1*a*_ga*MQ..'],
    ['a mail recipient id', 'https://shop.example/?mc_eid=a1&mc_cid=b', '/de/', '/de/?mc_eid=a1&mc_cid=b'],
  ])('%s', (_what, from, location, expected) => {
    expect(locationOf(location, from)).toBe(expected);
  });
});

describe('repairRedirect writes', () => {
  it.each([
    ['before the fragment', '/a#top', `/a?${both}#top`],
    ['before a fragment that has a question mark', '/a#/b?c=1', `/a?${both}#/b?c=1`],
    ['after an empty query', '/a?', `/a?${both}`],
    ['after an empty query with a fragment', '/a?#b', `/a?${both}#b`],
    ['after a trailing ampersand', '/a?b=1&', `/a?b=1&${both}`],
    ['after a second question mark, which belongs to a value', '/a?b=1?', `/a?b=1?&${both}`],
    ['to a query alone', '?b=1', `?b=1&${both}`],
    ['to a host without path', 'https://www.shop.example', `https://www.shop.example?${both}`],
    ['to an address without scheme', '//www.shop.example/a', `//www.shop.example/a?${both}`],
    ['around odd bytes', '/ü/%zz/a b?x=%E0%A4%A&y=a+b;c', `/ü/%zz/a b?x=%E0%A4%A&y=a+b;c&${both}`],
  ])('%s', (_what, location, expected) => {
    expect(locationOf(location)).toBe(expected);
  });

  it.each([
    [
      'encoded values as they came',
      'utm_campaign=a%20b+c%26d&gclid=x%2',
      'utm_campaign=a%20b+c%26d&gclid=x%2',
    ],
    ['names as they came', 'UTM_Source=x&utm%5Fmedium=y', 'UTM_Source=x&utm%5Fmedium=y'],
    ['repeated parameters, all of them', 'utm_source=a&utm_source=b', 'utm_source=a&utm_source=b'],
    ['what follows a second question mark', 'a=1?utm_source=x&gclid=y', 'utm_source=x&gclid=y'],
    ['a question mark inside a value', 'utm_content=a?b=c', 'utm_content=a?b=c'],
    ['a name after an escaped ampersand', 'a=1&amp;utm_source=x', 'amp;utm_source=x'],
  ])('%s', (_what, query, added) => {
    expect(locationOf('/a', `https://shop.example/?${query}`)).toBe(`/a?${added}`);
  });

  it('says which names it added, each once and in lower case', () => {
    const from = 'https://shop.example/?UTM_Source=a&utm_source=b&gclid=c&color=red&utm_medium=d';
    expect(
      repairRedirect({ status: 301, location: '/a?utm_medium=e', requestUrl: from }, policy),
    ).toMatchObject({
      added: ['utm_source', 'gclid'],
    });
  });
});

describe('repairRedirect has nothing to do', () => {
  it.each([
    ['when the Location has them all', `/a?${both}`],
    ['when the Location has its own values', '/a?utm_source=newsletter&gclid='],
    ['when the names differ in case or encoding', '/a?UTM_SOURCE=x&gcl%69d=y'],
    ['when they follow an escaped ampersand', '/a?b=1&amp;utm_source=x&amp;amp;gclid=y'],
    ['when they follow a second question mark', '/a?b=1?utm_source=x&gclid=y'],
    ['when the fragment has them', '/a#/b?utm_source=x&gclid=y'],
    ['when the Location is empty, which keeps the query', ''],
    ['when the Location is a fragment, which keeps the query', '#top'],
  ])('%s', (_what, location) => {
    expect(repairRedirect({ status: 302, location, requestUrl }, policy)).toBeNull();
  });

  it.each([
    ['the request has no query', 'https://shop.example/sale'],
    ['the request has nothing tracked', 'https://shop.example/sale?a=1&utm_sourc=x&__proto__=y'],
    ['what is tracked has no value', 'https://shop.example/sale?gclid=&utm_source'],
    ['it is in the fragment, which no request has', 'https://shop.example/sale#?gclid=1'],
    ['it could not stand in a header', 'https://shop.example/sale?gclid=a\u0100&utm_source=a\nb'],
  ])('when %s', (_what, from) => {
    expect(repairRedirect({ status: 302, location: '/a', requestUrl: from }, policy)).toBeNull();
  });

  it('on any status that is not a redirect', () => {
    const repaired = [200, 201, 300, 301, 302, 303, 304, 305, 307, 308, 404].filter(
      (status) => repairRedirect({ status, location: '/a', requestUrl }, policy) !== null,
    );
    expect(repaired).toEqual([301, 302, 303, 307, 308]);
  });

  it('when the site switched it off', () => {
    const off = compileRedirectPolicy(redirectPolicyConfigSchema.parse({ keepParameters: false }), isOwnHost);
    expect(repairRedirect({ status: 302, location: '/a', requestUrl }, off)).toBeNull();
    expect(repairRefresh('0;url=/a', requestUrl, off)).toBeNull();
  });
});

describe('repairRedirect refuses', () => {
  it.each([
    ['a foreign host', 'https://evil.example/', 'foreign_host'],
    ['a foreign host without scheme', '//evil.example/', 'foreign_host'],
    ['a foreign host behind a backslash', '/\\evil.example/', 'foreign_host'],
    ['a foreign host behind two backslashes', '\\\\evil.example', 'foreign_host'],
    ['a foreign host behind a tab', '/\t/evil.example', 'unreadable'],
    ['an own host that is only the user name', 'https://shop.example@evil.example/', 'foreign_host'],
    ['an own host that is only the beginning', 'https://shop.example.evil.example/', 'foreign_host'],
    ['a script', 'javascript:location=1', 'not_web'],
    ['data', 'data:text/html,hello', 'not_web'],
    ['a mail address', 'mailto:a@shop.example', 'not_web'],
    ['an app', 'shopapp://open/p', 'not_web'],
    ['a broken address', 'https://[/', 'unreadable'],
    ['a space at the end', '/a ', 'unreadable'],
    ['a signed storage link', '/a?X-Amz-Signature=1&X-Amz-Date=2', 'untouchable_parameter'],
    ['a signed link', '/a?expires=1&signature=2', 'untouchable_parameter'],
    ['a shared access signature', '/a?sv=1&sig=2', 'untouchable_parameter'],
    ['an hmac', '/a?hmac=2', 'untouchable_parameter'],
    ['a payment return', '/a?token=EC-1&PayerID=2', 'untouchable_parameter'],
    ['an OAuth callback', '/cb?code=1&state=2', 'untouchable_parameter'],
    ['an OAuth callback in the fragment', '/cb#access_token=1', 'untouchable_parameter'],
    ['a SAML request with an encoded name', '/sso?SAML%52equest=1', 'untouchable_parameter'],
    ['an API', '/api/v1/offers', 'untouchable_path'],
    ['a file', 'https://www.shop.example/catalogue.PDF', 'untouchable_path'],
    ['the same page without its parameters', '/sale?color=red', 'same_page'],
    ['the same page with another value', 'https://shop.example/sale?color=blue#top', 'same_page'],
    ['an address that would be too long', `/${'a'.repeat(2_048 - both.length - 1)}`, 'too_long'],
  ])('%s', (_what, location, refused) => {
    expect(repairRedirect({ status: 302, location, requestUrl }, policy)).toEqual({ refused });
  });

  it('what the site marks, and nothing that only begins alike', () => {
    const marked = compileRedirectPolicy(
      redirectPolicyConfigSchema.parse({
        untouchablePaths: ['/Download/', '/größe/a%20b'],
        untouchableParameters: ['Seal', 'acme-*', '*_key'],
      }),
      isOwnHost,
    );
    const refusals = [
      ...[
        '/Download',
        '/Download/a',
        '/x/../%44ownload/a',
        '/gr%C3%B6%C3%9Fe/a b/c',
        '/Downloads',
        '/x/Download',
      ],
      ...['/a?SEAL=1', '/a?acme-x=1', '/a?the_key=1', '/a?seals=1', '/a?acme=1', '/a?the_keys=1'],
    ].map((location) => {
      const repaired = repairRedirect({ status: 302, location, requestUrl }, marked);
      return repaired !== null && 'refused' in repaired ? repaired.refused : undefined;
    });
    const [path, parameter] = ['untouchable_path', 'untouchable_parameter'];
    expect(refusals).toEqual([
      ...[path, path, path, path, undefined, undefined],
      ...[parameter, parameter, parameter, undefined, undefined, undefined],
    ]);
  });

  it("a request's own address that cannot be read", () => {
    expect(repairRedirect({ status: 302, location: '/a', requestUrl: 'https://?gclid=1' }, policy)).toEqual({
      refused: 'unreadable',
    });
  });
});

describe('repairRefresh', () => {
  it.each([
    ['0;url=/de/', `0;url=/de/?${both}`],
    ['5; URL = "/de/"', `5; URL = "/de/?${both}"`],
    ["0, url='/de/#a' trailing", `0, url='/de/?${both}#a' trailing`],
    ['0 /de/', `0 /de/?${both}`],
    ['.5;/de/?a=1;b=2  ', `.5;/de/?a=1;b=2&${both}  `],
    ['0;url="/de/', `0;url="/de/?${both}`],
  ])('keeps parameters over %s', (header, refresh) => {
    expect(repairRefresh(header, requestUrl, policy)).toEqual({ refresh, added: ['utm_source', 'gclid'] });
  });

  it.each(['5', '', 'url=/de/', '5;', '5;url=', 'soon; url=/de/', `0;url=/de/?${both}`])(
    'has nothing to do for %j',
    (header) => {
      expect(repairRefresh(header, requestUrl, policy)).toBeNull();
    },
  );

  it.each([
    ['0;url=https://evil.example/', 'foreign_host'],
    ['0;url=javascript:alert(1)', 'not_web'],
    ['30;url=/sale', 'same_page'],
  ])('refuses %s', (header, refused) => {
    expect(repairRefresh(header, requestUrl, policy)).toEqual({ refused });
  });

  it('refuses a value that would end the quoted address', () => {
    const from = "https://shop.example/?utm_campaign=mother's+day";
    expect(repairRefresh("0;url='/de/'", from, policy)).toEqual({ refused: 'quote' });
    expect(repairRefresh('0;url="/de/"', from, policy)).toMatchObject({
      refresh: '0;url="/de/?utm_campaign=mother\'s+day"',
    });
  });
});

describe('cacheHeaders', () => {
  it('lets no cache keep a redirect that carries a click id', () => {
    const { set, remove } = cacheHeaders({
      location: '/a',
      'cache-control': 'public, max-age=31536000',
      'set-cookie': ['a=1'],
      vary: 'accept-language',
      age: '17',
      ETag: '"x"',
      expires: 'Thu, 01 Jan 2037 00:00:00 GMT',
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'Surrogate-Control': 'max-age=600',
      'surrogate-key': 'a b',
      'cdn-cache-control': 'max-age=600',
      'Cloudflare-CDN-Cache-Control': 'max-age=600',
      'x-accel-expires': '600',
    });
    expect(set).toEqual({ 'cache-control': 'private, no-store' });
    expect(remove).toEqual([
      'age',
      'ETag',
      'expires',
      'last-modified',
      'Surrogate-Control',
      'surrogate-key',
      'cdn-cache-control',
      'Cloudflare-CDN-Cache-Control',
      'x-accel-expires',
    ]);
  });
});

describe('redirectPolicyConfigSchema', () => {
  it('repairs by default and marks nothing', () => {
    expect(redirectPolicyConfigSchema.parse({})).toEqual({
      keepParameters: true,
      untouchablePaths: [],
      untouchableParameters: [],
    });
  });

  it.each([
    { untouchablePaths: ['download'] },
    { untouchablePaths: ['/download?a=1'] },
    { untouchableParameters: ['*'] },
    { untouchableParameters: ['a*b'] },
    { untouchableParameters: [''] },
    { keepParameter: true },
  ])('refuses %j', (config) => {
    expect(redirectPolicyConfigSchema.safeParse(config).success).toBe(false);
  });
});
