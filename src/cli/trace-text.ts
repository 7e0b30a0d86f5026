import type { Hop, Mark, Trace } from '../app/trace.ts';
import { paint, table } from './output.ts';
import { groupLosses, type LossGroup } from './trace-losses.ts';

/** One walk as a table of hops and parameters, and what was lost, why and how to mend it. */
export function formatTrace(trace: Trace): string {
  const { hops, parameters } = trace;
  const head = ['', '', 'hop', ...parameters.map(({ name }) => name)].map((cell) => paint('bold', cell));
  const rows = hops.map((hop, index) => [
    paint('gray', String(index + 1)),
    statusOf(hop),
    shortened(pageOf(hop.url)),
    ...parameters.map(({ marks }) => markText(marks[index] ?? 'absent')),
  ]);
  return [
    paint('bold', trace.url),
    table([head, ...rows]),
    ...(parameters.length > 0 ? [paint('gray', legend)] : []),
    ...groupLosses(trace.losses).map(formatGroup),
    ...ending(trace),
  ].join('\n');
}

/** The last line of a list of walks. */
export function formatSummary(intact: number, all: number): string {
  const text = `${all} addresses: ${intact} keep everything, ${all - intact} do not`;
  return paint(intact === all ? 'green' : 'red', text);
}

const legend = '✓ there  + added here  ~ changed here  ✗ lost here';

const symbols: Readonly<Record<Mark, string>> = {
  there: '✓',
  added: '+',
  changed: '~',
  lost: '✗',
  absent: '·',
};
const styles = { there: 'green', added: 'cyan', changed: 'yellow', lost: 'red', absent: 'gray' } as const;

function markText(mark: Mark): string {
  return paint(styles[mark], symbols[mark]);
}

function statusOf({ status, target }: Hop): string {
  if (status !== null) return paint(status < 300 ? 'green' : status < 400 ? 'cyan' : 'red', String(status));
  return target === undefined ? paint('red', '---') : paint('cyan', 'HSTS');
}

function pageOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}

const maxPageChars = 72;

function shortened(page: string): string {
  return page.length <= maxPageChars ? page : `${page.slice(0, maxPageChars - 1)}…`;
}

function formatGroup({ loss, parameters, seen }: LossGroup): string {
  const { hop, kind, what, culprit, fix, isRestored } = loss;
  const mark = isRestored ? paint('gray', symbols[kind]) : markText(kind);
  return [
    `${mark} ${paint('bold', parameters.join(', '))} ${kind} at hop ${hop}: ${what}`,
    ...(isRestored ? ['    Restored further on: the page gets it as it was sent.'] : []),
    `    Likely by: ${culprit}`,
    paint('gray', `    Seen: ${seen}`),
    `    Mend it: ${fix}`,
  ].join('\n');
}

function ending({ parameters, losses, failure }: Trace): readonly string[] {
  if (failure !== undefined)
    return [`${paint('red', '✗')} The walk stops at hop ${failure.hop}: ${failure.message}`];
  if (parameters.length === 0)
    return [
      `${paint('yellow', '!')} The address carries no parameter to follow. Add what your ads carry, such as ?utm_source=test&gclid=test.`,
    ];
  if (losses.every(({ isRestored }) => isRestored))
    return [`${paint('green', '✓')} Nothing is lost: the page gets every parameter as it was sent.`];
  return [];
}
