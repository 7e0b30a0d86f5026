import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followParameters, type Hop } from '../../src/campaign/hops.ts';

const origin = 'https://shop.example';

function hop(url: string, changes: Partial<Hop> = {}): Hop {
  return {
    url: URL.parse(url, origin)?.href ?? url,
    via: 'location',
    status: 302,
    target: 'x',
    headers: {},
    ...changes,
  };
}

function follow(...urls: readonly string[]) {
  return followParameters(urls.map((url) => hop(url)));
}

describe('marks', () => {
  it.each([
    ['stays', ['/?gclid=A', '/b?gclid=A', '/c?gclid=A'], ['there', 'there', 'there']],
    ['is lost', ['/?gclid=A', '/b', '/c'], ['lost', 'absent', 'absent']],
    ['is lost late', ['/?gclid=A', '/b?gclid=A', '/c'], ['there', 'lost', 'absent']],
    ['is added', ['/', '/b?gclid=A', '/c?gclid=A'], ['added', 'there', 'there']],
    ['is changed', ['/?gclid=A', '/b?gclid=a', '/c?gclid=a'], ['changed', 'there', 'there']],
    ['comes back', ['/?gclid=A', '/b', '/c?gclid=A'], ['lost', 'added', 'there']],
    ['goes behind the #', ['/?gclid=A', '/b#gclid=A', '/c#gclid=A'], ['lost', 'absent', 'absent']],
    ['began behind the #', ['/#gclid=A', '/b#gclid=A', '/c?gclid=A'], ['there', 'there', 'there']],
    ['is emptied', ['/?gclid=A&b=1', '/b?gclid=&b=1', '/c'], ['lost', 'absent', 'absent']],
    ['has an alias', ['/?dicbo=A', '/b?obclid=A', '/c?obclid=A'], ['changed', 'there', 'there']],
  ] as const)('of a parameter that %s', (_title, urls, marks) => {
    expect(follow(...urls).parameters.map((parameter) => parameter.marks)).toEqual([marks]);
  });

  it('has one row of marks for each registered parameter, in the order they are first seen', () => {
    const { parameters } = follow('/?b=1&utm_medium=x&color=red&GCLID=A', '/b?utm_source=y&gclid=A');
    expect(parameters.map(({ name }) => name)).toEqual(['utm_medium', 'gclid', 'utm_source']);
  });

  it('is empty without hops, and for what is no address', () => {
    expect(followParameters([])).toEqual({ parameters: [], losses: [] });
    expect(follow('not an address', '/')).toEqual({ parameters: [], losses: [] });
  });
});

describe('the difference of two values', () => {
  it.each([
    ['utm_source=a%20b', 'utm_source=a+b', undefined],
    ['utm_source=%7Ea', 'utm_source=~a', undefined],
    ['utm_source=%c3%a9', 'utm_source=%C3%A9', undefined],
    ['gclid=a%2Bb', 'gclid=a+b', 're_encoded'],
    ['gclid=a+b', 'gclid=a%2520b', 're_encoded'],
    ['gclid=a%26b', 'gclid=a%2526b', 're_encoded'],
    ['gclid=a%E0%A4b', 'gclid=a%25E0%25A4b', 're_encoded'],
    ['gclid=AbC', 'gclid=abc', 're_cased'],
    ['gclid=AbC', 'GCLID=AbC', 're_cased'],
    ['gclid=AbC', 'gclid=Ab', 'truncated'],
    ['gclid=a%20b', 'gclid=a%2', 'truncated'],
    ['gclid=AbC', 'gclid=XyZ', 'replaced'],
    ['gclid=AbC', 'gclid=AbCd', 'replaced'],
  ])('between %s and %s', (before, after, cause) => {
    expect(follow(`/?${before}`, `/b?${after}`).losses.map((loss) => loss.cause)).toEqual(
      cause === undefined ? [] : [cause],
    );
  });
});

