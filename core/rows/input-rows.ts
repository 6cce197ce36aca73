/** Samples as a network takes them: bytes as MNIST's images have them, or sparse rows of any float32. */
import { type SparseRows, sparseFromPixels } from './sparse-rows.ts';

/** Inputs that are bytes, each standing for byte / 255 rounded to float32. */
export interface PixelRows {
  rows: number;
  /** Inputs per sample. */
  columns: number;
  /** [rows, columns], row-major. */
  pixels: Uint8Array;
}

export type InputRows = PixelRows | SparseRows;

export const isPixelRows = (x: InputRows): x is PixelRows => 'pixels' in x;

const converted = new WeakMap<PixelRows, SparseRows>();

/** The same samples as sparse rows; made once per object. */
export function toSparse(x: InputRows): SparseRows {
  if (!isPixelRows(x)) return x;
  const known = converted.get(x);
  if (known !== undefined) return known;
  const sparse = sparseFromPixels([x.pixels], x.columns);
  converted.set(x, sparse);
  return sparse;
}

/** Each row with its zeros. */
export function denseRows(x: InputRows): Float32Array[] {
  const { rows, columns, pointers, indices, values } = toSparse(x);
  return Array.from({ length: rows }, (_, n) => {
    const row = new Float32Array(columns);
    for (let entry = pointers[n]!; entry < pointers[n + 1]!; entry++) row[indices[entry]!] = values[entry]!;
    return row;
  });
}
