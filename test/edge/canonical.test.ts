import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CanonicalPolicy,
  type CanonicalRequest,
  canonicalConfigSchema,
  canonicalRedirect,
  compileCanonical,
} from '../../src/edge/canonical.ts';
import { redirectPolicy } from './edge.ts';

const hosts = ['shop.example', 'www.shop.example', 'blog.shop.example'];

function policyOf(config: unknown): CanonicalPolicy {
  const policy = compileCanonical(canonicalConfigSchema.parse(config), { hosts, ...redirectPolicy });
  if (policy === null) throw new Error('the policy is off');
  return policy;
}

const everything = policyOf({
  https: true,
  www: 'add',
  trailingSlash: 'add',
  lowercasePath: true,
  locales: { paths: { de: '/de/', en: '/en/', 'pt-BR': '/br/' }, otherwise: 'en' },
});
const asked: CanonicalRequest = { method: 'GET', host: 'www.shop.example', url: '/a/', protocol: 'https' };

type Row = readonly [string, Partial<CanonicalRequest>, string | null];

function check(policy: CanonicalPolicy): (...row: Row) => void {
  return (_title, given, location) =>
    expect(canonicalRedirect({ ...asked, ...given }, policy)?.location ?? null).toBe(location);
}

describe('the right address', () => {
  const rows: readonly Row[] = [
    ['is left alone', {}, null],
    ['is https', { protocol: 'http' }, 'https://www.shop.example/a/'],
    ['is on the site’s host with www', { host: 'shop.example' }, 'https://www.shop.example/a/'],
    ['ends with a slash', { url: '/a?x=1' }, 'https://www.shop.example/a/?x=1'],
    ['is in small letters', { url: '/A%2fB/' }, 'https://www.shop.example/a%2fb/'],
    [
      'is reached in one step from everything that is wrong',
      {
        protocol: 'http',
        host: 'Shop.Example:80',
        url: '/SALE/Shoes?utm_source=A%20b&utm_source=&&gclid=x+/=%zz',
      },
      'https://www.shop.example/sale/shoes/?utm_source=A%20b&utm_source=&&gclid=x+/=%zz',
    ],
    [
      'keeps the port where the scheme stays',
      { host: 'shop.example:8443' },
      'https://www.shop.example:8443/a/',
    ],
    ['needs no scheme where nobody knows it', { protocol: 'unknown', url: '/a' }, '//www.shop.example/a/'],
    [
      'cannot be turned into another host',
      { url: '//evil.example/A' },
      'https://www.shop.example//evil.example/a/',
    ],
    ['of a file has no slash', { url: '/a/style.css' }, null],
    ['of an API is its own affair', { url: '/api/Orders' }, null],
    [
      'of a well-known path is where it is asked',
      { url: '/.well-known/acme-challenge/X', protocol: 'http' },
      null,
    ],
    ['of a host that the site does not list is not known', { host: '10.0.0.7', protocol: 'http' }, null],
    ['of a host without its counterpart is its own', { host: 'blog.shop.example' }, null],
    ['of a preflight is never another', { method: 'OPTIONS', protocol: 'http' }, null],
    ['of a form is its path as it is', { method: 'POST', url: '/Send' }, null],
    [
      'of a form is https all the same',
      { method: 'POST', url: '/Send', protocol: 'http' },
      'https://www.shop.example/Send',
    ],
    ['is never made from what no browser asks', { url: '/A#b' }, null],
  ];
  it.each(rows)('%s', check(everything));

  it.each<readonly [string, string | undefined, string | null]>([
    ['the language that the browser prefers', 'en;q=0.8,de-AT,de;q=0.9', '/de/'],
    ['a language of a region', 'pt-BR,pt;q=0.9', '/br/'],
    ['the one for others where none is offered', 'ja', '/en/'],
    ['the one for others where the header is nonsense', ';;q=,,q=1;=', '/en/'],
    ['no language that is ruled out', 'de;q=0, fr', '/en/'],
    ['nothing where no person opens a page', undefined, null],
  ])('of the first page is that of %s', (_title, languages, path) => {
    const redirect = canonicalRedirect(
      { ...asked, url: '/?utm_source=x', ...(languages !== undefined && { languages }) },
      everything,
    );
    expect(redirect?.location ?? null).toBe(
      path === null ? null : `https://www.shop.example${path}?utm_source=x`,
    );
    expect(redirect?.status ?? 302).toBe(302);
  });

  it('stays on the first page where no language fits and none is for others', () => {
    const policy = policyOf({ locales: { paths: { de: '/de/' } } });
    expect(canonicalRedirect({ ...asked, url: '/', languages: 'fr' }, policy)).toBeNull();
  });

  it.each<Row>([
    ['loses www', { host: 'www.shop.example', url: '/a' }, 'https://shop.example/a'],
    ['loses every slash at the end', { host: 'shop.example', url: '/a//?b' }, 'https://shop.example/a?b'],
    ['is the first page, which has nothing else', { host: 'shop.example', url: '/' }, null],
    [
      'is the first page where there are slashes only',
      { host: 'shop.example', url: '///' },
      'https://shop.example/',
    ],
  ])('without www and slash %s', (...row) =>
    check(policyOf({ www: 'remove', trailingSlash: 'remove' }))(...row),
  );

  it('is told for good by 301 and 308, for now by 302', () => {
    const statusOf = (given: Partial<CanonicalRequest>) =>
      canonicalRedirect({ ...asked, ...given }, everything)?.status;
    expect(statusOf({ protocol: 'http' })).toBe(301);
    expect(statusOf({ protocol: 'http', method: 'HEAD' })).toBe(301);
    expect(statusOf({ protocol: 'http', method: 'PUT' })).toBe(308);
    expect(statusOf({ protocol: 'http', url: '/', languages: 'de' })).toBe(302);
  });

  it('is not looked for where nothing is switched on', () => {
    expect(compileCanonical(canonicalConfigSchema.parse({}), { hosts, ...redirectPolicy })).toBeNull();
  });

  it('wants the language for others to be one of the offered', () => {
    const config = { locales: { paths: { de: '/de/' }, otherwise: 'en' } };
    expect(canonicalConfigSchema.safeParse(config).success).toBe(false);
  });
});

