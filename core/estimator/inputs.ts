/** Rows of numbers in whatever form people have them, checked to the last value before anything is done with them. */

import { DatasetError } from '../errors.ts';
import type { PixelRows } from '../rows/input-rows.ts';
import type { SparseRows } from '../rows/sparse-rows.ts';
import { show } from './show.ts';

/**
 * Rows one behind the other: `columns` numbers each, or as many as the shape [rows, …] says, of pictures [rows, height, width,
 * channels].
 */
export type FlatRows = { data: ArrayLike<number> } & (
  | { columns: number; shape?: undefined }
  | { shape: readonly number[]; columns?: undefined }
);

/** An array of rows, plain or typed; one array of all numbers with its columns; bytes of pictures; or sparse rows. */
export type Inputs = readonly ArrayLike<number>[] | FlatRows | PixelRows | SparseRows;

/** Rows of one form or another, by their number. */
export interface RowReader {
  readonly rows: number;
  readonly columns: number;
  /** Bytes stay bytes where pixels are asked for, and sparse rows don't have their zeros written out. */
  readonly kind: 'bytes' | 'numbers' | 'sparse';
  /** Of each row, where one was given: [height, width, channels], say. */
  readonly shape?: readonly number[];
  /** The rows themselves where they are sparse. */
  readonly sparse?: SparseRows;
  /** Writes a row's columns. */
  read(row: number, out: Float64Array): void;
}

/**
 * @param name of the argument, for errors
 * @throws DatasetError naming the row and column, and what is there
 */
export function readInputs(name: string, x: unknown): RowReader {
  if (Array.isArray(x)) return new ArrayRows(name, x);
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) {
    throw new DatasetError(
      `${name}: got ${show(x)}, expected an array of rows, or { data, columns } with all numbers in one array`,
    );
  }
  if ('pointers' in x) return sparse(name, x as SparseRows);
  if ('pixels' in x) {
    const { rows, columns, pixels } = x as PixelRows;
    const flat = new Flat(name, { data: pixels, columns }, 'pixels');
    if (flat.kind !== 'bytes') throw new DatasetError(`${name}.pixels: got ${show(pixels)}, expected bytes`);
    if (flat.rows !== rows) throw new DatasetError(`${name}.rows: got ${show(rows)}, expected ${flat.rows}`);
    return flat;
  }
  return new Flat(name, x as FlatRows, 'data');
}

/** Of another realm, too, as test environments and frames have them. */
export const isBufferOf = (value: unknown): value is ArrayBuffer =>
  Object.prototype.toString.call(value) === '[object ArrayBuffer]';

/** Whether it holds bytes, so that each is a number from 0 to 255. */
const isBytes = (values: unknown): boolean =>
  values instanceof Uint8Array || values instanceof Uint8ClampedArray;

const isIndexed = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);

function checkFinite(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw new DatasetError(`${name}: got ${show(value)}, expected a finite number`);
}

class ArrayRows implements RowReader {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'bytes' | 'numbers';
  readonly #x: readonly ArrayLike<number>[];

  constructor(name: string, x: readonly unknown[]) {
    this.rows = x.length;
    this.kind = x.length > 0 && x.every(isBytes) ? 'bytes' : 'numbers';
    this.columns = 0;
    for (let row = 0; row < x.length; row++) {
      const values = x[row];
      if (!isIndexed(values)) {
        throw new DatasetError(`${name}[${row}]: got ${show(values)}, expected a row of numbers`);
      }
      if (row === 0) this.columns = values.length;
      if (values.length !== this.columns) {
        const length = `${values.length} values, expected ${this.columns} as in ${name}[0]`;
        throw new DatasetError(`${name}[${row}]: got ${length}`);
      }
      if (values.length === 0) throw new DatasetError(`${name}[${row}]: got no values, expected some`);
      if (this.kind === 'bytes') continue;
      for (let column = 0; column < values.length; column++) {
        // The name is put together only for what is wrong.
        if (!Number.isFinite(values[column])) checkFinite(`${name}[${row}][${column}]`, values[column]);
      }
    }
    this.#x = x as readonly ArrayLike<number>[];
  }

  read(row: number, out: Float64Array): void {
    out.set(this.#x[row]!);
  }
}

class Flat implements RowReader {
  readonly rows: number;
  readonly columns: number;
  readonly shape?: readonly number[];
  readonly kind: 'bytes' | 'numbers';
  readonly #data: ArrayLike<number>;

