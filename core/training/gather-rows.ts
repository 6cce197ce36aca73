/** Samples picked from several sets of rows: the batches that begin in one shard and end in the next. */

import { type InputRows, isPixelRows, type PixelRows, toSparse } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import { hasTargets, type LabelledRows, type TrainingRows } from '../rows/training-rows.ts';

const hasLabels = (data: TrainingRows): data is LabelledRows => !hasTargets(data);

/**
 * The samples as a set of their own, in order.
 *
 * @param from the set that each sample is from: as many as rows, all with the same columns
 * @param rows row of each sample in its set
 * @throws RangeError when some have labels and some have targets
 */
export function gatherRows(from: readonly TrainingRows[], rows: Uint32Array): TrainingRows {
  const x = gatherInputs(
    from.map((set) => set.x),
    rows,
  );
  if (from.every(hasLabels)) return { x, labels: rows.map((row, n) => from[n]!.labels[row]!) };
  if (!from.every(hasTargets)) throw new RangeError('rows: got labels and targets, expected one of them');
  const outputs = from[0]!.targets.length / from[0]!.x.rows;
  const targets = new Float32Array(rows.length * outputs);
  from.forEach((set, n) => {
    const row = rows[n]!;
    targets.set(set.targets.subarray(row * outputs, (row + 1) * outputs), n * outputs);
  });
  return { x, targets };
}

function gatherInputs(from: readonly InputRows[], rows: Uint32Array): InputRows {
  return from.every(isPixelRows) ? gatherPixels(from, rows) : gatherSparse(from.map(toSparse), rows);
}

function gatherPixels(from: readonly PixelRows[], rows: Uint32Array): PixelRows {
  const columns = from[0]?.columns ?? 0;
  const pixels = new Uint8Array(rows.length * columns);
  from.forEach((set, n) => {
    pixels.set(set.pixels.subarray(rows[n]! * columns, (rows[n]! + 1) * columns), n * columns);
  });
  return { rows: rows.length, columns, pixels };
}

function gatherSparse(from: readonly SparseRows[], rows: Uint32Array): SparseRows {
  const pointers = new Uint32Array(rows.length + 1);
  from.forEach((set, n) => {
    pointers[n + 1] = pointers[n]! + set.pointers[rows[n]! + 1]! - set.pointers[rows[n]!]!;
  });
  const indices = new Uint32Array(pointers[rows.length]!);
  const values = new Float32Array(indices.length);
  from.forEach((set, n) => {
    const begin = set.pointers[rows[n]!]!;
    const end = set.pointers[rows[n]! + 1]!;
    indices.set(set.indices.subarray(begin, end), pointers[n]!);
    values.set(set.values.subarray(begin, end), pointers[n]!);
  });
  return { rows: rows.length, columns: from[0]?.columns ?? 0, pointers, indices, values };
}
