import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/campaign/hop-causes.ts';
import type { Journey, JourneySite, SeenNavigation } from '../../src/campaign/journey.ts';
import { addHop } from '../../src/campaign/loss.ts';
import { addView } from '../../src/campaign/loss-view.ts';
import { shippedParameters } from '../../src/campaign/parameters.ts';

const origin = 'https://shop.example';
const site: JourneySite = {
  parameters: shippedParameters,
  isOwnHost: (host) => host === 'shop.example',
  patternOf: ({ host, pathname }) => host + pathname,
};
const startMs = 1_795_435_200_000;

function seen(path: string, changes: Partial<SeenNavigation> = {}): SeenNavigation {
  return {
    url: origin + path,
    referrer: 'https://ads.example/',
    startedBy: 'person',
    fetchSite: 'cross-site',
    status: 200,
    isPage: true,
    headers: {},
    hasDecided: false,
    release: '',
    ...changes,
  };
}

function redirect(path: string, written: string, changes: Partial<SeenNavigation> = {}): SeenNavigation {
  return seen(path, {
    status: 302,
    isPage: false,
    target: { via: 'location', written, sent: written },
    ...changes,
  });
}

function step(journey: Journey | undefined, navigation: SeenNavigation, nowMs = startMs) {
  return addHop(journey, navigation, { nowMs, site });
}

function fates(outcomes: ReturnType<typeof step>['outcomes']): readonly string[] {
  return outcomes
    .filter(({ outcome }) => outcome !== 'arrived')
    .map(({ outcome, parameter, cause }) => [outcome, parameter, cause ?? ''].join(' ').trim());
}

describe('a redirect', () => {
  it.each([
    ['keeps everything', '/b?gclid=A&x=1', {}, 'passed gclid'],
    ['drops the query', '/b', {}, 'lost gclid redirect_dropped_query'],
    ['goes to www', 'https://www.shop.example/a', {}, 'lost gclid www_redirect_dropped_query'],
    ['adds a slash', '/a/', {}, 'lost gclid tidy_redirect_dropped_query'],
    ['chooses a language', '/de/a', {}, 'lost gclid locale_redirect_dropped_query'],
    [
      'chooses a language behind a cache',
      '/de/a',
      { 'x-cache': 'HIT', age: '9' },
      'lost gclid locale_redirect_dropped_query',
    ],
    ['came out of a cache', '/b', { age: '60' }, 'lost gclid cached_redirect_dropped_query'],
    ['leads elsewhere', 'https://brand.example/', {}, 'lost gclid other_host_dropped_query'],
    ['lets other parameters through', '/b?x=1', {}, 'lost gclid redirect_removed_parameter'],
    ['changes letter case', '/b?gclid=a&x=1', {}, 'lost gclid re_cased'],
    ['cuts the value off', '/b?gclid=', {}, 'lost gclid truncated'],
    ['moves it behind the #', '/b#gclid=A', {}, 'lost gclid moved_into_fragment'],
    ['puts it into a return address', '/login?next=/a%3Fgclid%3DA', {}, 'lost gclid moved_into_parameter'],
  ] as const)('that %s', (_title, location, headers, fate) => {
    expect(fates(step(undefined, redirect('/a?gclid=A&x=1', location, { headers })).outcomes)).toEqual([
      fate,
    ]);
  });

  it('is repaired where the browser gets the parameters back', () => {
    const target = { via: 'location', written: '/b', sent: '/b?gclid=A' } as const;
    const { outcomes, journey } = step(undefined, redirect('/a?gclid=A', '/b', { target }));
    expect(fates(outcomes)).toEqual(['repaired gclid redirect_dropped_query']);
    expect(journey?.hops).toEqual([
      { page: 'shop.example/a', status: 302, came: ['gclid'], went: ['gclid'], added: ['gclid'] },
    ]);
    const followed = step(journey, seen('/b?gclid=A'));
    expect(followed.outcomes).toEqual([]);
    expect(followed.journey?.losses).toHaveLength(1);
  });

  it('by a Refresh header is named as one', () => {
    const target = { via: 'refresh', written: '/b', sent: '/b' } as const;
    expect(fates(step(undefined, seen('/a?gclid=A', { target })).outcomes)).toEqual([
      'lost gclid refresh_header_dropped_query',
    ]);
  });
});

