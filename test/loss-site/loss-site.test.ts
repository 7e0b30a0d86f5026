import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossCases } from './cases.ts';
import { type Detector, openDetector } from './detect.ts';
import { startLossGateway } from './gateway.ts';
import { isRepaired } from './journey.ts';
import { causesAt } from './ledger.ts';
import { type LossSite, startLossSite } from './site.ts';
import { visit } from './visit.ts';

/** Chromium costs two seconds a walk; `npm run bench:loss` walks and travels all of them. */
const walkedInBrowser: ReadonlySet<string> = new Set(['worker', 'search', 'to-outlet']);
const walked = lossCases.filter(({ id, engine }) => engine === 'http' || walkedInBrowser.has(id));

let site: LossSite;
let detector: Detector;
beforeAll(async () => {
  site = await startLossSite();
  detector = await openDetector(site.ports);
});
afterAll(async () => {
  await detector.close();
  await site.close();
});

describe('a site that loses parameters in every way', () => {
  it('has at least 25 of them, each with a name of its own', () => {
    expect(new Set(lossCases.map(({ id }) => id)).size).toBe(lossCases.length);
    expect(lossCases.filter(({ expected }) => expected !== undefined).length).toBeGreaterThanOrEqual(25);
  });

  it.each(walked)('is seen through: $title', async (one) => {
    expect(await detector.detect(one)).toEqual(one.expected ?? null);
  });
});

/** Ways that need neither a script nor a second port. */
const visitedIds = [
  'r302',
  'r301',
  'apex',
  'index',
  'sale',
  'moved',
  'escaped',
  'twice',
  'amp',
  'second',
  'cut',
];
const visited = lossCases.filter(({ id }) => [...visitedIds, 'cdn', 'refresh', 'account'].includes(id));

describe('a visitor behind a gateway', () => {
  it('buys with the source and the click id of the landing, and the ledger says what was repaired', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-loss-'));
    const ownSite = await startLossSite();
    const { gateway, events, losses } = await startLossGateway(ownSite, folder, 'repairing');
    try {
      for (const one of visited) await visit(one, ownSite.ports);
      await gateway.settled();
      await gateway.end('SIGTERM');
      const all = events();
      expect(visited.filter((one) => !isRepaired(one, all)).map(({ id }) => id)).toEqual([]);
      const seen = await losses();
      expect(visited.map((one) => [one.id, ...causesAt(one, seen)])).toEqual(
        visited.map(({ id, ledger }) => [id, ledger]),
      );
    } finally {
      await gateway.end('SIGTERM');
      await ownSite.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});
