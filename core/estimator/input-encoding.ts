/** What turns rows into a network's inputs: gathered from the first training set, and kept with the model. */

import { DatasetError } from '../errors.ts';
import { type ColumnScale, scaled, scaleOf } from '../ingest/table/encoding.ts';
import type { Scaling } from '../ingest/table/schema.ts';
import { ColumnMoments } from '../math/moments.ts';
import type { PictureShape } from '../network/layers.ts';
import { gatherSparse } from '../rows/gather-rows.ts';
import type { InputRows } from '../rows/input-rows.ts';
import { PIXEL_SCALE, type SparseRows } from '../rows/sparse-rows.ts';
import type { RowReader } from './inputs.ts';
import type { InputScaling } from './options.ts';
import { show } from './show.ts';

export interface InputEncoding {
  scaling: InputScaling;
  /** By column. */
  scales: readonly ColumnScale[];
  /** What a row is to the network, if it is a picture. */
  picture?: PictureShape | undefined;
}

/** Which rows, in which order. */
export type RowNumbers = ArrayLike<number>;

export const allRows = ({ rows }: RowReader): Uint32Array => Uint32Array.from({ length: rows }, (_, n) => n);

/** How columns are scaled whose own numbers don't matter. */
const fixedScales = (columns: number, divisor: number): ColumnScale[] =>
  Array.from({ length: columns }, () => ({ offset: 0, divisor }));

type FixedScaling = 'pixels' | 'none';

export const isFixed = (scaling: InputScaling): scaling is FixedScaling =>
  scaling === 'pixels' || scaling === 'none';

export function fixedEncoding(scaling: FixedScaling, columns: number): InputEncoding {
  return { scaling, scales: fixedScales(columns, scaling === 'pixels' ? PIXEL_SCALE : 1) };
}

/**
 * @param name of the argument, for errors
 * @param rows that count: those that are trained on
 * @throws DatasetError for numbers whose variance is beyond float64
 */
export function gatherInputEncoding(
  name: string,
  x: RowReader,
  rows: RowNumbers,
  scaling: InputScaling = DEFAULT_SCALING[x.kind],
): InputEncoding {
  if (isFixed(scaling)) return fixedEncoding(scaling, x.columns);
  return { scaling, scales: gatherScales(name, x, rows, scaling) };
}

const DEFAULT_SCALING = { bytes: 'pixels', sparse: 'none', numbers: 'standard' } as const;

/** Of each column by its own numbers. @throws DatasetError for numbers whose variance is beyond float64 */
export function gatherScales(name: string, x: RowReader, rows: RowNumbers, scaling: Scaling): ColumnScale[] {
  const moments = new ColumnMoments(x.columns);
  const row = new Float64Array(x.columns);
  for (let n = 0; n < rows.length; n++) {
    x.read(rows[n]!, row);
    for (let column = 0; column < row.length; column++) moments.add(column, row[column]!);
  }
  return Array.from(row, (_, column) => scaleOf(`${name}: column ${column}`, scaling, moments.of(column)));
}

/**
 * A copy of the rows as the network takes them.
 *
 * @throws DatasetError for a number that is beyond float32 when scaled
 */
export function encodeInputs(
  name: string,
  { scaling, scales }: InputEncoding,
  x: RowReader,
  rows: RowNumbers,
): InputRows {
  if (scaling === 'pixels' && x.kind === 'bytes') return pixelRows(x, rows);
  if (scaling === 'none' && x.sparse !== undefined) {
    return { ...gatherSparse(new Array<SparseRows>(rows.length).fill(x.sparse), rows), columns: x.columns };
  }
  const pointers = new Uint32Array(rows.length + 1);
  const row = new Float64Array(x.columns);
  const encode = (n: number): void => {
    x.read(rows[n]!, row);
    for (let column = 0; column < row.length; column++) {
      const value = Math.fround(scaled(scales[column]!, row[column]!));
      if (!Number.isFinite(value)) throw beyondFloat32(`${name}[${rows[n]}][${column}]`, row[column]!);
      row[column] = value;
    }
  };
  for (let n = 0; n < rows.length; n++) {
    encode(n);
    let entries = 0;
    for (const value of row) if (value !== 0) entries++;
    pointers[n + 1] = pointers[n]! + entries;
  }
  const entries = pointers[rows.length]!;
  const sparse: SparseRows = {
    rows: rows.length,
    columns: x.columns,
    pointers,
    indices: new Uint32Array(entries),
    values: new Float32Array(entries),
  };
  let entry = 0;
  for (let n = 0; n < rows.length; n++) {
    encode(n);
    for (let column = 0; column < row.length; column++) {
      if (row[column] === 0) continue;
      sparse.indices[entry] = column;
      sparse.values[entry++] = row[column]!;
    }
  }
  return sparse;
}

function pixelRows(x: RowReader, rows: RowNumbers): InputRows {
  const { columns } = x;
  const pixels = new Uint8Array(rows.length * columns);
  const row = new Float64Array(columns);
  for (let n = 0; n < rows.length; n++) {
    x.read(rows[n]!, row);
    pixels.set(row, n * columns);
  }
  return { rows: rows.length, columns, pixels };
}

/** Numbers row by row, scaled. @throws DatasetError for one that is beyond float32 then */
export function encodeTargets(
  name: string,
  scales: readonly ColumnScale[],
  y: RowReader,
  rows: RowNumbers,
): Float32Array {
  const targets = new Float32Array(rows.length * y.columns);
  const row = new Float64Array(y.columns);
  for (let n = 0; n < rows.length; n++) {
    y.read(rows[n]!, row);
    for (let column = 0; column < row.length; column++) {
      const value = Math.fround(scaled(scales[column]!, row[column]!));
      if (!Number.isFinite(value)) throw beyondFloat32(`${name}[${rows[n]}]`, row[column]!);
      targets[n * row.length + column] = value;
    }
  }
  return targets;
}

const beyondFloat32 = (place: string, value: number): DatasetError =>
  new DatasetError(`${place}: got ${show(value)}, which is beyond float32 when scaled`);
