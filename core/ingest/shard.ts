/**
 * A shard: some samples of a dataset as safetensors.
 *
 *   x        U8 [rows, columns], each standing for byte / 255, or F32 [rows, columns]; or instead of it
 *   pointers U32 [rows + 1], indices U32 [entries], values F32 [entries]: sparse rows, whose width is in the metadata
 *   y        classes U8, U16 or U32 [rows], or targets F32 [rows, outputs]
 */

import { quote, shorten, showShape } from '../bytes/quote.ts';
import {
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type Tensor,
} from '../bytes/safetensors.ts';
import { DatasetError, IntegrityError } from '../errors.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import type { Labels } from '../rows/training-rows.ts';

export interface Shard<Outputs extends Labels | Float32Array = Labels> {
  rows: number;
  columns: number;
  /** Bytes or float32 [rows, columns], or sparse rows. */
  x: ShardInputs;
  /** Class labels [rows], or targets [rows, outputs]. */
  y: Outputs;
}

export type ShardInputs = Uint8Array | Float32Array | SparseRows;

const isSparse = (x: ShardInputs): x is SparseRows => 'pointers' in x;

/**
 * @param x [rows, columns], or sparse rows
 * @param y labels [rows], or targets [rows, outputs]
 * @param outputs classes, or targets per row
 * @throws DatasetError when inputs and outputs don't fit together, a label is no class, or a number is not finite
 */
export function encodeShard(x: ShardInputs, y: Labels | Float32Array, outputs: number): Uint8Array {
  const rows = y instanceof Float32Array ? y.length / outputs : y.length;
  const inputs = isSparse(x) ? x.rows * x.columns : x.length;
  if (!(Number.isInteger(rows) && rows > 0 && inputs > 0 && inputs % rows === 0)) {
    throw new DatasetError(
      `shard: ${inputs} inputs for ${rows} ${y instanceof Float32Array ? 'rows of targets' : 'labels'}, expected a multiple above 0`,
    );
  }
  checkOutputs(y, outputs);
  const columns = inputs / rows;
  const tensors = new Map([['y', tensor(y, y instanceof Float32Array ? [rows, outputs] : [rows])]]);
  if (!isSparse(x)) {
    if (x instanceof Float32Array) checkFinite('x', x);
    return encodeSafetensors(tensors.set('x', tensor(x, [rows, columns])));
  }
  checkSparse(x);
  tensors.set('pointers', tensor(x.pointers, [rows + 1]));
  tensors.set('indices', tensor(x.indices, [x.indices.length]));
  tensors.set('values', tensor(x.values, [x.values.length]));
  return encodeSafetensors(tensors, new Map([[COLUMNS, String(columns)]]));
}

/** @throws IntegrityError when the bytes are no shard; DatasetError when a label is no class */
export function decodeShard(bytes: Uint8Array, classes: number): Shard<Labels> {
  const file = decodeSafetensors(bytes);
  const inputs = decodeInputs(file);
  const { dtype, shape, data } = tensorNamed(file, 'y', ['U8', 'U16', 'U32'], 1);
  if (shape[0] !== inputs.rows) {
    throw new IntegrityError(`shard: ${inputs.rows} rows of x for ${shape[0]} of y`);
  }
  const y = dtype === 'U8' ? data : dtype === 'U16' ? view(Uint16Array, data) : view(Uint32Array, data);
  checkOutputs(y, classes);
  return { ...inputs, y };
}

/** The same for a regression. @param outputs targets per row */
export function decodeTargetShard(bytes: Uint8Array, outputs: number): Shard<Float32Array> {
  const file = decodeSafetensors(bytes);
  const inputs = decodeInputs(file);
  const { shape, data } = tensorNamed(file, 'y', ['F32'], 2);
  if (shape[0] !== inputs.rows || shape[1] !== outputs) {
    throw new IntegrityError(`shard: y is [${shape.join(', ')}], expected [${inputs.rows}, ${outputs}]`);
  }
  const y = view(Float32Array, data);
  checkOutputs(y, outputs);
  return { ...inputs, y };
}

const COLUMNS = 'columns';
const MAX_COLUMNS = 2 ** 31;

