import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clickIdParameters, parameterNamed } from '../../src/campaign/parameters.ts';
import { repairRedirect, repairRefresh } from '../../src/campaign/redirect.ts';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';

const ownHosts = new Set(['shop.example', 'www.shop.example', 'checkout.example']);
const policy = compileRedirectPolicy(redirectPolicyConfigSchema.parse({}), (host) => ownHosts.has(host));

const latin = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '&',
      '=',
      '?',
      '%',
      '+',
      ';',
      '/',
      '\\',
      '.',
      'a',
      'Z',
      '0',
      '%26',
      '%3D',
      '%zz',
      '"',
      "'",
    ),
    fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code === 0x23 ? 0x24 : code)),
  ),
  maxLength: 12,
});
const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('utm_source', 'UTM_Medium', 'utm%5Fcampaign', 'gclid', 'ScCid', '_gl'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('color', 'q', '__proto__', 'sig', 'amp;utm_term', 'constructor', ''),
  },
  { weight: 1, arbitrary: latin },
);
const query = fc
  .array(
    fc.tuple(name, latin).map(([key, value]) => `${key}=${value}`),
    { maxLength: 6 },
  )
  .map((pairs) => pairs.join('&'));
const request = fc
  .tuple(fc.constantFrom('/', '/sale', '/p.html'), query)
  .map(([path, text]) => `${path}?${text}`);
const requestUrl = request.map((target) => `https://shop.example${target}`);
const origin = fc.constantFrom(
  '',
  '',
  'https://shop.example',
  '//www.shop.example',
  'http://checkout.example:8080',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:',
  'mailto:',
);
const tail = fc.tuple(
  fc.oneof(fc.constantFrom('', '/', '/de/', '/a b/%2f'), latin),
  fc.oneof(
    fc.constant(''),
    query.map((text) => `?${text}`),
    fc.constantFrom('?', '?a=1&', '?a=1?'),
  ),
  fc.oneof(
    fc.constant(''),
    latin.map((text) => `#${text}`),
    fc.constantFrom('#', '#/a?utm_source=f'),
  ),
);
const location = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(origin, tail).map(([start, rest]) => start + rest.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

/** A repaired redirect, its request and what was put in; the property does not apply to others. */
function repairOf(from: string, to: string) {
  const repaired = repairRedirect({ status: 302, location: to, requestUrl: from }, policy);
  fc.pre(repaired !== null && 'location' in repaired);
  const hash = to.indexOf('#');
  const end = hash < 0 ? to.length : hash;
  const inserted = repaired.location.slice(end, repaired.location.length - (to.length - end));
  return { repaired, before: to.slice(0, end), inserted, after: to.slice(end) };
}

const runs = { numRuns: 2_000 };

describe('a repaired redirect, whatever came in,', () => {
  it('is the Location with one run inserted and no other byte changed', () => {
    fc.assert(
      fc.property(requestUrl, location, (from, to) => {
        const { repaired, before, inserted, after } = repairOf(from, to);
        expect(repaired.location).toBe(before + inserted + after);
        const pairs = inserted.replace(/^[?&]/, '');
        expect(pairs).not.toBe('');
        expect(from.length).toBeGreaterThanOrEqual(pairs.length);
        expect(repaired.location.length).toBeLessThanOrEqual(2_048);
      }),
      runs,
    );
  });

  it('needs no second repair', () => {
    fc.assert(
      fc.property(requestUrl, location, (from, to) => {
        const { repaired } = repairOf(from, to);
        expect(
          repairRedirect({ status: 302, location: repaired.location, requestUrl: from }, policy),
        ).toBeNull();
      }),
      runs,
    );
  });

  it('leads where it led, on a host of the site', () => {
    fc.assert(
      fc.property(requestUrl, location, (from, to) => {
        const { repaired } = repairOf(from, to);
        const [was, is] = [new URL(to, from), new URL(repaired.location, from)];
        expect([is.protocol, is.host, is.pathname, is.hash]).toEqual([
          was.protocol,
          was.host,
          was.pathname,
          was.hash,
        ]);
        expect(ownHosts.has(is.hostname)).toBe(true);
      }),
      runs,
    );
  });

  it('has the parameters it had, in order, and after them the ones that were added', () => {
    fc.assert(
      fc.property(requestUrl, location, (from, to) => {
        const { repaired, inserted } = repairOf(from, to);
        const was = [...new URL(to, from).searchParams];
        const added = [...new URL(`https://shop.example/?${inserted.replace(/^[?&]/, '')}`).searchParams];
        expect([...new URL(repaired.location, from).searchParams]).toEqual([...was, ...added]);
      }),
      runs,
    );
  });

  it('adds only tracked names that were nowhere in the Location', () => {
    fc.assert(
      fc.property(requestUrl, location, (from, to) => {
        const { repaired } = repairOf(from, to);
        const had = new Set(new URL(to, from).searchParams.keys().map((key) => key.toLowerCase()));
        expect(repaired.added.filter((key) => had.has(key) || parameterNamed(key) === undefined)).toEqual([]);
      }),
      runs,
    );
  });
});

describe('repairing', () => {
  it('never throws and never touches a foreign or unreadable address', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), location, requestUrl);
    fc.assert(
      fc.property(anything, anything, (from, to) => {
        const repaired = repairRedirect({ status: 301, location: to, requestUrl: from }, policy);
        if (repaired === null || 'refused' in repaired) return;
        const { hostname, protocol } = new URL(repaired.location, from);
        expect(['http:', 'https:']).toContain(protocol);
        expect(ownHosts.has(hostname) || hostname === new URL(from).hostname).toBe(true);
      }),
      runs,
    );
  });

  it('leaves all of a Refresh header but the run that it inserts', () => {
    const form = fc.constantFrom('0;url=', '5; URL="', "0 , url='", '1 ');
    fc.assert(
      fc.property(requestUrl, form, location, (from, start, to) => {
        const quote = start.at(-1) === '"' || start.at(-1) === "'" ? start.at(-1) : '';
        const header = `${start}${to}${quote}`;
        const repaired = repairRefresh(header, from, policy);
        fc.pre(repaired !== null && 'refresh' in repaired);
        const grown = repaired.refresh.length - header.length;
        const splits = Array.from({ length: header.length + 1 }, (_, at) => at);
        expect(
          splits.some((at) => repaired.refresh.slice(0, at) + repaired.refresh.slice(at + grown) === header),
        ).toBe(true);
        expect(repairRefresh(repaired.refresh, from, policy)).toBeNull();
      }),
      runs,
    );
  });
});

describe('the shipped list of signature-like parameters', () => {
  it('has no parameter that is tracked', () => {
    expect([...clickIdParameters].filter(policy.isUntouchableParameter)).toEqual([]);
  });
});
