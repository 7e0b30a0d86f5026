import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { compileRedirectPolicy, redirectPolicyConfigSchema } from '../../src/campaign/redirect-policy.ts';
import { accepted, ask, browser, post } from './client.ts';
import { type RunningEdge, startProxy, startUpstream } from './edge.ts';

const html = { 'content-type': 'text/html' };
const landing = '/sale?utm_source=news&gclid=A.b-C';
const click = { ...browser, 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' } as const;
const fromAds = {
  ...click,
  referer: 'https://ads.example/',
  'sec-fetch-site': 'cross-site',
  'sec-fetch-user': '?1',
};

/** A site that redirects where the path is listed, and shows a page everywhere else. */
function site(redirects: Readonly<Record<string, Readonly<Record<string, string>>>> = {}): RequestListener {
  return (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const { status = '302', ...headers } = redirects[path] ?? { status: '200' };
    res.writeHead(Number(status), { ...html, ...headers });
    res.end('<!doctype html>');
  };
}

async function start(handler: RequestListener = site()): Promise<RunningEdge> {
  const upstream = await startUpstream(handler);
  return startProxy(upstream.url);
}

function visit(edge: RunningEdge, path: string, headers: Readonly<Record<string, string>> = fromAds) {
  return ask(edge.port, { path, headers });
}

function view(edge: RunningEdge, path: string, referrer = 'https://ads.example/') {
  const page = { url: `http://shop.example${path}`, referrer };
  return post(edge.port, { name: 'page_view', id: `view-${path}`, page }, { cookie: accepted });
}

/** What was counted, without days and times, in the order in which it happened. */
function counted(edge: RunningEdge): readonly string[] {
  return edge
    .losses()
    .map(({ outcome, parameter, hop, cause }) => [outcome, parameter, hop, cause].join(' ').trim());
}

describe('a landing with campaign parameters', () => {
  it('survives where its first page view still has them', async () => {
    const edge = await start();
    await visit(edge, landing);
    await view(edge, landing);
    expect(counted(edge)).toEqual([
      'arrived utm_source shop.example/sale',
      'arrived gclid shop.example/sale',
      'survived utm_source shop.example/sale',
      'survived gclid shop.example/sale',
    ]);
    expect(
      edge.log.records().flatMap(({ decisions }) => decisions.map(({ reason }) => reason)),
    ).not.toContain('parameters_lost');
  });

  it('is repaired where a redirect drops them, and the locale redirect is named for it', async () => {
    const edge = await start(
      site({ '/sale': { location: '/de/sale', 'cf-ray': '8f', server: 'cloudflare' } }),
    );
    await visit(edge, landing);
    await visit(edge, '/de/sale?utm_source=news&gclid=A.b-C');
    await view(edge, '/de/sale?utm_source=news&gclid=A.b-C');
    const losses = edge.losses();
    expect(losses.filter(({ outcome }) => outcome === 'repaired')).toMatchObject([
      {
        parameter: 'utm_source',
        hop: 'shop.example/sale -> shop.example/de/sale',
        cause: 'locale_redirect_dropped_query',
        culprit: "the site's own language or country redirect",
        day: '2026-11-23',
      },
      { parameter: 'gclid', cause: 'locale_redirect_dropped_query' },
    ]);
    expect(losses.filter(({ outcome }) => outcome === 'survived')).toHaveLength(2);
    expect(losses.filter(({ outcome }) => outcome === 'lost')).toEqual([]);
    const [record] = edge.log.records();
    expect(record?.decisions).toContainEqual(
      expect.objectContaining({ stop: 'campaign', reason: 'parameters_repaired' }),
    );
  });
});

/** A navigation that the page itself began, by script or meta refresh. */
function onward(from: string): Readonly<Record<string, string>> {
  return { ...click, referer: `http://shop.example${from}`, 'sec-fetch-site': 'same-origin' };
}

/** What was lost, and where. */
function lost(edge: RunningEdge): readonly string[] {
  return counted(edge).filter((line) => line.startsWith('lost'));
}

describe('a loss', () => {
  it('is named where a redirect leads to another host', async () => {
    const edge = await start(site({ '/sale': { location: 'https://brand.example/' } }));
    await visit(edge, landing);
    expect(lost(edge)).toEqual([
      'lost utm_source shop.example/sale -> brand.example/ other_host_dropped_query',
      'lost gclid shop.example/sale -> brand.example/ other_host_dropped_query',
    ]);
  });

  it('is put down to the cache that a redirect came out of', async () => {
    const cached = { status: '301', location: 'https://brand.example/', age: '512' };
    const edge = await start(site({ '/sale': cached }));
    await visit(edge, '/sale?gclid=A');
    expect(edge.losses().filter(({ outcome }) => outcome === 'lost')).toMatchObject([
      { cause: 'cached_redirect_dropped_query', culprit: 'a cached answer (age)' },
    ]);
  });

  it('is seen where a meta refresh or script goes on without the parameters', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/shop/', onward('/sale?gclid=A'));
    await view(edge, '/shop/', 'http://shop.example/sale?gclid=A');
    expect(lost(edge)).toEqual([
      'lost gclid shop.example/sale -> shop.example/shop/ script_navigation_dropped_query',
    ]);
    const [record] = edge.log.records();
    const [decision] = record?.decisions.filter(({ reason }) => reason === 'parameters_lost') ?? [];
    expect(decision?.facts).toEqual({
      day: '2026-11-23',
      losses: [
        {
          parameters: ['gclid'],
          hop: 'shop.example/sale -> shop.example/shop/',
          cause: 'script_navigation_dropped_query',
          culprit: 'a script or meta refresh of the page',
          outcome: 'lost',
        },
      ],
      hops: [
        { page: 'shop.example/sale', status: 200, came: ['gclid'], went: ['gclid'], added: [] },
        { page: 'shop.example/shop/', status: 200, came: [], went: [], added: [] },
      ],
    });
  });

  it('is seen where a script cleans the address before the first page view', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await view(edge, '/sale');
    expect(lost(edge)).toEqual(['lost gclid shop.example/sale script_replaced_url']);
  });

  it('is seen where the page is loaded again once the visitor has decided', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/sale', { ...onward('/sale?gclid=A'), 'sec-fetch-user': '?1', cookie: accepted });
    expect(lost(edge)).toEqual([
      'lost gclid shop.example/sale -> shop.example/sale consent_reload_dropped_query',
    ]);
  });

  it('is put down to the browser where it asks for less than it was sent to', async () => {
    const edge = await start(site({ '/sale': { location: '/shop?gclid=A&utm_source=news' } }));
    await visit(edge, '/sale?gclid=A&utm_source=news');
    await visit(edge, '/shop?utm_source=news');
    expect(lost(edge)).toEqual(['lost gclid shop.example/sale -> shop.example/shop browser_stripped']);
  });

  it('is put down to the browser where only the companions of a click id arrive', async () => {
    const edge = await start();
    await visit(edge, '/sale?gad_source=1&gad_campaignid=7');
    expect(lost(edge)).toEqual(['lost gclid shop.example/sale browser_stripped']);
  });

  it('is seen where a firewall refuses the request', async () => {
    const edge = await start(site({ '/sale': { status: '403', server: 'AkamaiGHost' } }));
    await visit(edge, '/sale?gclid=A');
    const [, refused] = edge.losses();
    expect(refused).toMatchObject({
      outcome: 'lost',
      cause: 'request_refused',
      culprit: 'AkamaiGHost, which answered 403',
    });
  });

  it('of the referrer is put down to the policy of the page that linked here', async () => {
    const edge = await start();
    await visit(edge, '/sale', { ...click, 'sec-fetch-site': 'cross-site', 'sec-fetch-user': '?1' });
    expect(lost(edge)).toEqual(['lost (referrer) shop.example/sale referrer_policy']);
  });

  it('is seen in a browser that does not say who went on, once the next page is viewed', async () => {
    const edge = await start();
    const plain = { ...browser, accept: 'text/html' };
    await visit(edge, '/sale?gclid=A', { ...plain, referer: 'https://ads.example/' });
    await visit(edge, '/shop/', { ...plain, referer: 'http://shop.example/sale?gclid=A' });
    expect(lost(edge)).toEqual([]);
    await view(edge, '/shop/', 'http://shop.example/sale?gclid=A');
    expect(lost(edge)).toEqual([
      'lost gclid shop.example/sale -> shop.example/shop/ script_navigation_dropped_query',
    ]);
  });
});

