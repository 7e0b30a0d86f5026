import { bridgeSteps, type Comparison } from '../app/sessions.ts';
import { paint, print, table } from './output.ts';

/** What a printed comparison is of. */
export interface Asked {
  readonly names: readonly string[];
  readonly by: 'day' | 'channel' | 'day,channel';
  readonly since: string;
  readonly timeZone: string;
}

/** Prints the counts side by side, and the way from the first definition to each other. */
export function printComparison(
  { rows, totals, bridges, events }: Comparison & { readonly events: number },
  { names, by, since, timeZone }: Asked,
): void {
  if (events === 0) {
    print(`There is no event of the last ${since}.`);
    return;
  }
  const keys = by.split(',');
  const heads = [...keys, ...names].map((head) => paint('bold', head));
  const groups = groupRows(rows, by);
  const total = [paint('bold', 'all'), ...keys.slice(1).map(() => ''), ...cellsOf(totals)];
  print(table([heads, ...groups.map(({ labels, counts }) => [...labels, ...cellsOf(counts)]), total]));
  print();
  for (const { from, to, steps } of bridges) {
    const change = steps.reduce((sum, step) => sum + step.change, 0);
    print(`${paint('bold', `${from} → ${to}`)}  ${signed(change)}`);
    for (const { step, change: own } of steps) {
      print(`  ${signed(own).padStart(6)}  ${step.padEnd(10)}  ${paint('gray', bridgeSteps[step].words)}`);
    }
    if (steps.length === 0) print(paint('gray', '  no rule differs that could change the number'));
  }
  print();
  print(
    paint(
      'gray',
      `${events} events of the last ${since}, days in ${timeZone}. Only visitors with analytics consent have sessions; the steps are taken in this order, and another order would size them differently.`,
    ),
  );
}

function groupRows(
  rows: Comparison['rows'],
  by: Asked['by'],
): readonly { readonly labels: readonly string[]; readonly counts: readonly number[] }[] {
  const groups = new Map<string, { labels: readonly string[]; counts: readonly number[] }>();
  for (const { day, channel, counts } of rows) {
    const labels = by === 'day' ? [day] : by === 'channel' ? [channel] : [day, channel];
    const known = groups.get(labels.join('|'))?.counts;
    const sum = counts.map((count, index) => count + (known?.[index] ?? 0));
    groups.set(labels.join('|'), { labels, counts: sum });
  }
  return [...groups.values()].sort((a, b) => (a.labels.join('|') < b.labels.join('|') ? -1 : 1));
}

/** The first as it is, the others with how far they are from it. */
function cellsOf(counts: readonly number[]): readonly string[] {
  const base = counts[0] ?? 0;
  return counts.map((count, index) => {
    if (index === 0 || base === 0 || count === base) return String(count);
    const share = Math.round(((count - base) / base) * 100);
    return `${count} ${paint('gray', `${share > 0 ? '+' : ''}${share}%`)}`;
  });
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : String(change);
}
