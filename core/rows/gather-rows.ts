/** Inputs of samples picked from several sets, each sample's from the set at its place and the row at its place. */
import type { SparseRows } from './sparse-rows.ts';
import type { Labels } from './training-rows.ts';

/** Zeros in an array of the other one's type; a Buffer of Node's is a Uint8Array, too. */
export function zerosOf<A extends Labels | Float32Array>(other: A, length: number): A {
  const ArrayType = other instanceof Uint8Array ? Uint8Array : other.constructor;
  return new (ArrayType as new (length: number) => A)(length);
}

/** @param from arrays [rows, columns] of one type @returns [samples, columns] of that type */
export function gatherDense<A extends Labels | Float32Array>(
  from: readonly A[],
  rows: ArrayLike<number>,
  columns: number,
): A {
  const gathered = zerosOf(from[0]!, from.length * columns);
  from.forEach((x, n) => {
    const row = rows[n]!;
    if (columns === 1) gathered[n] = x[row]!;
    else gathered.set(x.subarray(row * columns, (row + 1) * columns), n * columns);
  });
  return gathered;
}

export function gatherSparse(from: readonly SparseRows[], rows: ArrayLike<number>): SparseRows {
  const pointers = new Uint32Array(from.length + 1);
  from.forEach((x, n) => {
    pointers[n + 1] = pointers[n]! + x.pointers[rows[n]! + 1]! - x.pointers[rows[n]!]!;
  });
  const indices = new Uint32Array(pointers[from.length]!);
  const values = new Float32Array(indices.length);
  from.forEach((x, n) => {
    const begin = x.pointers[rows[n]!]!;
    const to = pointers[n]!;
    const count = pointers[n + 1]! - to;
    for (let entry = 0; entry < count; entry++) {
      indices[to + entry] = x.indices[begin + entry]!;
      values[to + entry] = x.values[begin + entry]!;
    }
  });
  return { rows: from.length, columns: from[0]?.columns ?? 0, pointers, indices, values };
}