  /** @param field that has the numbers */
  constructor(name: string, x: FlatRows, field: string) {
    const { data, columns, shape } = x as { data: unknown; columns?: unknown; shape?: unknown };
    if (!isIndexed(data)) {
      throw new DatasetError(`${name}.${field}: got ${show(data)}, expected an array of all numbers`);
    }
    if (shape !== undefined && columns !== undefined) {
      throw new DatasetError(`${name}.shape: got it beside columns, expected one of the two`);
    }
    this.columns = shape === undefined ? columnsOf(name, columns) : columnsOfShape(name, shape);
    if (shape !== undefined) this.shape = (shape as number[]).slice(1);
    this.rows = data.length / this.columns;
    const declared = shape === undefined ? Math.floor(this.rows) : (shape as number[])[0]!;
    if (this.rows !== declared) {
      const expected = shape === undefined ? `rows of ${this.columns}` : `${show(shape)}`;
      throw new DatasetError(`${name}.${field}: got ${data.length} numbers, expected ${expected}`);
    }
    this.kind = isBytes(data) ? 'bytes' : 'numbers';
    for (let at = 0; this.kind === 'numbers' && at < data.length; at++) {
      if (Number.isFinite(data[at])) continue;
      const place = `row ${Math.floor(at / this.columns)}, column ${at % this.columns}`;
      checkFinite(`${name}.${field}[${at}] (${place})`, data[at]);
    }
    this.#data = data as ArrayLike<number>;
  }

  read(row: number, out: Float64Array): void {
    const start = row * this.columns;
    for (let column = 0; column < out.length; column++) out[column] = this.#data[start + column]!;
  }
}

function columnsOf(name: string, columns: unknown): number {
  if (Number.isSafeInteger(columns) && (columns as number) >= 1) return columns as number;
  throw new DatasetError(`${name}.columns: got ${show(columns)}, expected a whole number from 1`);
}

function columnsOfShape(name: string, shape: unknown): number {
  const isShape =
    Array.isArray(shape) &&
    shape.length >= 2 &&
    shape.every((size, index) => Number.isSafeInteger(size) && size >= (index === 0 ? 0 : 1));
  if (!isShape) throw new DatasetError(`${name}.shape: got ${show(shape)}, expected [rows, columns]`);
  return (shape as number[]).slice(1).reduce((product, size) => product * size, 1);
}

/** What the kernels would read without a check is checked here. @throws DatasetError naming the entry */
function sparse(name: string, x: SparseRows): RowReader {
  const { rows, pointers, indices, values } = x;
  const columns = columnsOf(name, x.columns);
  if (
    !(pointers instanceof Uint32Array && indices instanceof Uint32Array && values instanceof Float32Array)
  ) {
    throw new DatasetError(
      `${name}: got other sparse rows, expected pointers and indices as Uint32Array, values as Float32Array`,
    );
  }
  const isWhole = pointers.length === rows + 1 && pointers[0] === 0 && pointers[rows] === indices.length;
  if (!isWhole || pointers.some((pointer, row) => row > 0 && pointer < pointers[row - 1]!)) {
    throw new DatasetError(
      `${name}.pointers: expected ${show(rows)} + 1 of them that ascend from 0 to ${indices.length}, the entries`,
    );
  }
  if (values.length !== indices.length) {
    throw new DatasetError(`${name}.values: got ${values.length}, expected ${indices.length} as of indices`);
  }
  for (let row = 0; row < rows; row++) {
    for (let entry = pointers[row]!; entry < pointers[row + 1]!; entry++) {
      checkFinite(`${name}.values[${entry}] (row ${row})`, values[entry]);
      const before = entry === pointers[row] ? -1 : indices[entry - 1]!;
      if (indices[entry]! > before && indices[entry]! < columns) continue;
      const expected = `one that ascends within row ${row} and is below ${columns}`;
      throw new DatasetError(`${name}.indices[${entry}]: got ${indices[entry]}, expected ${expected}`);
    }
  }
  return {
    rows,
    columns,
    kind: 'sparse',
    sparse: { rows, columns, pointers, indices, values },
    read(row, out) {
      out.fill(0);
      for (let entry = pointers[row]!; entry < pointers[row + 1]!; entry++) {
        out[indices[entry]!] = values[entry]!;
      }
    },
  };
}
