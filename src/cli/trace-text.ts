import type { Hop, Mark, Trace } from '../app/trace.ts';
import { paint, table } from './output.ts';
import { groupLosses, type LossGroup } from './trace-losses.ts';

/** One walk as a table of hops and parameters, and what was lost, why and how to mend it. */
export function formatTrace(trace: Trace): string {
  return [
    paint('bold', trace.url),
    hopTable(trace, process.stdout.columns ?? 160),
    ...(trace.parameters.length > 0 ? [paint('gray', legend)] : []),
    ...formatLosses(trace),
    ...formatEnding(trace),
  ].join('\n');
}

/** The hops, one a line below a head, in at most so many columns where that leaves enough of each page to be known. */
export function hopTable({ hops, parameters }: Trace, columns: number): string {
  const head = ['', '', 'hop', ...parameters.map(({ name }) => name)].map((cell) => paint('bold', cell));
  const rest = parameters.reduce((sum, { name }) => sum + name.length + 2, 12);
  const pageChars = Math.min(maxPageChars, Math.max(minPageChars, columns - rest));
  const rows = hops.map((hop, index) => [
    paint('gray', String(index + 1)),
    statusOf(hop),
    shortened(pageOf(hop.url), pageChars),
    ...parameters.map(({ marks }) => markText(marks[index] ?? 'absent')),
  ]);
  return table([head, ...rows]);
}

/** What was lost at which hop, why, and how to mend it. */
export function formatLosses({ losses }: Trace): readonly string[] {
  return groupLosses(losses).map(formatGroup);
}

/** The last line of a list of walks. */
export function formatSummary(walks: readonly { readonly isIntact: boolean }[]): string {
  const [all, intact] = [walks.length, walks.filter(({ isIntact }) => isIntact).length];
  const text = `${all} addresses: ${intact} keep everything, ${all - intact} do not`;
  return paint(intact === all ? 'green' : 'red', text);
}

/** What the marks mean. */
export const legend = '✓ there  + added here  ~ changed here  ✗ lost here';

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

function statusOf({ status, target, via, isFromServiceWorker }: Hop): string {
  if (isFromServiceWorker === true) return paint('yellow', `${status} SW`);
  if (via === 'history') return paint('yellow', 'JS');
  if (status !== null) return paint(status < 300 ? 'green' : status < 400 ? 'cyan' : 'red', String(status));
  return target === undefined ? paint('red', '---') : paint('cyan', 'HSTS');
}

function pageOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url;
}

const maxPageChars = 72;
const minPageChars = 24;

/** The middle goes: host and last part of the path tell one hop from another. */
function shortened(page: string, maxChars: number): string {
  if (page.length <= maxChars) return page;
  const headChars = Math.ceil((maxChars - 1) / 2);
  return `${page.slice(0, headChars)}…${page.slice(page.length - (maxChars - 1 - headChars))}`;
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

/** How the walk ended; nothing where the losses say it. */
export function formatEnding({ parameters, losses, failure }: Trace): readonly string[] {
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