describe('no loss is made up', () => {
  it('where a person goes on to the next page', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/cart', { ...onward('/sale?gclid=A'), 'sec-fetch-user': '?1' });
    await view(edge, '/cart', 'http://shop.example/sale?gclid=A');
    expect(counted(edge)).toEqual(['arrived gclid shop.example/sale', 'survived gclid shop.example/sale']);
  });

  it('where a single-page app shows its next page', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await view(edge, '/sale?gclid=A');
    await view(edge, '/cart', 'http://shop.example/sale?gclid=A');
    expect(lost(edge)).toEqual([]);
  });

  it('where another tab of the same browser is heard of first', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await view(edge, '/cart', 'http://shop.example/');
    await view(edge, '/sale?gclid=A');
    expect(counted(edge)).toEqual(['arrived gclid shop.example/sale', 'survived gclid shop.example/sale']);
  });

  it('where somebody else behind the same address opens the same page', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/sale', { ...click, 'sec-fetch-site': 'none', 'sec-fetch-user': '?1' });
    await view(edge, '/sale', '');
    expect(lost(edge)).toEqual([]);
  });

  it('where two landings of strangers overlap', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/sale?gclid=B');
    await view(edge, '/sale?gclid=A');
    expect(lost(edge)).toEqual([]);
  });

  it('where an internal link carries campaign parameters, a page is reloaded, or a frame is loaded', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    await visit(edge, '/frame', { ...onward('/sale?gclid=A'), 'sec-fetch-dest': 'iframe' });
    await visit(edge, '/sale?gclid=A');
    await view(edge, '/sale?gclid=A');
    await visit(edge, '/cart?utm_source=banner', { ...onward('/sale?gclid=A'), 'sec-fetch-user': '?1' });
    await view(edge, '/cart', 'http://shop.example/sale?gclid=A');
    expect(counted(edge)).toEqual(['arrived gclid shop.example/sale', 'survived gclid shop.example/sale']);
  });

  it('where the time of a journey is over', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    edge.clock.nowMs += 61_000;
    await view(edge, '/sale');
    expect(counted(edge)).toEqual(['arrived gclid shop.example/sale']);
  });

  it('of bots and prefetches, which nobody sees', async () => {
    const edge = await start(site({ '/sale': { location: 'https://brand.example/' } }));
    await visit(edge, landing, { ...fromAds, 'sec-purpose': 'prefetch' });
    await visit(edge, landing, {
      ...fromAds,
      'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)',
    });
    expect(counted(edge)).toEqual([]);
  });
});

