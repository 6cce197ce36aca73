/** Samples as compressed sparse rows: of MNIST's pixels 81 % are zero, and a zero input adds nothing to a layer. */

export interface SparseRows {
  rows: number;
  /** Inputs per sample. */
  columns: number;
  /** Row r's entries are at pointers[r] … pointers[r + 1] - 1. Shape [rows + 1]. */
  pointers: Uint32Array;
  /** Column of each entry, ascending within a row. */
  indices: Uint32Array;
  /** Non-zero input of each entry, float32. */
  values: Float32Array;
}

/** Inputs are pixels divided by this, as the deck's `normalize`. */
export const PIXEL_SCALE = 255;

/**
 * @param pixels row-major blocks of samples, each [rows, columns] with values 0–255; rounded to float32 after division
 * @param columns inputs per sample; every block's length is a multiple of it
 */
export function sparseFromPixels(blocks: readonly ArrayLike<number>[], columns: number): SparseRows {
  let rows = 0;
  let entries = 0;
  for (const block of blocks) {
    rows += block.length / columns;
    for (let i = 0; i < block.length; i++) if (block[i] !== 0) entries++;
  }
  const pointers = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  let row = 0;
  let entry = 0;
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += columns) {
      for (let column = 0; column < columns; column++) {
        const pixel = block[start + column]!;
        if (pixel === 0) continue;
        indices[entry] = column;
        values[entry++] = pixel / PIXEL_SCALE;
      }
      pointers[++row] = entry;
    }
  }
  return { rows, columns, pointers, indices, values };
}
