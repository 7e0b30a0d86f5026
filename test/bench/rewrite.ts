import type { LinkDecorator } from '../../src/edge/rewrite/decorator.ts';
import { createPageRewriter } from '../../src/edge/rewrite/page.ts';
import { type Bench, connections, firstWarmUpMs, roundMs, rounds } from './bench.ts';
import { startServer } from './child.ts';
import { prepareGateway, startGateway } from './gateway.ts';
import { pageTemplates } from './hits.ts';
import { compare, interleave, median } from './rounds.ts';
import { demand, inform, type Row } from './row.ts';
import { checkoutHost, shopPage } from './shop-page.ts';

const pageBytes = 200_000;
const page = Buffer.from(shopPage(pageBytes));

/** What one chunk of a body comes as from a socket. */
const chunkBytes = 64 * 1024;

/** A page of 200 KB: how fast it is read alone, and how much of the proxy's throughput reading it takes. */
export async function measureRewrite(bench: Bench): Promise<readonly Row[]> {
  return [...(await measureScanner(bench)), ...(await measureProxied(bench))];
}

const decorate: LinkDecorator = ({ url }) =>
  url.hostname === checkoutHost ? { parameters: [['tl', 'a'.repeat(160)]] } : null;

async function measureScanner({ onProgress }: Bench): Promise<readonly Row[]> {
  const run = (): Promise<number> => Promise.resolve(megabytesPerSecond());
  await run();
  const [figures = []] = await interleave(rounds, [{ name: 'rewrite: reading', run }], onProgress);
  return [
    demand(
      { name: 'rewrite: a 200 KB page, links decorated, no network', unit: 'MB/s', value: median(figures) },
      { of: 'value', is: '>=', limit: 100 },
    ),
  ];
}

function megabytesPerSecond(): number {
  const endMs = performance.now() + roundMs.measuredMs;
  const startMs = performance.now();
  let bytes = 0;
  while (performance.now() < endMs) bytes += rewriteOnce();
  return bytes / 1e3 / (performance.now() - startMs);
}

function rewriteOnce(): number {
  const rewriter = createPageRewriter({
    url: 'https://shop.example/c/lamps',
    decorate,
    repairRefresh: null,
    onFailure: (error) => {
      throw error;
    },
  });
  let out = 0;
  for (let at = 0; at < page.length; at += chunkBytes)
    out += rewriter.push(page.subarray(at, at + chunkBytes)).length;
  if (out + rewriter.end().length <= page.length) throw new Error('nothing was decorated');
  return page.length;
}

/** The same gateway, asked with and without a click id: without one, it has no reason to read the page. */
async function measureProxied(bench: Bench): Promise<readonly Row[]> {
  const upstream = await startServer('shop-upstream');
  const site = { crossDomain: [checkoutHost], rewrite: { metaRefresh: true, links: false } };
  const gateway = await startGateway(prepareGateway({ upstreamPort: upstream.port, site }));
  const paths = ['/', '/gzip', '/br', '/zstd'];
  const lanes = paths.flatMap((path) =>
    [`${path}?a=1`, `${path}?gclid=abc`].map((url) => ({
      name: `rewrite: ${url}`,
      run: () => pagesPerSecond(bench, gateway.port, url, roundMs),
    })),
  );
  for (const path of paths) await pagesPerSecond(bench, gateway.port, `${path}?gclid=abc`, firstWarmUpMs);
  const figures = await interleave(rounds, lanes, bench.onProgress);
  await gateway.stop();
  await upstream.stop();
  return paths.map((path, index) => {
    const [plain = [], rewritten = []] = [figures[index * 2], figures[index * 2 + 1]].map((side) =>
      side?.map((pages) => (pages * page.length) / 1e6),
    );
    const name = `rewrite: 200 KB pages proxied${path === '/' ? '' : ` in ${path.slice(1)}`}, against plain`;
    const figure = { name, unit: 'MB/s', ...compare(rewritten, plain) };
    return path === '/' ? demand(figure, { of: 'value', is: '>=', limit: 100 }) : inform(figure);
  });
}

async function pagesPerSecond(
  { load }: Bench,
  port: number,
  path: string,
  times: { readonly warmUpMs: number; readonly measuredMs: number },
): Promise<number> {
  const result = await load.run({ port, templates: pageTemplates(connections, path), visitors: 1, ...times });
  if (result.failed > 0) throw new Error(`${result.failed} pages were not served on port ${port}`);
  return result.perSecond;
}
