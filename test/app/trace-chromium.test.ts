import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Trace } from '../../src/app/trace.ts';
import { chromiumPath } from '../../src/app/trace-chromium.ts';
import { openWalker, type Walker, type WalkerOptions } from '../../src/app/trace-walker.ts';
import { browserPath } from '../e2e/browser.ts';
import { startSite } from './trace-site.ts';

const defaults: WalkerOptions = {
  engine: 'chromium',
  policy: 'any',
  device: 'desktop',
  headers: {},
  clicks: [],
  restMs: 600,
  maxHops: 20,
  hopTimeoutMs: 10_000,
  nowMs: Date.now,
};

async function open(changes: Partial<WalkerOptions> = {}): Promise<Walker> {
  process.env['CHROMIUM_PATH'] = await browserPath();
  const walker = await openWalker({ ...defaults, ...changes });
  if ('problem' in walker) throw new Error(walker.problem);
  return walker;
}

let site: Awaited<ReturnType<typeof startSite>>;
let plain: Walker;
beforeAll(async () => {
  [site, plain] = await Promise.all([startSite(), open()]);
});
afterAll(() => Promise.all([site.close(), plain.close()]));

async function walk(address: string, changes: Partial<WalkerOptions>): Promise<Trace> {
  const walker = await open(changes);
  onTestFinished(() => walker.close());
  return walker.walk(site.at(address));
}

function lossesOf({ losses }: Trace): readonly string[] {
  return losses.map(({ parameter, hop, kind, cause }) => `${parameter} ${kind} at ${hop}: ${cause}`);
}

function pathsOf({ hops }: Trace): readonly string[] {
  return hops.map(({ url, via }) => `${via} ${new URL(url).pathname}`);
}

describe('a walk in Chromium', () => {
  it.each([
    ['keeps everything over redirects', '/kept', []],
    ['a redirect drops the query', '/dropped-later', ['gclid lost at 2: redirect_dropped_query']],
    ['a meta refresh', '/meta', ['gclid lost at 1: meta_refresh_dropped_query']],
    ['a Refresh header that waits', '/refresh-later', ['gclid lost at 1: refresh_header_dropped_query']],
    ['a script that opens another page', '/script', ['gclid lost at 1: script_replaced_url']],
    ['a script that does so later', '/script-later', ['gclid lost at 1: script_replaced_url']],
    ['a script that keeps the query', '/script-keeps', []],
    ['a script that tidies the address', '/cleaner', ['gclid lost at 1: script_replaced_url']],
    ['a router', '/router', ['gclid lost at 1: script_replaced_url']],
    ['a form', '/form', ['gclid lost at 1: form_dropped_query']],
    ['a posted form', '/post', ['gclid lost at 1: form_dropped_query']],
    ['a sign-in elsewhere', '/sign-in', ['gclid lost at 1: round_trip_dropped_query']],
    ['a consent page', '/wall', ['gclid lost at 1: consent_page_dropped_query']],
    ['a service worker', '/worker', ['gclid lost at 2: redirect_dropped_query']],
  ] as const)('names hop and cause: %s', async (_title, path, losses) => {
    const trace = await plain.walk(site.at(`shop.localhost${path}?gclid=Ab1`));
    expect(trace.failure).toBeUndefined();
    expect(lossesOf(trace)).toEqual(losses);
    expect(trace.isIntact).toBe(losses.length === 0);
  });

  it('shows every step, those of scripts too', async () => {
    const { hops } = await plain.walk(site.at('shop.localhost/router?gclid=Ab1'));
    expect(hops).toMatchObject([
      { via: 'start', status: 200, target: site.at('shop.localhost/products').href },
      { via: 'history', status: null, url: site.at('shop.localhost/products').href, headers: {} },
    ]);
  });

  it('blames the service worker for what it answers', async () => {
    const { losses, hops } = await plain.walk(site.at('shop.localhost/worker?gclid=Ab1'));
    expect(hops[1]).toMatchObject({ isFromServiceWorker: true });
    expect(losses[0]?.culprit).toBe("the site's service worker");
  });

  it('carries a fragment over a redirect, as browsers do', async () => {
    const trace = await plain.walk(site.at('shop.localhost/dropped#utm_source=a'));
    expect(trace.hops.at(-1)?.url).toBe(site.at('shop.localhost/end#utm_source=a').href);
    expect(trace.isIntact).toBe(true);
  });

  it('keeps cookies, so that a cookie wall lets it through', async () => {
    expect(pathsOf(await plain.walk(site.at('shop.localhost/cookie-wall?gclid=Ab1')))).toEqual([
      'start /cookie-wall',
      'location /cookie-wall',
    ]);
  });

  it('is content with a page whose image never comes', async () => {
    const trace = await walk('shop.localhost/image-never?gclid=Ab1', { hopTimeoutMs: 800 });
    expect(trace.isIntact).toBe(true);
  });
});

