/**
 * The ways of losing campaign parameters, one a line: whether `throughline trace` names hop and cause, and whether a
 * journey through the gateway ends in a purchase with the right source and click id. `npm run bench:loss`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { paint, print, table } from '../../src/cli/output.ts';
import { launchBrowser } from '../e2e/browser.ts';
import { type LossCase, lossCases } from '../loss-site/cases.ts';
import { type Finding, isDetected, openDetector } from '../loss-site/detect.ts';
import { startLossGateway } from '../loss-site/gateway.ts';
import { isRepaired, travel } from '../loss-site/journey.ts';
import { type LossSite, startLossSite } from '../loss-site/site.ts';

async function detectAll(site: LossSite): Promise<ReadonlyMap<string, Finding>> {
  const detector = await openDetector(site.ports);
  const findings = new Map<string, Finding>();
  try {
    for (const one of lossCases) findings.set(one.id, await detector.detect(one));
  } finally {
    await detector.close();
  }
  return findings;
}

/** The ids of the cases whose purchase carries what the journey began with. */
async function repairAll(site: LossSite, folder: string): Promise<ReadonlySet<string>> {
  const { gateway, events } = await startLossGateway(site, folder);
  const browser = await launchBrowser();
  try {
    for (const one of lossCases)
      await travel(browser, one, site.ports).catch((error: unknown) => {
        process.stderr.write(`${one.id}: ${String(error).split('\n', 1)[0]}\n`);
      });
    await gateway.settled();
    const all = events();
    return new Set(lossCases.filter((one) => isRepaired(one, all)).map(({ id }) => id));
  } finally {
    await browser.close();
    await gateway.end('SIGTERM');
  }
}

function rowOf(one: LossCase, index: number, found: Finding, isMended: boolean): readonly string[] {
  const { title, expected, engine, repair } = one;
  const wanted = 'by' in repair;
  const note = wanted ? `${isMended ? 'by' : 'wanted by'} ${repair.by}` : `not: ${repair.notBecause}`;
  const seen = expected === undefined ? paint('gray', '–') : mark(isDetected(one, found));
  return [
    paint('gray', String(index + 1)),
    title,
    seen,
    found === null ? '' : `hop ${found.hop}: ${found.cause}${engine === 'chromium' ? ' (browser)' : ''}`,
    isMended || wanted ? mark(isMended) : paint('gray', '–'),
    paint('gray', note),
  ];
}

function mark(isGood: boolean): string {
  return isGood ? paint('green', '✓') : paint('red', '✗');
}

const folder = mkdtempSync(join(tmpdir(), 'throughline-loss-'));
const site = await startLossSite();
try {
  const findings = await detectAll(site);
  const repaired = await repairAll(site, folder);
  const head = ['', 'way of losing', 'detected', 'hop and cause', 'repaired', ''].map((cell) =>
    paint('bold', cell),
  );
  const rows = lossCases.map((one, index) =>
    rowOf(one, index, findings.get(one.id) ?? null, repaired.has(one.id)),
  );
  print(table([head, ...rows]));
  const seen = lossCases.filter(({ expected }) => expected !== undefined);
  const detected = seen.filter((one) => isDetected(one, findings.get(one.id) ?? null));
  const wanted = lossCases.filter(({ repair }) => 'by' in repair);
  const mended = wanted.filter(({ id }) => repaired.has(id));
  print();
  print(
    `${detected.length} of ${seen.length} detected at the right hop with the right cause; ${mended.length} of ${wanted.length} that a gateway can repair are repaired.`,
  );
  if (detected.length < seen.length || mended.length < wanted.length) process.exitCode = 1;
} finally {
  await site.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
