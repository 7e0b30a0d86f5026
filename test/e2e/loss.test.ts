import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { LossCount } from '../../src/model/loss.ts';
import { openReader } from '../../src/store/sqlite/reader.ts';
import { listen } from '../edge/edge.ts';
import { rememberConsent } from './support/shop-visit.ts';
import { type Stack, startStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { useVisitors } from './support/visitors.ts';

const visitor = useVisitors();

const sdk = '<script src="/t/s.js"></script>';

/** Pages of a site that loses parameters in its own ways; every other page has the SDK and does nothing wrong. */
const pages: Readonly<Record<string, string>> = {
  '/replace': `<script>history.replaceState(null, '', location.pathname)</script>${sdk}`,
  '/script': `<script>location.replace('/arrived-by-script')</script>`,
  '/meta': `<meta http-equiv="refresh" content="0;url=/arrived-by-meta">`,
};
const redirects: Readonly<Record<string, string>> = {
  '/locale': '/de/locale',
  '/brand': 'https://brand.example/',
};

const site: RequestListener = (req, res) => {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
  const location = redirects[path];
  const headers = { 'content-type': 'text/html', 'x-release': 'v7' };
  res.writeHead(
    location === undefined ? 200 : 302,
    location === undefined ? headers : { ...headers, location },
  );
  res.end(`<!doctype html><title>${path}</title>${pages[path] ?? sdk}`);
};

async function startLossyStack(): Promise<Stack> {
  const port = await listen(createServer(site));
  return startStack({
    config: {
      'sites.shop.upstream.url': `http://127.0.0.1:${port}`,
      // What is repaired as it passes is not lost: here the meta refresh shall be.
      'sites.shop.rewrite': { metaRefresh: false, links: false },
      'losses.releaseHeader': 'x-release',
    },
  });
}

function countsOf(dataFile: string): readonly LossCount[] {
  const reader = openReader(dataFile);
  try {
    return reader.losses('2000-01-01');
  } finally {
    reader.close();
  }
}

function isAbout(path: string): (count: LossCount) => boolean {
  return ({ hop }) => hop.includes(path);
}

describe('a journey in a browser', () => {
  it('tells what the site lost, how, and that the rest survived; and a killed gateway still knows', async () => {
    const stack = await startLossyStack();
    const { gateway } = stack;
    const { page, context } = await visitor();
    await rememberConsent(context, gateway.origin);
    const judged = async (path: string): Promise<void> => {
      await page.goto(`${gateway.origin}${path}?utm_source=news&gclid=A.b-C`, {
        referer: 'https://ads.example/',
      });
      await until(`the end of ${path}`, () =>
        countsOf(gateway.dataFile)
          .filter(isAbout(path))
          .some(({ outcome }) => outcome === 'survived' || outcome === 'lost'),
      );
    };
    for (const path of ['/keep', '/replace', '/script', '/meta', '/locale']) await judged(path);
    const seen = countsOf(gateway.dataFile)
      .filter(({ parameter, outcome }) => parameter === 'gclid' && outcome !== 'arrived')
      .map(({ outcome, hop, cause, release, n }) => [outcome, hop, cause, release, n].join(' '));
    const host = new URL(gateway.origin).host;
    expect(seen.toSorted()).toEqual([
      `lost ${host}/meta -> ${host}/arrived-by-meta script_navigation_dropped_query v7 1`,
      `lost ${host}/replace script_replaced_url v7 1`,
      `lost ${host}/script -> ${host}/arrived-by-script script_navigation_dropped_query v7 1`,
      `repaired ${host}/locale -> ${host}/de/locale locale_redirect_dropped_query v7 1`,
      `survived ${host}/de/locale  v7 1`,
      `survived ${host}/keep  v7 1`,
    ]);

    await gateway.settled();
    await gateway.end('SIGKILL');
    const { code, output } = await stack.run('loss', '--by', 'cause');
    expect(code).toBe(0);
    expect(output).toMatch(/script_navigation_dropped_query +4 +0 +0 +4 +0% +1 +0 /);
    expect(output).toMatch(/locale_redirect_dropped_query +2 +2 +2 +0 +100% +1 +0 /);
  }, 60_000);

  it('that ends with a redirect is known after the gateway was asked to stop', async () => {
    const { gateway } = await startLossyStack();
    const headers = {
      accept: 'text/html',
      'user-agent':
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36',
    };
    await fetch(`${gateway.origin}/brand?gclid=A`, { headers, redirect: 'manual' });
    await gateway.end('SIGTERM');
    const lost = countsOf(gateway.dataFile).filter(({ outcome }) => outcome === 'lost');
    expect(lost).toMatchObject([
      { parameter: 'gclid', cause: 'other_host_dropped_query', release: 'v7', n: 1, site: 'shop' },
    ]);
  }, 30_000);
});
