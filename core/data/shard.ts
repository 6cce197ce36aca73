/** A shard: some samples of a dataset as safetensors with `x` U8 [rows, columns] and `y` U8 [rows]. */
import { DatasetError, IntegrityError } from '../errors.ts';
import { decodeSafetensors, encodeSafetensors, type Tensor, tensorOf } from '../formats/safetensors.ts';

export interface Shard {
  rows: number;
  columns: number;
  /** Pixels, [rows, columns]. */
  x: Uint8Array;
  /** Class labels, [rows]. */
  y: Uint8Array;
}

/** @throws DatasetError when pixels and labels don't fit together or a label is no class */
export function encodeShard(x: Uint8Array, y: Uint8Array, classes: number): Uint8Array {
  const rows = y.length;
  if (rows === 0 || x.length === 0 || x.length % rows !== 0) {
    throw new DatasetError(`shard: ${x.length} pixels for ${rows} labels, expected a multiple above 0`);
  }
  checkLabels(y, classes);
  return encodeSafetensors(
    new Map([
      ['x', tensorOf(x, [rows, x.length / rows])],
      ['y', tensorOf(y, [rows])],
    ]),
  );
}

/** @throws IntegrityError when the bytes are no shard; DatasetError when a label is no class */
export function decodeShard(bytes: Uint8Array, classes: number): Shard {
  const { tensors } = decodeSafetensors(bytes);
  const x = u8Tensor(tensors, 'x', 2);
  const y = u8Tensor(tensors, 'y', 1);
  const [rows, columns] = x.shape as [number, number];
  if (y.shape[0] !== rows) throw new IntegrityError(`shard: ${rows} rows of x for ${y.shape[0]} of y`);
  checkLabels(y.data, classes);
  return { rows, columns, x: x.data, y: y.data };
}

function u8Tensor(tensors: ReadonlyMap<string, Tensor>, name: string, dimensions: number): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new IntegrityError(`shard: no tensor ${name}`);
  if (tensor.dtype !== 'U8' || tensor.shape.length !== dimensions) {
    throw new IntegrityError(
      `shard: ${name} is ${tensor.dtype} [${tensor.shape.join(', ')}], expected U8 of ${dimensions} dimensions`,
    );
  }
  return tensor;
}

function checkLabels(y: Uint8Array, classes: number): void {
  const wrong = y.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw new DatasetError(`label ${wrong}: got ${y[wrong]}, expected a class below ${classes}`);
}
