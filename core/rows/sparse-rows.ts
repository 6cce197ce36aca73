/** Samples as compressed sparse rows: of MNIST's pixels 81 % are zero, and a zero input adds nothing to a layer. */
import { DatasetError } from '../errors.ts';

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

/** Pointers are 32 bits. */
const MAX_ENTRIES = 2 ** 32 - 1;

/** Inputs are pixels divided by this, as the textbook's `normalize`. */
export const PIXEL_SCALE = 255;

/**
 * @param pixels row-major blocks of samples, each [rows, columns] with values 0–255; rounded to float32 after division
 * @param columns inputs per sample; every block's length is a multiple of it
 */
export function sparseFromPixels(blocks: readonly ArrayLike<number>[], columns: number): SparseRows {
  return fromBlocks(blocks, columns, (pixel) => pixel / PIXEL_SCALE);
}

/** @param blocks row-major blocks of samples, each [rows, columns] */
export function sparseFromDense(blocks: readonly Float32Array[], columns: number): SparseRows {
  return fromBlocks(blocks, columns, (value) => value);
}

/**
 * Rows of one block after the other.
 *
 * @param blocks each of `columns` columns
 * @throws DatasetError for more entries than pointers can count
 */
export function joinSparse(blocks: readonly SparseRows[], columns: number): SparseRows {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const entries = blocks.reduce((sum, block) => sum + block.indices.length, 0);
  if (entries > MAX_ENTRIES) {
    throw new DatasetError(`sparse rows: ${entries} entries, at most ${MAX_ENTRIES} fit into one set`);
  }
  const pointers = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  let row = 0;
  let entry = 0;
  for (const block of blocks) {
    indices.set(block.indices, entry);
    values.set(block.values, entry);
    for (let end = 1; end <= block.rows; end++) pointers[++row] = entry + block.pointers[end]!;
    entry += block.indices.length;
  }
  return { rows, columns, pointers, indices, values };
}

/** @param toInput of an element that isn't 0 */
function fromBlocks(
  blocks: readonly ArrayLike<number>[],
  columns: number,
  toInput: (element: number) => number,
): SparseRows {
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
        const element = block[start + column]!;
        if (element === 0) continue;
        indices[entry] = column;
        values[entry++] = toInput(element);
      }
      pointers[++row] = entry;
    }
  }
  return { rows, columns, pointers, indices, values };
}