const policyArbitrary = fc
  .record({
    https: fc.boolean(),
    www: fc.constantFrom('keep', 'add', 'remove'),
    trailingSlash: fc.constantFrom('keep', 'add', 'remove'),
    lowercasePath: fc.boolean(),
    locales: fc.constantFrom({ paths: { de: '/De', en: '/en/', fr: '/' }, otherwise: 'en' }),
  })
  .map(policyOf);
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '/',
      '/',
      '.',
      '%2F',
      '%c3',
      'A',
      'b',
      '\\',
      '&',
      '=',
      '?',
      '%',
      '+',
      'api',
      '.pdf',
      ';',
      ':',
      '@',
    ),
    fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 14,
});
const requestArbitrary: fc.Arbitrary<CanonicalRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST'),
  host: fc.constantFrom(
    'shop.example',
    'www.shop.example',
    'WWW.shop.example:8080',
    'blog.shop.example',
    '::1',
  ),
  url: fc.oneof(
    fc.constant('/'),
    fc.tuple(text, fc.oneof(fc.constant(''), text)).map(([path, query]) => `/${path}?${query}`),
  ),
  protocol: fc.constantFrom('http', 'https', 'unknown'),
  languages: fc.constantFrom('de', 'en', 'fr', 'ja', '*;q=0.5'),
});

describe('a redirect of the gateway’s own, whatever is asked,', () => {
  it('keeps every byte of the query', () => {
    fc.assert(
      fc.property(requestArbitrary, policyArbitrary, (request, policy) => {
        const redirect = canonicalRedirect(request, policy);
        fc.pre(redirect !== null);
        const question = request.url.indexOf('?');
        const query = question < 0 ? '' : request.url.slice(question);
        expect(redirect.location.endsWith(query)).toBe(true);
        expect(redirect.location.slice(0, redirect.location.length - query.length)).not.toContain('?');
      }),
      { numRuns: 2_000 },
    );
  });

  it('leads to an address of the site that is right by itself', () => {
    fc.assert(
      fc.property(requestArbitrary, policyArbitrary, (request, policy) => {
        const redirect = canonicalRedirect(request, policy);
        fc.pre(redirect !== null);
        const [, scheme = '', host = '', url = ''] =
          /^(https:)?\/\/([^/]+)(.*)$/s.exec(redirect.location) ?? [];
        expect(hosts).toContain(host.replace(/:\d+$/, ''));
        const protocol = scheme === '' ? request.protocol : 'https';
        expect(canonicalRedirect({ ...request, host, url, protocol }, policy)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });
});
