/**
 * The ways of losing campaign parameters, one a line: whether `throughline trace` names hop and cause, whether a journey
 * through the gateway ends in a purchase with the right source and click id, and whether `throughline loss` names the
 * cause from the journey alone. `npm run bench:loss`, with `-- --json` one JSON object for each way; the exit code is 1
 * where one of them that can be seen or repaired is not.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { complain, exitCodes, print, printJson } from '../../src/cli/output.ts';
import { launchBrowser } from '../e2e/browser.ts';
import { lossCases } from '../loss-site/cases.ts';
import { type Finding, openDetector } from '../loss-site/detect.ts';
import { type LossGateway, type Role, startLossGateway } from '../loss-site/gateway.ts';
import { travel } from '../loss-site/journey.ts';
import { type LossSite, startLossSite } from '../loss-site/site.ts';
import { type LossRow, rowOf, summaryOf, tableOf } from './loss-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-loss-'));
const site = await startLossSite();
try {
  const findings = await detectAll(site);
  const watching = await travelAll(site, folder, 'watching');
  const losses = await watching.losses();
  const events = (await travelAll(site, folder, 'repairing')).events();
  const rows = lossCases.map((one) => rowOf(one, { finding: findings.get(one.id) ?? null, events, losses }));
  show(rows);
} finally {
  await site.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function detectAll({ ports }: LossSite): Promise<ReadonlyMap<string, Finding>> {
  const detector = await openDetector(ports);
  const findings = new Map<string, Finding>();
  try {
    for (const one of lossCases) {
      tellProgress('traced', findings.size);
      findings.set(one.id, await detector.detect(one));
    }
  } finally {
    await detector.close();
  }
  return findings;
}

/** Everybody's journey, through a gateway that has ended afterwards. */
async function travelAll(lossSite: LossSite, root: string, role: Role): Promise<LossGateway> {
  const own = join(root, role);
  mkdirSync(own);
  const opened = await startLossGateway(lossSite, own, role);
  const browser = await launchBrowser();
  try {
    for (const [index, one] of lossCases.entries()) {
      tellProgress(`through a gateway that is ${role}`, index);
      await travel(browser, one, lossSite.ports).catch((error: unknown) => {
        complain(`${one.id}: ${String(error).split('\n', 1)[0]}`);
      });
    }
    await opened.gateway.settled();
    return opened;
  } finally {
    await browser.close();
    await opened.gateway.end('SIGTERM');
  }
}

/** One line that is written over where there is a terminal, and a line for each tenth way elsewhere. */
function tellProgress(what: string, index: number): void {
  const line = `${index + 1} of ${lossCases.length} ${what}`;
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${line}${index + 1 < lossCases.length ? '' : '\n'}`);
  else if (index % 10 === 0) complain(line);
}

function show(rows: readonly LossRow[]): void {
  const summary = summaryOf(rows);
  if (process.argv.includes('--json')) for (const row of rows) printJson(row);
  else {
    print(tableOf(rows));
    print();
    print(summary.text);
  }
  if (!summary.isComplete) process.exitCode = exitCodes.failed;
}
