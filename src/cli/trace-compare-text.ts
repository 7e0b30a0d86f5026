import { stripVTControlCharacters } from 'node:util';
import type { Arrival, ComparedParameter, Comparison } from '../app/trace-compare.ts';
import { paint } from './output.ts';
import { formatEnding, formatLosses, hopTable } from './trace-text.ts';

const gap = '   ';

/** Two walks of one address: side by side where the terminal is wide enough, else one below the other. */
export function formatComparison(comparison: Comparison): string {
  const { url, gateway, direct, via, differingHops } = comparison;
  const columns = process.stdout.columns ?? 160;
  const half = Math.floor((columns - gap.length - 2) / 2);
  const left = [paint('bold', 'direct'), ...hopTable(direct, half).split('\n')];
  const right = [paint('bold', `via ${gateway}`), ...hopTable(via, half).split('\n')];
  const isNarrow = widest(left) + widest(right) + gap.length + 2 > columns;
  return [
    paint('bold', url),
    ...(isNarrow ? [...left, ...right] : beside(left, right, differingHops)),
    differenceText(differingHops),
    ...parameterLines(comparison.parameters),
    ...sectionOf('Direct', [...formatLosses(direct), ...formatEnding(direct)]),
    ...sectionOf('Through the gateway', [...formatLosses(via), ...formatEnding(via)]),
  ].join('\n');
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
  if (differing.length === 0) return paint('gray', 'Both walks are the same, hop by hop.');
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

function sectionOf(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [paint('bold', title), ...lines];
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map(widthOf));
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
