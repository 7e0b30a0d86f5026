import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type AddressPolicy,
  openTraceNetwork,
  type Trace,
  type TraceNetwork,
  type TraceOptions,
  traceUrl,
} from '../../src/app/trace.ts';
import { explainFault, faultOf, type PageRequest } from '../../src/app/trace-network.ts';
import { startSite } from './trace-site.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const defaults: TraceOptions = {
  userAgent: 'test',
  headers: {},
  cookies: [],
  maxHops: 20,
  hopTimeoutMs: 10_000,
  totalTimeoutMs: 30_000,
};

function walk(url: URL, changes: Partial<TraceOptions> = {}, policy: AddressPolicy = 'any'): Promise<Trace> {
  const network = openTraceNetwork(policy);
  onTestFinished(() => network.close());
  return traceUrl(url, { options: { ...defaults, ...changes }, network, nowMs: Date.now });
}

function lossesOf({ losses }: Trace): readonly string[] {
  return losses.map(({ parameter, hop, kind, cause }) => `${parameter} ${kind} at ${hop}: ${cause}`);
}

function pathsOf({ hops }: Trace): readonly string[] {
  return hops.map(({ url }) => new URL(url).pathname);
}

describe('a walk over a site', () => {
  it.each([
    ['keeps everything over 302 and 308', 'shop.localhost/kept?gclid=Ab1', []],
    [
      'a redirect drops the query',
      'shop.localhost/dropped?gclid=Ab1',
      ['gclid lost at 1: redirect_dropped_query'],
    ],
    [
      'a later redirect drops the query',
      'shop.localhost/dropped-later?gclid=Ab1',
      ['gclid lost at 2: redirect_dropped_query'],
    ],
    [
      'a cached 301 drops the query',
      'shop.localhost/cached?gclid=Ab1&utm_source=mail',
      [
        'gclid lost at 1: cached_redirect_dropped_query',
        'utm_source lost at 1: cached_redirect_dropped_query',
      ],
    ],
    [
      'a 303 drops the query',
      'shop.localhost/see-other?gclid=Ab1',
      ['gclid lost at 1: redirect_dropped_query'],
    ],
    [
      'a locale redirect drops the query, cached by a delivery network or not',
      'shop.localhost/sale?gclid=Ab1',
      ['gclid lost at 1: locale_redirect_dropped_query'],
    ],
    [
      'one locale leads to another',
      'shop.localhost/fr/sale?gclid=Ab1',
      ['gclid lost at 1: locale_redirect_dropped_query'],
    ],
    [
      'a locale has a host of its own',
      'brand.localhost/?gclid=Ab1',
      ['gclid lost at 1: locale_redirect_dropped_query'],
    ],
    ['apex to www', 'shop.localhost/?gclid=Ab1', ['gclid lost at 1: www_redirect_dropped_query']],
    ['another host', 'shop.localhost/away?gclid=Ab1', ['gclid lost at 1: other_host_dropped_query']],
    ['a trailing slash', 'shop.localhost/page?gclid=Ab1', ['gclid lost at 1: tidy_redirect_dropped_query']],
    [
      'an index page',
      'shop.localhost/Page/Index.html?gclid=Ab1',
      ['gclid lost at 1: tidy_redirect_dropped_query'],
    ],
    ['a meta refresh', 'shop.localhost/meta?gclid=Ab1', ['gclid lost at 1: meta_refresh_dropped_query']],
    ['a meta refresh that keeps them', 'shop.localhost/meta-gzip?utm_source=mail&gclid=Ab1', []],
    [
      'a Refresh header',
      'shop.localhost/refresh?gclid=Ab1',
      ['gclid lost at 1: refresh_header_dropped_query'],
    ],
    ['a value in lower case', 'shop.localhost/lower?gclid=Ab1', ['gclid changed at 1: re_cased']],
    [
      'a name in another case',
      'shop.localhost/lower-name?utm_source=a',
      ['utm_source changed at 1: re_cased'],
    ],
    ['escaping twice', 'shop.localhost/twice?utm_campaign=a%20b', ['utm_campaign changed at 1: re_encoded']],
    [
      'the whole query escaped',
      'shop.localhost/escaped?utm_source=a&utm_medium=b',
      ['utm_source lost at 1: re_encoded', 'utm_medium lost at 1: re_encoded'],
    ],
    ['an escaped ampersand', 'shop.localhost/amp?utm_source=a&gclid=Ab1', ['gclid changed at 1: re_encoded']],
    [
      'a query cut off',
      'shop.localhost/cut?utm_source=mail&utm_campaign=summer&gclid=Ab1',
      ['utm_campaign lost at 1: truncated', 'gclid lost at 1: truncated'],
    ],
    [
      'a query cut inside a value',
      'shop.localhost/cut?gclid=abcdefghijklmnopqrstuvwxyz',
      ['gclid changed at 1: truncated'],
    ],
    ['the query behind the #', 'shop.localhost/fragment?gclid=Ab1', ['gclid lost at 1: moved_into_fragment']],
    [
      'a second question mark',
      'shop.localhost/second-question?gclid=Ab1',
      ['gclid lost at 1: moved_into_parameter'],
    ],
    [
      'one parameter taken out',
      'shop.localhost/stripped?utm_source=a&gclid=Ab1',
      ['gclid lost at 1: redirect_removed_parameter'],
    ],
    [
      'a value replaced',
      'shop.localhost/replaced?utm_source=a&gclid=Ab1',
      ['utm_source changed at 1: replaced'],
    ],
    ['a parameter added', 'shop.localhost/tagged?utm_source=a', []],
    ['a fragment survives a redirect', 'shop.localhost/dropped#utm_source=a', []],
    [
      'a fragment replaced',
      'shop.localhost/own-fragment#utm_source=a',
      ['utm_source lost at 1: fragment_replaced'],
    ],
    ['a space as + is the same', 'shop.localhost/spaces?utm_campaign=a%20b', []],
  ] as const)('names hop and cause: %s', async (_title, address, losses) => {
    const trace = await walk(site.at(address));
    expect(lossesOf(trace)).toEqual(losses);
    expect(trace.failure).toBeUndefined();
    expect(trace.isIntact).toBe(losses.length === 0);
  });

  it('says where the question mark was escaped into the path', async () => {
    const trace = await walk(site.at('shop.localhost/into-path?gclid=Ab1'));
    expect(lossesOf(trace)).toEqual(['gclid lost at 1: moved_into_path']);
    expect(trace.failure).toMatchObject({ hop: 2, fault: 'error_status' });
  });

  it('counts a return trip that brings everything back as whole', async () => {
    const trace = await walk(site.at('shop.localhost/login?utm_source=a&gclid=Ab1'));
    expect(lossesOf(trace)).toEqual([
      'utm_source lost at 1: moved_into_parameter',
      'gclid lost at 1: moved_into_parameter',
    ]);
    expect(trace.losses.every(({ isRestored }) => isRestored)).toBe(true);
    expect(trace.isIntact).toBe(true);
    expect(trace.parameters[1]).toEqual({ name: 'gclid', marks: ['lost', 'added', 'there'] });
  });

  it.each([
    ['/cached', 'a cached answer (x-cache: HIT)'],
    ['/see-other', 'WordPress (x-redirect-by)'],
    ['/sale', "the site's own language or country redirect"],
    ['/meta', 'the page itself, in its HTML'],
    ['/stripped', "the site's own server, or a redirect rule at Cloudflare"],
    ['/dropped', 'the server that answered'],
  ])('names the likely culprit of %s', async (path, culprit) => {
    const { losses } = await walk(site.at(`shop.localhost${path}?gclid=Ab1`));
    expect(losses[0]?.culprit).toBe(culprit);
  });

  it('keeps the evidence', async () => {
    const { losses } = await walk(site.at('shop.localhost/sale?gclid=Ab1'));
    expect(losses[0]?.evidence).toEqual({
      status: 302,
      via: 'location',
      location: 'relative',
      cached: 'cf-cache-status: HIT',
      cdn: 'Cloudflare',
      server: 'cloudflare',
      locale: '/de/',
      before: 'gclid=Ab1',
    });
  });
});

