/** A figure as tables have it; where there is none, a dash. */
export const figure = (value: number | null | undefined): string => value?.toFixed(4) ?? '-';

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
