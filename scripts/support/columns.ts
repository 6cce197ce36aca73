import { stripVTControlCharacters } from 'node:util';

/** A figure as tables have it; where there is none, a dash. */
export const figure = (value: number | null | undefined): string => value?.toFixed(4) ?? '-';

/** Where a long line goes on. */
const CONTINUED = ' '.repeat(6);

/** Text whose lines go on below, further to the right, where the terminal is too narrow; unchanged where there is none. */
export function fitColumns(text: string, columns = process.stdout.columns || Infinity): string {
  const broken = (painted: string): string => {
    const line = stripVTControlCharacters(painted);
    if (line.length <= columns) return painted;
    const space = line.lastIndexOf(' ', columns);
    const end = space > CONTINUED.length ? space : Math.max(columns, 2 * CONTINUED.length);
    const rest = line.slice(end).trim();
    return `${line.slice(0, end).trimEnd()}${rest === '' ? '' : `\n${broken(CONTINUED + rest)}`}`;
  };
  return text.split('\n').map(broken).join('\n');
}

/** A table's lines, with the cells of each column below each other and two spaces between. @param isLeft columns that begin at the left, as text does */
export function alignColumns(
  rows: readonly (readonly string[])[],
  isLeft: (column: number) => boolean,
): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (isLeft(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
