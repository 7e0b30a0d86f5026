import { paint, table } from '../../src/cli/output.ts';
import type { Event } from '../../src/model/event.ts';
import type { ExpectedFinding, LossCase } from '../loss-site/cases.ts';
import { type Finding, isDetected } from '../loss-site/detect.ts';
import type { SeenLoss } from '../loss-site/gateway.ts';
import { isRepaired } from '../loss-site/journey.ts';
import { causesAt, isLedgered } from '../loss-site/ledger.ts';

/** What came of one thing that was asked of a case; `none`: nothing can be had, and nothing was. */
type Verdict = 'yes' | 'no' | 'none';

/** One way of losing parameters, and what came of it. */
export interface LossRow {
  readonly id: string;
  readonly title: string;
  readonly detected: Verdict;
  /** What `throughline trace` named. */
  readonly traced: ExpectedFinding | null;
  readonly isInBrowser: boolean;
  readonly ledger: Verdict;
  /** What `throughline loss` named. */
  readonly ledgerCauses: readonly string[];
  readonly repaired: Verdict;
  /** What repairs it, or why nothing at a gateway does. */
  readonly repair: string;
}

/** What was seen of a case. */
export interface Seen {
  readonly finding: Finding;
  readonly losses: readonly SeenLoss[];
  readonly events: readonly Event[];
}

/** Holds a case against what was seen of it. */
export function rowOf(one: LossCase, { finding, losses, events }: Seen): LossRow {
  const { id, title, expected, engine, ledger, repair } = one;
  const isRepairable = 'by' in repair;
  return {
    id,
    title,
    detected: verdict(expected === undefined ? finding === null : isDetected(one, finding), expected),
    traced: finding,
    isInBrowser: engine === 'chromium',
    ledger: verdict(isLedgered(one, losses), ledger),
    ledgerCauses: causesAt(one, losses),
    repaired: verdict(isRepairable ? isRepaired(one, events) : true, isRepairable ? repair.by : undefined),
    repair: isRepairable ? `by ${repair.by}` : `not: ${repair.notBecause}`,
  };
}

function verdict(isAsExpected: boolean, wanted: unknown): Verdict {
  if (!isAsExpected) return 'no';
  return wanted === undefined ? 'none' : 'yes';
}

/** The rows for people. The ledger's cause stands there only where it is another than that of the walk. */
export function tableOf(rows: readonly LossRow[]): string {
  const head = ['', 'way of losing', 'detected', 'hop and cause', 'ledger', '', 'repaired', ''];
  const cells = rows.map((row, index) => [
    paint('gray', String(index + 1)),
    row.title,
    mark(row.detected),
    tracedText(row),
    mark(row.ledger),
    row.ledgerCauses.filter((cause) => cause !== row.traced?.cause).join(' '),
    mark(row.repaired),
    paint('gray', row.repair),
  ]);
  return table([head.map((cell) => paint('bold', cell)), ...cells]);
}

function tracedText({ traced, isInBrowser }: LossRow): string {
  return traced === null ? '' : `hop ${traced.hop}: ${traced.cause}${isInBrowser ? ' (browser)' : ''}`;
}

const marks: Readonly<Record<Verdict, string>> = {
  yes: paint('green', '✓'),
  no: paint('red', '✗'),
  none: paint('gray', '–'),
};

function mark(of: Verdict): string {
  return marks[of];
}

/** The rows in one sentence, and whether everything is there that can be had. */
export function summaryOf(rows: readonly LossRow[]): { readonly text: string; readonly isComplete: boolean } {
  const share = (column: 'detected' | 'ledger' | 'repaired'): string => {
    const open = rows.filter((row) => row[column] === 'no').length;
    const wanted = rows.filter((row) => row[column] !== 'none').length;
    return `${wanted - open} of ${wanted}`;
  };
  return {
    text:
      `${share('detected')} detected at the right hop with the right cause; ${share('ledger')} that a gateway can see ` +
      `are named by the ledger; ${share('repaired')} that a gateway can repair are repaired.`,
    isComplete: rows.every(({ detected, ledger, repaired }) => ![detected, ledger, repaired].includes('no')),
  };
}