describe('the cause of a loss', () => {
  it.each([
    ['/?gclid=A', '/b', 'redirect_dropped_query'],
    ['/?gclid=A', '/', 'redirect_dropped_query'],
    ['/?gclid=A&a=1', '/b?a=1', 'redirect_removed_parameter'],
    ['/?gclid=A', '/b?id=7', 'redirect_dropped_query'],
    ['/sale?gclid=A', '/sale/', 'tidy_redirect_dropped_query'],
    ['/Sale?gclid=A', '/sale', 'tidy_redirect_dropped_query'],
    ['/sale/index.php?gclid=A', '/sale', 'tidy_redirect_dropped_query'],
    ['http://shop.example/sale?gclid=A', 'https://shop.example/sale', 'https_redirect_dropped_query'],
    ['http://shop.example/sale?gclid=A', 'https://www.shop.example/sale', 'www_redirect_dropped_query'],
    ['https://www.shop.example/?gclid=A', 'https://shop.example/', 'www_redirect_dropped_query'],
    ['/?gclid=A', 'https://other.example/', 'other_host_dropped_query'],
    ['/?gclid=A', '/de/', 'locale_redirect_dropped_query'],
    ['/sale?gclid=A', '/de-AT/sale', 'locale_redirect_dropped_query'],
    ['/sale?gclid=A', '/us/sale/', 'locale_redirect_dropped_query'],
    ['/fr/sale?gclid=A', '/en/sale', 'locale_redirect_dropped_query'],
    ['https://www.shop.example/?gclid=A', 'https://de.shop.example/', 'locale_redirect_dropped_query'],
    ['/sale?gclid=A', '/de/home', 'redirect_dropped_query'],
    ['/?gclid=A', '/go/', 'redirect_dropped_query'],
    ['/de/sale?gclid=A', '/de/sale/', 'tidy_redirect_dropped_query'],
    ['/?gclid=A', '/b#?gclid=A', 'moved_into_fragment'],
    ['/?gclid=A', '/%3Fgclid=A', 'moved_into_path'],
    ['/?gclid=A', '/b?gclid%3DA', 're_encoded'],
    ['/?gclid=A', '/login?next=%2F%3Fgclid%3DA', 'moved_into_parameter'],
    [
      '/?gclid=A',
      '/login?next=https%253A%252F%252Fshop.example%252F%253Fgclid%253DA',
      'moved_into_parameter',
    ],
    ['/#gclid=A', '/b#top', 'fragment_replaced'],
    ['/?a=1&gclid=A', '/b?a', 'truncated'],
  ])('from %s to %s', (from, to, cause) => {
    expect(follow(from, to).losses.map((loss) => loss.cause)).toEqual([cause]);
  });

  it.each([
    ['meta', 'meta_refresh_dropped_query'],
    ['refresh', 'refresh_header_dropped_query'],
  ] as const)('by %s', (via, cause) => {
    const { losses } = followParameters([hop('/?gclid=A', { status: 200 }), hop('/b', { via })]);
    expect(losses).toMatchObject([{ cause, evidence: { via } }]);
  });

  it.each([
    [{ age: '12' }, 'cached_redirect_dropped_query', 'a cached answer (age: 12)'],
    [{ age: '0' }, 'redirect_dropped_query', 'the server that answered'],
    [
      { 'x-cache': 'Hit from cloudfront', 'x-amz-cf-id': 'x' },
      'cached_redirect_dropped_query',
      'a cached answer at Amazon CloudFront (x-cache: Hit from cloudfront)',
    ],
    [
      { 'x-cache': 'Miss from cloudfront', 'x-amz-cf-id': 'x' },
      'redirect_dropped_query',
      "the site's own server behind Amazon CloudFront (x-cache: Miss from cloudfront)",
    ],
    [
      { 'cf-cache-status': 'DYNAMIC', server: 'cloudflare', 'cf-ray': 'x' },
      'redirect_dropped_query',
      "the site's own server behind Cloudflare (cf-cache-status: DYNAMIC)",
    ],
    [{ server: 'nginx' }, 'redirect_dropped_query', 'the server that answered (nginx)'],
  ])('with the headers %j', (headers, cause, culprit) => {
    const { losses } = followParameters([hop('/?gclid=A', { headers }), hop('/b')]);
    expect(losses).toMatchObject([{ cause, culprit }]);
  });

  it('does not blame the delivery network for a locale redirect that it has cached', () => {
    const headers = { server: 'cloudflare', 'cf-ray': 'x', 'cf-cache-status': 'HIT', age: '9' };
    const { losses } = followParameters([hop('/?gclid=A', { headers, target: '/de/' }), hop('/de/')]);
    expect(losses).toMatchObject([
      {
        cause: 'locale_redirect_dropped_query',
        culprit: "the site's own language or country redirect",
        evidence: { locale: '/de/', cached: 'cf-cache-status: HIT', location: 'relative' },
      },
    ]);
  });

  it.each([
    ['/de/', 'relative'],
    ['//shop.example/', 'absolute'],
    ['https://shop.example/', 'absolute'],
  ])('tells how the target %s was written', (target, location) => {
    const { losses } = followParameters([hop('/?gclid=A', { target }), hop('/b')]);
    expect(losses).toMatchObject([{ evidence: { location } }]);
  });

  it('has a way to mend it', () => {
    for (const { fix, what } of follow('/?gclid=A', '/b').losses) {
      expect(fix).toMatch(/^[A-Z].*\.$/);
      expect(what).not.toBe('');
    }
  });
});

