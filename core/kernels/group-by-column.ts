/** A batch of sparse rows regrouped by column (a counting sort), for the first layer's weight gradient. */
import type { SparseRows } from '../rows/sparse-rows.ts';

export interface ColumnGroups {
  /** Column c's entries are at pointers[c] … pointers[c + 1] - 1. Shape [columns + 1] or longer. */
  pointers: Uint32Array;
  /** Position in the batch of each entry, ascending within a column. */
  samples: Uint32Array;
  values: Float32Array;
}

/** Reused between steps; a step's groups are valid until the next call. Grows to the largest batch seen. */
const scratch: ColumnGroups = {
  pointers: new Uint32Array(0),
  samples: new Uint32Array(0),
  values: new Float32Array(0),
};

export function groupByColumn(x: SparseRows, batch: Uint32Array): ColumnGroups {
  let entries = 0;
  for (const row of batch) entries += x.pointers[row + 1]! - x.pointers[row]!;
  if (scratch.samples.length < entries) {
    scratch.samples = new Uint32Array(entries * 2);
    scratch.values = new Float32Array(entries * 2);
  }
  // One more than columns + 1: counting is shifted by two, so that filling leaves each start where it belongs.
  if (scratch.pointers.length < x.columns + 2) scratch.pointers = new Uint32Array(x.columns + 2);
  const { pointers, samples, values } = scratch;
  pointers.fill(0);
  for (const row of batch) {
    for (let k = x.pointers[row]!; k < x.pointers[row + 1]!; k++) pointers[x.indices[k]! + 2]!++;
  }
  for (let column = 2; column < x.columns + 2; column++) pointers[column]! += pointers[column - 1]!;
  for (let n = 0; n < batch.length; n++) {
    const row = batch[n]!;
    for (let k = x.pointers[row]!; k < x.pointers[row + 1]!; k++) {
      const slot = pointers[x.indices[k]! + 1]!++;
      samples[slot] = n;
      values[slot] = x.values[k]!;
    }
  }
  return scratch;
}