describe('a walk as a browser walks', () => {
  it('shows every hop, how it came there and where it was sent', async () => {
    const { hops } = await walk(site.at('shop.localhost/kept?gclid=Ab1'));
    expect(hops.map(({ status, via, target }) => ({ status, via, target }))).toEqual([
      { status: 302, via: 'start', target: '/kept-again?gclid=Ab1' },
      { status: 308, via: 'location', target: '/end?gclid=Ab1' },
      { status: 200, via: 'location', target: undefined },
    ]);
  });

  it('keeps cookies, so that a cookie wall lets it through', async () => {
    const trace = await walk(site.at('shop.localhost/cookie-wall?gclid=Ab1'));
    expect(trace.hops.map(({ status }) => status)).toEqual([302, 200]);
    expect(trace.isIntact).toBe(true);
  });

  it.each(['/meta-late', '/meta-self', '/meta-far'])(
    'stays on %s, which turns late, to itself or too far down',
    async (path) => {
      expect(pathsOf(await walk(site.at(`shop.localhost${path}`)))).toEqual([path]);
    },
  );

  it('acts on the beginning of a page that never ends', async () => {
    const trace = await walk(site.at('shop.localhost/slow-page'), { hopTimeoutMs: 300 });
    expect(pathsOf(trace)).toEqual(['/slow-page', '/end']);
  });

  it('reads a base address before a meta refresh', async () => {
    expect(pathsOf(await walk(site.at('shop.localhost/meta-gzip')))).toEqual(['/meta-gzip', '/page/']);
  });

  it('reads a Location in UTF-8', async () => {
    expect(pathsOf(await walk(site.at('shop.localhost/unicode')))).toEqual(['/unicode', '/gr%C3%B6%C3%9Fe']);
  });

  it('sends own headers to the own site, and only harmless ones to another', async () => {
    const before = site.requests.length;
    await walk(site.at('shop.localhost/away'), {
      headers: { 'x-key': 'k', authorization: 'Basic abc', cookie: 'gate=1', 'accept-language': 'de' },
    });
    const [first, second] = site.requests.slice(before);
    expect(first?.headers).toMatchObject({ 'x-key': 'k', authorization: 'Basic abc', cookie: 'gate=1' });
    expect(second?.headers).toMatchObject({ 'accept-language': 'de', 'user-agent': 'test' });
    expect(Object.keys(second?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:x-key|authorization|cookie)$/)]),
    );
  });

  it('logs in with what an address names, and shows none of it', async () => {
    const before = site.requests.length;
    const start = site.at('shop.localhost/with-login');
    start.username = 'otto';
    start.password = 'pa%20ss';
    const trace = await walk(start);
    expect(site.requests.slice(before).map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('otto:pa ss').toString('base64')}`,
      `Basic ${Buffer.from('anna:s3cret').toString('base64')}`,
    ]);
    expect(JSON.stringify(trace)).not.toMatch(/otto|pa%20ss|anna|s3cret/);
    expect(trace.url).toContain('***@shop.localhost');
  });

  it('takes control characters out of what servers write', async () => {
    const { hops } = await walk(site.at('shop.localhost/terminal'));
    expect(hops[0]?.headers['server']).toBe('evil�31m');
  });
});

describe('a walk that does not arrive', () => {
  it.each([
    ['comes back to where it was', '/loop', { hop: 2, fault: 'loop' }],
    ['never ends', '/endless', { hop: 20, fault: 'too_many_hops' }],
    ['is sent to an app', '/app', { hop: 1, fault: 'bad_target' }],
    ['is sent to no address', '/broken-target', { hop: 1, fault: 'bad_target' }],
    ['is refused the page', '/forbidden', { hop: 1, fault: 'error_status' }],
    ['finds no page', '/nothing-here', { hop: 1, fault: 'error_status' }],
    ['loses the connection', '/breaks-off', { hop: 1, fault: 'broken_connection' }],
  ])('says so where it %s', async (_title, path, failure) => {
    const trace = await walk(site.at(`shop.localhost${path}`));
    expect(trace.failure).toMatchObject(failure);
    expect(trace.isIntact).toBe(false);
  });

  it('gives up on a slow hop and names it', async () => {
    const { failure } = await walk(site.at('shop.localhost/slow'), { hopTimeoutMs: 200 });
    expect(failure).toMatchObject({ hop: 1, fault: 'timeout' });
    expect(failure?.message).toContain('0.2 s');
  });

  it('gives up when the whole walk takes too long', async () => {
    let clockMs = 0;
    const network: TraceNetwork = {
      get: async ({ url }) => {
        clockMs += 20_000;
        return answer(302, { location: `${url.pathname}x` });
      },
      close: async () => undefined,
    };
    const trace = await traceUrl(new URL('http://slow.example/'), {
      options: defaults,
      network,
      nowMs: () => clockMs,
    });
    expect(trace.failure).toMatchObject({ hop: 2, fault: 'timeout' });
  });

  it('tells a refused connection', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const address = probe.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    probe.close();
    await once(probe, 'close');
    const { failure } = await walk(new URL(`http://127.0.0.1:${port}/`));
    expect(failure).toMatchObject({ hop: 1, fault: 'refused' });
  });

  it('tells a port that speaks no TLS', async () => {
    const { failure } = await walk(new URL(`https://shop.localhost:${site.port}/end`));
    expect(failure).toMatchObject({ hop: 1, fault: 'tls' });
    expect(failure?.message).toContain('check that the port speaks TLS');
  });

  it('tells a host that DNS does not know', async () => {
    const { failure } = await walk(new URL('http://no-such-host.invalid/'));
    expect(failure).toMatchObject({ hop: 1, fault: 'unknown_host' });
  });
});