function decodeInputs(file: Safetensors): { rows: number; columns: number; x: ShardInputs } {
  const names = [...file.tensors.keys()].sort().join(' ');
  if (names === 'x y') {
    const { dtype, shape, data } = tensorNamed(file, 'x', ['U8', 'F32'], 2);
    const [rows, columns] = shape as [number, number];
    if (rows === 0 || columns === 0) {
      throw new IntegrityError(`shard: x is [${rows}, ${columns}], expected at least one row and one column`);
    }
    if (dtype === 'U8') return { rows, columns, x: data };
    const x = view(Float32Array, data);
    checkFinite('x', x);
    return { rows, columns, x };
  }
  if (names !== 'indices pointers values y') {
    throw new IntegrityError(
      `shard: tensors ${shorten(names) || 'none'}, expected x and y, or pointers, indices, values and y`,
    );
  }
  const text = file.metadata.get(COLUMNS) ?? '';
  const columns = Number(text);
  if (!/^[1-9]\d*$/.test(text) || columns > MAX_COLUMNS) {
    throw new IntegrityError(`shard: ${COLUMNS} ${quote(text)}, expected a number from 1 to ${MAX_COLUMNS}`);
  }
  const pointers = view(Uint32Array, tensorNamed(file, 'pointers', ['U32'], 1).data);
  const x = {
    rows: pointers.length - 1,
    columns,
    pointers,
    indices: view(Uint32Array, tensorNamed(file, 'indices', ['U32'], 1).data),
    values: view(Float32Array, tensorNamed(file, 'values', ['F32'], 1).data),
  };
  checkSparse(x);
  return { rows: x.rows, columns, x };
}

function tensor(
  values: Uint8Array | Uint16Array | Uint32Array | Float32Array,
  shape: readonly number[],
): Tensor {
  const dtype =
    values instanceof Float32Array ? 'F32' : (`U${8 * values.BYTES_PER_ELEMENT}` as 'U8' | 'U16' | 'U32');
  return { dtype, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function tensorNamed(
  { tensors }: Safetensors,
  name: string,
  dtypes: readonly Dtype[],
  dimensions: number,
): Tensor {
  const found = tensors.get(name);
  if (found === undefined) throw new IntegrityError(`shard: no tensor ${name}`);
  if (!dtypes.includes(found.dtype) || found.shape.length !== dimensions) {
    throw new IntegrityError(
      `shard: ${name} is ${found.dtype} ${showShape(found.shape)}, expected ${dtypes.join(' or ')} of ${dimensions} dimensions`,
    );
  }
  return found;
}

/** The tensor's elements; a copy only where they lie at an odd place. */
function view<A>(
  type: { new (buffer: ArrayBufferLike, offset: number, length: number): A; BYTES_PER_ELEMENT: number },
  data: Uint8Array,
): A {
  const bytes = data.byteOffset % type.BYTES_PER_ELEMENT === 0 ? data : new Uint8Array(data);
  return new type(bytes.buffer, bytes.byteOffset, bytes.byteLength / type.BYTES_PER_ELEMENT);
}

/** @throws IntegrityError for what the kernels would read beyond, or add up in another order */
function checkSparse({ rows, columns, pointers, indices, values }: SparseRows): void {
  if (rows < 1 || pointers.length !== rows + 1 || pointers[0] !== 0) {
    throw new IntegrityError(
      `shard: ${pointers.length} pointers from ${pointers[0]} on for ${rows} rows, expected one more than rows, from 0`,
    );
  }
  if (indices.length !== values.length || pointers[rows] !== indices.length) {
    throw new IntegrityError(
      `shard: ${indices.length} indices, ${values.length} values, pointers up to ${pointers[rows]}, expected the same`,
    );
  }
  for (let row = 0; row < rows; row++) {
    const end = pointers[row + 1]!;
    if (end < pointers[row]! || end > indices.length)
      throw new IntegrityError(`shard: row ${row} goes from ${pointers[row]} to ${end}`);
    let before = -1;
    for (let entry = pointers[row]!; entry < end; entry++) {
      const column = indices[entry]!;
      if (column <= before || column >= columns) {
        throw new IntegrityError(
          `shard: row ${row} has column ${column} after ${before}, expected ascending ones below ${columns}`,
        );
      }
      before = column;
    }
  }
  checkFinite('values', values);
}

function checkOutputs(y: Labels | Float32Array, outputs: number): void {
  if (y instanceof Float32Array) {
    checkFinite('y', y);
    return;
  }
  checkLabels('shard', y, outputs);
}

/** @param before rows of the same file that came before @throws DatasetError for a label that is no class */
export function checkLabels(what: string, labels: Labels, classes: number, before = 0): void {
  for (let at = 0; at < labels.length; at++) {
    if (labels[at]! < classes) continue;
    throw new DatasetError(
      `${what} label ${before + at}: got ${labels[at]}, expected a class below ${classes}`,
    );
  }
}

function checkFinite(name: string, values: Float32Array): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new IntegrityError(`shard: ${name}[${at}] is ${values[at]}, expected a finite number`);
  }
}