describe('a walk in Chromium that clicks', () => {
  it('blames the reload after the banner was answered', async () => {
    const trace = await walk('shop.localhost/banner?gclid=Ab1', { clicks: ['#yes'] });
    expect(lossesOf(trace)).toEqual(['gclid lost at 1: consent_reload_dropped_query']);
    expect(trace.losses[0]?.evidence.consentCookie).toBe('tl_consent');
  });

  it('asks nothing of a link to the next page of the site', async () => {
    const trace = await walk('shop.localhost/links?gclid=Ab1', { clicks: ['#near'] });
    expect(pathsOf(trace)).toEqual(['start /links', 'link /end']);
    expect(trace.isIntact).toBe(true);
  });

  it('names the link to another domain', async () => {
    const trace = await walk('shop.localhost/links?gclid=Ab1', { clicks: ['#far'] });
    expect(lossesOf(trace)).toEqual(['gclid lost at 1: cross_domain_link_dropped_query']);
  });

  it('says where there is nothing to click', async () => {
    const trace = await walk('shop.localhost/end?gclid=Ab1', { clicks: ['#nothing'], hopTimeoutMs: 500 });
    expect(trace.failure).toMatchObject({ hop: 1, fault: 'nothing_to_click' });
  });
});

describe('a walk in Chromium that does not arrive', () => {
  it.each([
    ['is reloaded for ever', '/reloads', { hop: 4, fault: 'loop' }],
    ['refreshes itself for ever', '/refreshes', { hop: 4, fault: 'loop' }],
    ['is redirected in a circle', '/loop', { fault: 'loop' }],
    ['is refused the page', '/forbidden', { hop: 1, fault: 'error_status' }],
    ['is refused the parameters', '/no-parameters', { hop: 1, fault: 'parameters_refused' }],
    ['loses the connection', '/breaks-off', { hop: 1, fault: 'broken_connection' }],
  ])('says so where it %s', async (_title, path, failure) => {
    const trace = await plain.walk(site.at(`shop.localhost${path}?gclid=Ab1`));
    expect(trace.failure).toMatchObject(failure);
    expect(trace.isIntact).toBe(false);
  });

  it('gives up on a page that never answers', async () => {
    const trace = await walk('shop.localhost/slow', { hopTimeoutMs: 300 });
    expect(trace.failure).toMatchObject({ hop: 1, fault: 'timeout' });
  });

  it('gives up after too many hops', async () => {
    const trace = await walk('shop.localhost/endless', { maxHops: 3 });
    expect(trace.failure).toMatchObject({ hop: 3, fault: 'too_many_hops' });
  });

  it('tells a port that speaks no TLS, and a host that DNS does not know', async () => {
    const noTls = await plain.walk(new URL(`https://shop.localhost:${site.port}/end`));
    expect(noTls.failure).toMatchObject({ hop: 1, fault: 'tls' });
    const unknown = await plain.walk(new URL('http://no-such-host.invalid/'));
    expect(unknown.failure).toMatchObject({ hop: 1, fault: 'unknown_host' });
  });
});

describe('private addresses', () => {
  it.each(['127.0.0.1', 'shop.localhost', '[::1]', '169.254.169.254'])(
    'such as %s are refused to Chromium where they are not allowed',
    async (host) => {
      const before = site.requests.length;
      const walker = await open({ policy: 'public' });
      onTestFinished(() => walker.close());
      const { failure } = await walker.walk(new URL(`http://${host}:${site.port}/end`));
      expect(failure).toMatchObject({ hop: 1, fault: 'private_address' });
      expect(failure?.message).toContain('--allow-private');
      expect(site.requests).toHaveLength(before);
    },
  );

  it('are refused to https too', async () => {
    const walker = await open({ policy: 'public' });
    onTestFinished(() => walker.close());
    const { failure } = await walker.walk(new URL(`https://127.0.0.1:${site.port}/`));
    expect(failure).toMatchObject({ hop: 1, fault: 'private_address' });
  });
});

describe('what Chromium sends', () => {
  it('is a phone, own headers to the own site only, and cookies of an earlier visit', async () => {
    const before = site.requests.length;
    await walk('shop.localhost/away?gclid=Ab1', {
      device: 'mobile',
      consent: 'granted',
      headers: { 'x-key': 'k', 'accept-language': 'de', cookie: 'gate=1' },
    });
    const [first, second] = site.requests
      .slice(before)
      .filter(({ headers }) => headers['sec-fetch-dest'] === 'document' || headers['x-key'] !== undefined);
    expect(first?.headers).toMatchObject({
      'x-key': 'k',
      'accept-language': 'de',
      'user-agent': expect.stringContaining('Mobile Safari'),
      cookie: expect.stringMatching(/tl_consent=1\.ggggggg.*gate=1/),
    });
    expect(second?.headers['x-key']).toBeUndefined();
    expect(second?.headers.cookie).toBeUndefined();
    expect(second?.headers['accept-language']).toBe('de');
  });
});

describe('the Chromium to start', () => {
  it.each([
    [{ CHROMIUM_PATH: '/opt/chrome' }, [], '/opt/chrome'],
    [{}, ['/usr/bin/google-chrome'], '/usr/bin/google-chrome'],
    [{ CHROMIUM_PATH: '' }, ['/usr/bin/chromium', '/usr/bin/google-chrome'], '/usr/bin/chromium'],
    [{}, [], undefined],
  ])('is the one that is named, else the first of the usual places: %j', (environment, there, path) => {
    const places = new Set<string>(there);
    expect(chromiumPath(environment, (place) => places.has(place))).toBe(path);
  });

  it('is told apart where it cannot start', async () => {
    const before = process.env['CHROMIUM_PATH'];
    process.env['CHROMIUM_PATH'] = '/nowhere/chromium';
    onTestFinished(() => {
      process.env['CHROMIUM_PATH'] = before;
    });
    expect(existsSync('/nowhere/chromium')).toBe(false);
    expect(await openWalker(defaults)).toMatchObject({
      problem: expect.stringContaining('no Chromium is installed'),
    });
  });
});