const value = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/);
const query = fc
  .dictionary(fc.constantFrom('gclid', 'fbclid', 'utm_source', 'utm_medium', 'msclkid', 'page'), value, {
    minKeys: 1,
  })
  .map((pairs) => String(new URLSearchParams(pairs)));

const paths = fc.array(fc.constantFrom('/', '/de/', '/sale', '/sale/', '/b/c'), {
  minLength: 1,
  maxLength: 30,
});

describe('a journey', () => {
  it('loses nothing where every address keeps the query', () => {
    fc.assert(
      fc.property(query, paths, fc.constantFrom('person', 'page', 'unknown'), (kept, way, startedBy) => {
        let journey: Journey | undefined;
        const all: string[] = [];
        for (const [index, path] of way.entries()) {
          const next = way[index + 1];
          const here = `${path}?${kept}`;
          const navigation =
            next === undefined ? seen(here, { startedBy }) : redirect(here, `${next}?${kept}`, { startedBy });
          const stepped = step(journey, navigation);
          all.push(...fates(stepped.outcomes));
          journey = stepped.journey;
        }
        const view = { url: `${origin}${way.at(-1)}?${kept}`, referrer: 'https://ads.example/', stated: [] };
        all.push(...fates(addView(journey, view, { nowMs: startMs, site }).outcomes));
        expect(all.filter((fate) => /^(?:lost|repaired)/.test(fate))).toEqual([]);
      }),
    );
  });

  it('stays small and never throws, whatever comes, and names only causes of the closed list', () => {
    const text = fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true }), fc.constant('/b'));
    const hop = fc.record({
      path: fc.oneof(
        query.map((each) => `/?${each}`),
        fc.string(),
      ),
      text,
      person: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 60 }), (hops) => {
        let journey: Journey | undefined;
        for (const { path, text: written, person } of hops) {
          const startedBy = person ? 'person' : 'page';
          const { journey: after, outcomes } = step(
            journey,
            redirect(path, written, { startedBy, referrer: written }),
          );
          for (const { cause } of outcomes) if (cause !== undefined) expect(causes).toHaveProperty(cause);
          journey = addView(
            after,
            { url: written, referrer: path, stated: [] },
            { nowMs: startMs, site },
          ).journey;
          expect(journey?.hops.length ?? 0).toBeLessThanOrEqual(16);
          expect(journey?.losses.length ?? 0).toBeLessThanOrEqual(64);
        }
      }),
    );
  });

  it('counts a parameter that the tracker states outright as survived', () => {
    const { journey } = step(undefined, seen('/a?utm_source=news'));
    const view = { url: `${origin}/a`, referrer: 'https://ads.example/', stated: ['utm_source'] };
    expect(fates(addView(journey, view, { nowMs: startMs, site }).outcomes)).toEqual(['survived utm_source']);
  });

  it('of two minutes is over, however busy it is', () => {
    let { journey } = step(undefined, seen('/a?gclid=A'));
    for (const seconds of [50, 100, 150]) {
      const nowMs = startMs + seconds * 1_000;
      const onward = seen('/a', {
        referrer: `${origin}/a?gclid=A`,
        startedBy: 'page',
        fetchSite: 'same-origin',
      });
      journey = step(journey, onward, nowMs).journey;
    }
    expect(journey).toBeUndefined();
  });
});

describe('a culprit', () => {
  it.each([
    ['age', (n: number) => ({ age: String(n) }), 'a cached answer (age)'],
    ['x-cache', (n: number) => ({ 'x-cache': `HIT from node-${n}` }), 'a cached answer (x-cache: HIT)'],
    ['server', (n: number) => ({ server: `nginx/1.25.${n}` }), 'the server that answered (nginx)'],
  ])('stays one however the figures in %s change', (_header, headersOf, expected) => {
    const culprits = Array.from({ length: 50 }, (_, n) => {
      const hop = redirect('/a?gclid=A', `${origin}/b`, { headers: headersOf(n + 1) });
      return step(undefined, hop).outcomes.flatMap((outcome) =>
        'culprit' in outcome ? [outcome.culprit] : [],
      );
    });
    expect(new Set(culprits.flat())).toEqual(new Set([expected]));
  });
});
