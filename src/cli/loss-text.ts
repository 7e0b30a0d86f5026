import { lossCause } from '../app/loss-causes.ts';
import type { LossCount } from '../model/loss.ts';
import {
  type LossGrouping,
  type LossRow,
  releaseDrops,
  reportLosses,
  survivalByDay,
} from '../report/loss.ts';
import { paint, print, table } from './output.ts';

/** What there is to print. */
export interface LossOutput {
  readonly counts: readonly LossCount[];
  readonly rows: readonly LossRow[];
  readonly by: LossGrouping;
  readonly limit: number;
  readonly since: string;
  /** The days looked at, oldest first. */
  readonly days: readonly string[];
}

/** Prints a loss report: the rows, what to do about each cause, survival by day, and releases that made it worse. */
export function printLosses(output: LossOutput): void {
  const { counts, rows, by, limit, since } = output;
  if (counts.length === 0)
    return void print(`No landing with campaign parameters was seen in the last ${since}.`);
  if (rows.length === 0) return void print(`Nothing was lost in the last ${since}.`);
  const shown = rows.slice(0, limit);
  const heads = [...subjects[by], ...figures].map((word) => paint('bold', word));
  print(table([heads, ...shown.map((row) => cellsOf(row, by))]));
  printFixes(shown);
  printSurvival(output);
  printReleases(counts);
  print();
  const rest = rows.length > limit ? `, of which ${limit} are shown (--limit)` : '';
  print(
    paint(
      'gray',
      `${rows.length} rows of the last ${since}${rest}. Sessions and conversions: only of visitors with analytics consent.`,
    ),
  );
}

const subjects: Readonly<Record<LossGrouping, readonly (keyof LossRow)[]>> = {
  loss: ['parameter', 'hop', 'cause', 'culprit'],
  parameter: ['parameter'],
  hop: ['hop'],
  cause: ['cause'],
  release: ['release'],
  day: ['day'],
};

const figures = [
  ...['arrivals', 'survived', 'repaired', 'lost', 'rate', 'sessions', 'conversions'],
  ...['first seen', 'last seen', 'site'],
];

const maxCellChars = 70;

function cellsOf(row: LossRow, by: LossGrouping): readonly string[] {
  const { arrivals, survivals, repaired, lost, rate, sessions, conversions } = row;
  return [
    ...subjects[by].map((subject) => subjectCell(String(row[subject]))),
    ...[arrivals, survivals, repaired].map(String),
    lost === 0 ? '0' : paint('red', String(lost)),
    percent(rate),
    ...[sessions, conversions].map(String),
    minuteOf(row.firstAtMs),
    minuteOf(row.lastAtMs),
    row.site,
  ];
}

/** Paths and headers are anybody's text: control characters would reach the terminal. */
function subjectCell(text: string): string {
  const plain = text.replaceAll(/\p{Cc}/gu, '�') || '(unknown)';
  return plain.length > maxCellChars ? `${plain.slice(0, maxCellChars - 1)}…` : plain;
}

function printFixes(rows: readonly LossRow[]): void {
  for (const cause of new Set(rows.map((row) => row.cause))) {
    const known = lossCause(cause);
    if (known === undefined) continue;
    print();
    print(`${paint('yellow', cause)}  ${known.what}`);
    print(`  ${known.fix}`);
  }
}

/** Parameters whose survival is drawn. */
const maxLines = 8;
const blocks = '▁▂▃▄▅▆▇█';

function printSurvival({ counts, days }: LossOutput): void {
  if (days.length < 2) return;
  const named = reportLosses(counts, nobody, 'parameter').slice(0, maxLines);
  const lines = named.map(({ parameter, rate, site }) => {
    const ofSite = counts.filter((count) => count.site === site);
    const marks = survivalByDay(ofSite, parameter, days).map((day) => blockOf(day.rate));
    return [parameter, marks.join(''), percent(rate), site];
  });
  print();
  print(paint('bold', `survival by day, ${days[0]} to ${days.at(-1)}`));
  print(table(lines));
}

const nobody = { losses: [], conversions: new Map<string, number>(), isPartial: false } as const;

function blockOf(rate: number | null): string {
  return rate === null ? '·' : (blocks[Math.round(rate * (blocks.length - 1))] ?? '·');
}

function printReleases(counts: readonly LossCount[]): void {
  const drops = releaseDrops(reportLosses(counts, nobody, 'release'));
  if (drops.length === 0) return;
  print();
  for (const { site, release, before, since, sinceAtMs } of drops) {
    const name = release === '' ? 'a release without a name' : `release ${subjectCell(release)}`;
    print(
      paint(
        'red',
        `${site}: since ${name} (${minuteOf(sinceAtMs)}): survival ${percent(before)} -> ${percent(since)}`,
      ),
    );
  }
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(rate < 0.9995 && rate > 0.9 ? 1 : 0)}%`;
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}
