import process from 'node:process';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Row } from './row.ts';

/** Where the benchmark writes: rows to standard output, progress to a terminal's standard error. */
export interface Report {
  progress(text: string): void;
  /** Rows of a part that is done. */
  show(rows: readonly Row[]): void;
  /** Everything is done. */
  end(rows: readonly Row[]): void;
}

/** `json`: each row as one line of JSON, as soon as it is known. `text`: one table at the end. */
export function createReport(format: 'json' | 'text'): Report {
  const startedAtMs = performance.now();
  const clearLine = (): void => {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  };
  return {
    progress(text) {
      if (!process.stderr.isTTY) return;
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      clearLine();
      process.stderr.write(
        styleText('gray', `${String(seconds).padStart(4)} s  ${text}`, { stream: process.stderr }),
      );
    },
    show(rows) {
      clearLine();
      if (format === 'json') for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
    },
    end(rows) {
      if (format === 'text') process.stdout.write(`${toTable(rows)}\n`);
    },
  };
}

const titles = ['', 'value', 'unit', 'baseline', 'ratio', 'target', ''];
const isNumber = [false, true, false, true, true, false, false];

function toTable(rows: readonly Row[]): string {
  const cells = [titles.map((title) => paint('bold', title)), ...rows.map(toCells)];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ''))));
  return cells
    .map((row) =>
      row.map((cell, column) => pad(cell, widths[column] ?? 0, isNumber[column] === true ? 'left' : 'right')),
    )
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}

function toCells({ name, value, unit, baseline, ratio, target, ok }: Row): readonly string[] {
  const verdict = ok === null ? '' : ok ? paint('green', '✓') : paint('red', '✗ missed');
  return [
    name,
    paint('cyan', show(value)),
    unit,
    show(baseline),
    show(ratio),
    paint('gray', target ?? ''),
    verdict,
  ];
}

function show(figure: number | null): string {
  return figure === null
    ? '–'
    : figure.toLocaleString('en', { maximumSignificantDigits: Number.isInteger(figure) ? 15 : 4 });
}

function paint(style: 'bold' | 'cyan' | 'gray' | 'green' | 'red', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function pad(cell: string, width: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(width - widthOf(cell));
  return side === 'left' ? space + cell : cell + space;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
