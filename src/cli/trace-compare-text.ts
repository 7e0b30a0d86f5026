import { stripVTControlCharacters } from 'node:util';
import type { Trace } from '../app/trace.ts';
import type { Arrival, ComparedParameter, Comparison } from '../app/trace-compare.ts';
import { paint } from './output.ts';
import { formatEnding, formatLosses, hopTable, legend } from './trace-text.ts';

/** A space, the mark between hops, and a space. */
const betweenChars = 3;

/** Two walks of one address: side by side where the terminal is wide enough, else one below the other. */
export function formatComparison(comparison: Comparison): string {
  const { url, direct, via, differingHops, parameters } = comparison;
  const isSame = differingHops.length === 0;
  return [
    paint('bold', url),
    ...hopLines(comparison),
    ...(parameters.length > 0 ? [paint('gray', legend)] : []),
    isSame ? paint('gray', 'Both walks are the same, hop by hop.') : differenceText(differingHops),
    ...parameterLines(parameters),
    ...(isSame ? [] : sectionOf('Direct', direct)),
    ...(isSame ? bodyOf(via) : sectionOf('Through the gateway', via)),
  ].join('\n');
}

function hopLines({ gateway, direct, via, differingHops }: Comparison): readonly string[] {
  const columns = process.stdout.columns ?? 160;
  const half = Math.floor((columns - betweenChars) / 2);
  const [left, right] = [paint('bold', 'direct'), paint('bold', `via ${gateway}`)];
  const narrow = [direct, via].map((trace) => hopTable(trace, half).split('\n'));
  const [ours = [], theirs = []] = narrow;
  if (widest([left, ...ours]) + widest([right, ...theirs]) + betweenChars <= columns)
    return beside([left, ...ours], [right, ...theirs], differingHops);
  return [left, hopTable(direct, columns), right, hopTable(via, columns)];
}

/** Two heads of two lines each, then hop by hop, with a mark between hops that differ. */
function beside(
  left: readonly string[],
  right: readonly string[],
  differing: readonly number[],
): readonly string[] {
  const width = widest(left);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, line) => {
    const [a = '', b = ''] = [left[line], right[line]];
    const mark = differing.includes(line - 1) ? paint('yellow', '≠') : ' ';
    return `${a}${' '.repeat(width - widthOf(a))} ${mark} ${b}`.trimEnd();
  });
}

function differenceText(differing: readonly number[]): string {
  return paint('gray', `Differing hops: ${differing.join(', ')}`);
}

const words: Readonly<Record<Arrival, string>> = {
  whole: 'arrives',
  changed: 'is changed',
  lost: 'is lost',
  unseen: 'is not seen at the end',
};

/** Parameters that fare differently, those with the same fate in one line. */
function parameterLines(parameters: readonly ComparedParameter[]): readonly string[] {
  const fates = Map.groupBy(
    parameters.filter(({ direct, via }) => direct !== via),
    ({ direct, via }) => `${direct} ${via}`,
  );
  return [...fates.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const isGain = first.via === 'whole';
    const mark = isGain ? paint('green', '✓') : paint('red', '✗');
    const names = paint('bold', members.map(({ name }) => name).join(', '));
    return [`${mark} ${names} ${words[first.direct]} direct and ${words[first.via]} through the gateway`];
  });
}

function sectionOf(title: string, trace: Trace): readonly string[] {
  const lines = bodyOf(trace);
  return lines.length === 0 ? [] : [paint('bold', title), ...lines];
}

function bodyOf(trace: Trace): readonly string[] {
  return [...formatLosses(trace), ...formatEnding(trace)];
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map(widthOf));
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