describe('the cause of a loss in a page', () => {
  const from = '/sale?gclid=A';
  it.each([
    ['a script', 'script', '/b', {}, 'script_replaced_url'],
    ['a router', 'history', '/b', {}, 'script_replaced_url'],
    ['a form', 'form', '/b?q=1', {}, 'form_dropped_query'],
    ['a banner', 'script', '/b', { consentCookie: 'CookieConsent' }, 'consent_reload_dropped_query'],
    ['a link to another domain', 'link', 'https://other.example/', {}, 'cross_domain_link_dropped_query'],
    ['a link to a payment page', 'link', 'https://www.paypal.com/pay', {}, 'round_trip_dropped_query'],
    ['a script that moves it', 'script', '/b#gclid=A', {}, 'moved_into_fragment'],
  ] as const)('%s', (_title, via, to, changes, cause) => {
    const { losses } = followParameters([hop(from, { status: 200, ...changes }), hop(to, { via })]);
    expect(losses.map((loss) => loss.cause)).toEqual([cause]);
    expect(losses[0]?.evidence.location).toBeUndefined();
  });

  it.each(['/b', 'https://www.shop.example/b'])('a link to %s loses nothing: its page had them', (to) => {
    const { losses, parameters } = followParameters([
      hop(from, { status: 200 }),
      hop(to, { via: 'link' }),
      hop('/c', { via: 'location' }),
    ]);
    expect(losses).toEqual([]);
    expect(parameters[0]?.marks).toEqual(['there', 'absent', 'absent']);
  });
});

describe('the cause of a redirect that leads aside', () => {
  it.each([
    ['/cookie-consent?next=%2F', 'consent_page_dropped_query', { consentPage: '/cookie-consent' }],
    ['https://consent.shop.example/', 'consent_page_dropped_query', { consentPage: 'consent.' }],
    [
      'https://id.example/authorize?client_id=1&redirect_uri=x',
      'round_trip_dropped_query',
      { roundTrip: 'redirect_uri' },
    ],
    ['https://id.example/sso?SAMLRequest=x', 'round_trip_dropped_query', { roundTrip: 'SAMLRequest' }],
    ['https://checkout.stripe.com/c/pay', 'round_trip_dropped_query', { roundTrip: 'checkout.stripe.com' }],
    ['/walls-and-floors', 'redirect_dropped_query', {}],
    ['/informed-consent-forms', 'redirect_dropped_query', {}],
  ])('to %s is %s', (to, cause, evidence) => {
    const [loss] = follow('/sale?gclid=A', to).losses;
    expect(loss?.cause).toBe(cause);
    expect(loss?.evidence).toMatchObject(evidence);
  });
});

describe('properties', () => {
  const query = fc.array(
    fc.tuple(
      fc.constantFrom(
        'utm_source',
        'UTM_medium',
        'gclid',
        '_gl',
        'amp;utm_id',
        'color',
        '__proto__',
        '%3Futm_term',
      ),
      fc.oneof(
        fc.string({ maxLength: 12 }).map(encodeSafely),
        fc.constantFrom('%', '%E0%A4%A', '+', '%252B', ''),
      ),
    ),
    { maxLength: 6 },
  );
  const address = fc
    .tuple(fc.constantFrom('/', '/de/', '/a?x', 'http://b.example/%3f', '/a#'), query)
    .map(
      ([base, pairs]) =>
        `${base}${base.includes('#') ? '' : '?'}${pairs.map((pair) => pair.join('=')).join('&')}`,
    );

  it('a way that changes nothing loses nothing', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 5 }), (url, count) => {
        expect(follow(...Array<string>(count).fill(url)).losses).toEqual([]);
      }),
    );
  });

  it('every hop has a mark, and every lost or changed mark one loss', () => {
    fc.assert(
      fc.property(fc.array(address, { maxLength: 6 }), (urls) => {
        const { parameters, losses } = follow(...urls);
        for (const { name, marks } of parameters) {
          expect(marks).toHaveLength(urls.length);
          const marked = marks.flatMap((mark, index) =>
            mark === 'lost' || mark === 'changed' ? [index + 1] : [],
          );
          expect(losses.filter(({ parameter }) => parameter === name).map((loss) => loss.hop)).toEqual(
            marked,
          );
        }
      }),
    );
  });
});

function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