describe('errors of certificates and connections', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'tls', 'has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'for other names'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'self-signed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'incomplete'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'speaks TLS'],
    ['ENOTFOUND', 'unknown_host', 'DNS knows no address'],
    ['ECONNREFUSED', 'refused', 'refuses'],
    ['ENETUNREACH', 'unreachable', 'no way'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'within 10 s'],
    ['UND_ERR_SOCKET', 'broken_connection', 'closed the connection'],
    ['HPE_INVALID_CONSTANT', 'bad_answer', 'no readable HTTP'],
  ] as const)('%s is %s and says what to do', (code, fault, words) => {
    expect(faultOf(code)).toBe(fault);
    expect(explainFault(fault, { host: 'shop.example', timeoutMs: 10_000, code, message: '' })).toContain(
      words,
    );
  });
});

describe('private addresses', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    'shop.localhost',
    '[::1]',
    '2130706433',
    '10.0.0.1',
    '169.254.169.254',
    '[fd00::1]',
  ])('such as %s are refused where they are not allowed', async (host) => {
    const before = site.requests.length;
    const { failure, hops } = await walk(new URL(`http://${host}:${site.port}/end`), {}, 'public');
    expect(failure).toMatchObject({ hop: 1, fault: 'private_address' });
    expect(failure?.message).toContain('--allow-private');
    expect(hops).toHaveLength(1);
    expect(site.requests).toHaveLength(before);
  });

  it('are refused on the way too', async () => {
    const outside = openTraceNetwork('public');
    onTestFinished(() => outside.close());
    const network: TraceNetwork = {
      get: async (page) =>
        page.url.hostname === 'tracker.example'
          ? answer(302, { location: `http://127.0.0.1:${site.port}/end` })
          : outside.get(page),
      close: async () => undefined,
    };
    const trace = await traceUrl(new URL('http://tracker.example/?gclid=Ab1'), {
      options: defaults,
      network,
      nowMs: Date.now,
    });
    expect(trace.failure).toMatchObject({ hop: 2, fault: 'private_address' });
  });
});

