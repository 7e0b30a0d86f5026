import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatements } from '../../src/consent/resolve.ts';
import { indexSources, sourcesFor } from '../../src/consent/source-index.ts';
import { consentSources } from '../../src/consent/sources/index.ts';
import type { ConsentSource } from '../../src/contract/consent-source.ts';
import type { Draft, Hit } from '../../src/model/hit.ts';

type Signals = Pick<Hit, 'headers' | 'cookies' | 'query'>;

/** The slow way: every source is asked about every hit. */
function askAll(sources: readonly ConsentSource[], hit: Signals, draft: Pick<Draft, 'signals'>) {
  return sources.flatMap((source) => source.read(hit, draft) ?? []);
}

const examples = consentSources.flatMap((source) => source.examples);
const names = consentSources.flatMap(({ cookies }) => cookies);
const prefixes = consentSources.flatMap(({ cookiePrefixes = [] }) => cookiePrefixes);
const others = ['_ga', '_fbp', 'session', '__cmp', '_iub', 'klaro2', 'constructor', '_', ''];

const cookieName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...prefixes), fc.constantFrom('', '1', 'x123', 'y-uspr'))
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.constantFrom(...others) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }).filter((name) => name !== '__proto__') },
);
const exampleCookies = fc.constantFrom(...examples).map(({ cookies = {} }) => cookies);
const strayCookies = fc.dictionary(
  cookieName,
  fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('', 'allow', 'yes', '1:', '{"a":true}')),
  { maxKeys: 4 },
);
const hits: fc.Arbitrary<Signals> = fc
  .tuple(exampleCookies, exampleCookies, strayCookies, fc.constantFrom(...examples))
  .map(([one, two, stray, { headers = {}, query = '' }]) => ({
    headers,
    query,
    cookies: { ...stray, ...one, ...two },
  }));
const drafts = fc.constantFrom(...examples).map(({ signals }) => (signals === undefined ? {} : { signals }));

describe('sources by their cookies', () => {
  const index = indexSources(consentSources);

  it('say of every hit what all sources say that are asked one by one', () => {
    fc.assert(
      fc.property(hits, drafts, (hit, draft) => {
        expect(readStatements(index, hit, draft)).toEqual(askAll(consentSources, hit, draft));
      }),
      { numRuns: 2000 },
    );
  });

  it('say the same whatever sources a site reads, in their order', () => {
    const some = fc.shuffledSubarray([...consentSources]);
    fc.assert(
      fc.property(some, hits, drafts, (sources, hit, draft) => {
        expect(readStatements(indexSources(sources), hit, draft)).toEqual(askAll(sources, hit, draft));
      }),
      { numRuns: 500 },
    );
  });

  it('are asked only where one of their cookies is there', () => {
    const asked = (cookies: Hit['cookies']) => sourcesFor(index, cookies).map(({ name }) => name);
    const always = consentSources.filter(({ isCookieOnly }) => !isCookieOnly).map(({ name }) => name);
    const beside = (...more: string[]) => [...always, ...more].sort();
    expect(asked({})).toEqual(always);
    expect(asked({ _ga: '1', _iub: '1', session: '1' })).toEqual(always);
    expect(asked({ klaro: '{}' })).toEqual(beside('klaro'));
    expect(asked({ '_iub_cs-12': '{}', _ga: '1' })).toEqual(beside('iubenda'));
    expect(asked({ tl_consent: '1', klaro: '{}', cc_cookie: '{}' })).toEqual(
      beside('klaro', 'sdk-cookie', 'vanilla-cookieconsent'),
    );
  });
});
