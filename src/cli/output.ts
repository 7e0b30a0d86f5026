import { stripVTControlCharacters, styleText } from 'node:util';

/** Exit codes, the same for every command. */
export const exitCodes = { ok: 0, failed: 1, badConfig: 2, badUse: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Writes a line for the person or program that called the command. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line of trouble. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One JSON value a line. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

type Style = Parameters<typeof styleText>[0];

/** Colours text where the output is a terminal that wants colours. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Whether problems may be coloured. */
export function hasColour(): boolean {
  return process.stderr.hasColors?.() ?? false;
}

/** A table with aligned columns; colours do not count as width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
