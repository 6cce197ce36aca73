/** Samples picked from several sets of rows: the batches that begin in one shard and end in the next. */

import { gatherDense, gatherSparse } from '../rows/gather-rows.ts';
import { type InputRows, isPixelRows, toSparse } from '../rows/input-rows.ts';
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
  const targets = from.map((set) => set.targets);
  return { x, targets: gatherDense(targets, rows, targets[0]!.length / from[0]!.x.rows) };
}

function gatherInputs(from: readonly InputRows[], rows: Uint32Array): InputRows {
  if (!from.every(isPixelRows)) return gatherSparse(from.map(toSparse), rows);
  const { columns } = from[0]!;
  const pixels = gatherDense(
    from.map((set) => set.pixels),
    rows,
    columns,
  );
  return { rows: rows.length, columns, pixels };
}