describe('https', () => {
  function fakeWeb(pages: Readonly<Record<string, ReturnType<typeof answer>>>) {
    const asked: string[] = [];
    const network: TraceNetwork = {
      get: async ({ url }: PageRequest) => {
        asked.push(url.href);
        return pages[`${url.origin}${url.pathname}`] ?? answer(200);
      },
      close: async () => undefined,
    };
    const run = (url: string) => traceUrl(new URL(url), { options: defaults, network, nowMs: () => 0 });
    return { asked, run };
  }

  it('blames the redirect from http to https that drops the query', async () => {
    const { run } = fakeWeb({
      'http://shop.example/sale': answer(301, { location: 'https://shop.example/sale' }),
    });
    expect(lossesOf(await run('http://shop.example/sale?gclid=Ab1'))).toEqual([
      'gclid lost at 1: https_redirect_dropped_query',
    ]);
  });

  it('upgrades inside the browser once the host has asked for it, and keeps everything', async () => {
    const { run, asked } = fakeWeb({
      'https://shop.example/': answer(302, {
        location: 'http://www.shop.example/sale?gclid=Ab1#top',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
      }),
    });
    const trace = await run('https://shop.example/?gclid=Ab1');
    expect(asked).toEqual(['https://shop.example/?gclid=Ab1', 'https://www.shop.example/sale?gclid=Ab1#top']);
    expect(trace.hops.map(({ status, via }) => [status, via])).toEqual([
      [302, 'start'],
      [null, 'location'],
      [200, 'hsts'],
    ]);
    expect(trace.isIntact).toBe(true);
  });

  it.each([
    ['the header came over http', 'http://shop.example/', 'max-age=100'],
    ['the time is over at once', 'https://shop.example/', 'max-age=0'],
    ['it is for the host alone', 'https://shop.example/', 'max-age=100'],
  ])('does not upgrade where %s', async (_title, start, header) => {
    const { run, asked } = fakeWeb({
      [start]: answer(302, { location: 'http://www.shop.example/', 'strict-transport-security': header }),
    });
    await run(start);
    expect(asked.at(-1)).toBe('http://www.shop.example/');
  });
});

function answer(status: number, headers: Readonly<Record<string, string>> = {}) {
  return { kind: 'answered', status, headers, setCookies: [], html: '' } as const;
}
