/** Refuses batches that don't fit: the kernels would read and write what belongs to others, and say nothing. */
import type { InputRows } from '../data/input-rows.ts';
import type { LabelledRows } from '../network/architecture.ts';

/** @param inputs the network's @throws RangeError naming the value and what is allowed */
export function checkRows(inputs: number, x: InputRows, batch: Uint32Array): void {
  if (x.columns !== inputs) {
    throw new RangeError(`x: got ${x.columns} columns, expected ${inputs}, the network's inputs`);
  }
  for (let n = 0; n < batch.length; n++) {
    if (batch[n]! < x.rows) continue;
    throw new RangeError(`batch[${n}]: got ${batch[n]}, expected below ${x.rows}, the rows of x`);
  }
}

/**
 * The same for a step of training, which needs a row at least, because nothing has no mean.
 *
 * @param classes the network's outputs
 * @throws RangeError naming the value and what is allowed
 */
export function checkBatch(inputs: number, classes: number, data: LabelledRows, batch: Uint32Array): void {
  if (batch.length === 0) throw new RangeError('batch: got no rows, expected at least one');
  checkRows(inputs, data.x, batch);
  for (const row of batch) {
    const label = data.labels[row];
    if (label !== undefined && label < classes) continue;
    throw new RangeError(
      `labels[${row}]: got ${label ?? 'none'}, expected below ${classes}, the network's classes`,
    );
  }
}
