/** Classification judged by what each kind of mistake costs. */

/**
 * Mean cost per sample: Σ confusion[a][p]·costs[a][p] / Σ confusion[a][p]. The measure of KDD Cup 1999.
 *
 * @param confusion samples of class a (row) that were predicted as p (column)
 * @param costs of the same shape
 * @returns 0 for no samples
 * @throws RangeError when the shapes differ
 */
export function meanCost(
  confusion: readonly (readonly number[])[],
  costs: readonly (readonly number[])[],
): number {
  let samples = 0;
  let cost = 0;
  if (confusion.length !== costs.length) throw new RangeError(differ(confusion, costs));
  confusion.forEach((row, actual) => {
    if (row.length !== costs[actual]!.length) throw new RangeError(differ(confusion, costs));
    row.forEach((count, predicted) => {
      samples += count;
      cost += count * costs[actual]![predicted]!;
    });
  });
  return samples === 0 ? 0 : cost / samples;
}

const differ = (confusion: readonly unknown[], costs: readonly unknown[]): string =>
  `confusion: got ${confusion.length} classes, expected ${costs.length} in rows and columns, as many as costs`;