describe('visitors behind one address', () => {
  it('are told apart by their cookies', async () => {
    const edge = await start();
    const [anna, ben] = ['A', 'B'].map((letter) => ({
      cookie: `${accepted}; tl_visitor=1.${letter.repeat(22)}.1795435200.1795435200`,
    }));
    const pageOf = (url: string) => ({ url: `http://shop.example${url}`, referrer: 'https://ads.example/' });
    await visit(edge, '/sale?gclid=A', { ...fromAds, ...anna });
    await visit(edge, '/sale?gclid=B', { ...fromAds, ...ben });
    await post(edge.port, { name: 'page_view', id: 'b', page: pageOf('/sale') }, ben);
    await post(edge.port, { name: 'page_view', id: 'a', page: pageOf('/sale?gclid=A') }, anna);
    expect(counted(edge)).toEqual([
      'arrived gclid shop.example/sale',
      'lost gclid shop.example/sale script_replaced_url',
      'survived gclid shop.example/sale',
    ]);
  });
});

describe('a site whose page views the gateway counts', () => {
  it('has the loss on the event of the page that was reached', async () => {
    const upstream = await startUpstream(site({ '/sale': { location: '/shop' } }));
    const redirectPolicy = compileRedirectPolicy(
      redirectPolicyConfigSchema.parse({ keepParameters: false }),
      (host) => host === 'shop.example',
    );
    const edge = await startProxy(upstream.url, { site: { pageViews: 'gateway', redirectPolicy } });
    await visit(edge, '/sale?gclid=A', { ...fromAds, cookie: accepted });
    await visit(edge, '/shop', { ...fromAds, cookie: accepted });
    expect(lost(edge)).toEqual(['lost gclid shop.example/sale -> shop.example/shop redirect_dropped_query']);
    const [record] = edge.log.records();
    expect(record?.decisions.map(({ reason }) => reason)).toContain('parameters_lost');
  });
});

describe('without analytics consent', () => {
  it('losses are counted, and the event does not say so', async () => {
    const edge = await start();
    await visit(edge, '/sale?gclid=A');
    const page = { url: 'http://shop.example/sale', referrer: 'https://ads.example/' };
    await post(edge.port, { name: 'page_view', id: 'view', page });
    expect(lost(edge)).toEqual(['lost gclid shop.example/sale script_replaced_url']);
    const [record] = edge.log.records();
    expect(record?.decisions.map(({ reason }) => reason)).not.toContain('parameters_lost');
  });
});
